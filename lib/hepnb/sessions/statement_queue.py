"""Which statements has a session run, and which wait?"""

from hepnb.sessions.answers import NotThereError
from hepnb.sessions.records import KEPT, Record
from hepnb.sessions.statements import Statement
from hepnb.sessions.wishes import StatementWish


class StatementQueue:
    """The last statements of a session, in their order; every change that must not be lost is written down.

    Attributes:
        statements: the oldest first.
    """

    def __init__(self, record: Record) -> None:
        """Begin with what was written down.

        Args:
            record: of the session.
        """
        self.statements = record.statements()
        self._record = record

    @property
    def busy(self) -> bool:
        """Whether one runs or waits."""
        return not all(statement.ended for statement in self.statements)

    @property
    def running(self) -> Statement | None:
        """The one that the kernel has."""
        return next((one for one in self.statements if one.state in ("running", "cancelling")), None)

    @property
    def waiting(self) -> Statement | None:
        """The one that the kernel gets next."""
        return next((one for one in self.statements if one.state == "waiting"), None)

    def add(self, wish: StatementWish) -> Statement:
        """Take one more; the oldest falls out."""
        number = self.statements[-1].number + 1 if self.statements else 0
        statement = Statement(number=number, code=wish.code, kind=wish.kind)
        self.statements.append(statement)
        del self.statements[:-KEPT]
        self._record.keep(statement)
        return statement

    def find(self, number: int) -> Statement:
        """The statement with that number.

        Raises:
            NotThereError: there is none, or it was long ago.
        """
        for statement in self.statements:
            if statement.number == number:
                return statement
        raise NotThereError("Statement not found")

    def start(self, statement: Statement) -> None:
        """The kernel gets it."""
        statement.start()
        self._record.keep(statement)

    def end(self, statement: Statement) -> None:
        """The kernel has run it."""
        statement.end()
        self._record.keep(statement)

    def drop(self, statement: Statement) -> None:
        """It will never run."""
        statement.drop()
        self._record.keep(statement)

    def bury(self, reason: str) -> None:
        """The session has ended: what runs fails, what waits never runs.

        Args:
            reason: why, as a sentence.
        """
        if (statement := self.running) is not None:
            statement.fail("SessionEnded", reason)
            self._record.keep(statement)
        while (statement := self.waiting) is not None:
            self.drop(statement)

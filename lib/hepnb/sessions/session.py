"""How does a session live, from its start to its end?"""

import asyncio
import signal
import time
from collections.abc import Callable
from typing import Any, Final

from hepnb.cluster.deaths import explain
from hepnb.cluster.memory import oom_kills
from hepnb.errors import InputError
from hepnb.sessions.facts import Facts
from hepnb.sessions.launcher import Launcher, Order
from hepnb.sessions.link import Link
from hepnb.sessions.records import Record
from hepnb.sessions.statement_queue import StatementQueue
from hepnb.sessions.statements import Statement
from hepnb.sessions.wishes import CompletionWish, StatementWish

_OFTEN: Final = 0.3  # [s]
_START: Final = 120.0  # [s]
_INSIST: Final = 2.0  # [s] between interrupts, where the first was not heard
_REMEMBERED: Final = 3600.0  # [s] for so long one can read why it ended
_AGAIN: Final = "restart the notebook's kernel to have a new session"


class Session:
    """A session, and the `hepnb.sessions.link.Listener` of its kernel."""

    def __init__(self, record: Record, launcher: Launcher, *, forget: Callable[["Session"], None]) -> None:
        """Know it; nothing starts.

        Args:
            record: what is written down of it.
            launcher: of its kernel.
            forget: called when it is gone.
        """
        self.record = record
        self.facts = Facts()
        self.queue = StatementQueue(record)
        self.used = time.monotonic()
        self._launcher, self._forget = launcher, forget
        self._link: Link | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ending = False
        self._leaving: asyncio.Task[None] | None = None
        self._kills = oom_kills()
        self._begun = self._interrupted = time.monotonic()

    @property
    def state(self) -> str:
        """In the protocol's words."""
        if self._ending:
            return "shutting_down"
        if self.record.ended:
            return self.record.ended
        if self.facts.spark != "running":
            return "starting"
        return "busy" if self.queue.busy else "idle"

    @property
    def lives(self) -> bool:
        """Whether it may have a process."""
        return not self.record.ended

    @property
    def idle(self) -> float:
        """For how long nobody has used it [s]."""
        return 0.0 if self.state == "busy" else time.monotonic() - self.used

    def begin(self) -> None:
        """Launch it.

        Raises:
            HepnbError: it cannot be launched.
        """
        record = self.record
        record.save()
        record.note(f"The session starts with the profile '{record.profile}'.")
        content = {"profile": record.profile, "options": record.options, "token": record.token}
        order = Order(
            owner=record.owner,
            number=record.number,
            folder=record.kernel,
            log=record.log,
            profile=record.profile,
            content=content,
            key=record.key,
        )
        record.started = self._launcher.start(order)
        record.save()
        self._connect()
        self._watch = asyncio.create_task(self._keep_watch())

    def resume(self) -> None:
        """Find it again after a restart of the service."""
        self._watch = asyncio.create_task(self._keep_watch())
        if self.lives and self._launcher.alive(self.record.started):
            self._connect().ask()
        elif self.lives:
            self._die("dead", self._cause_of_absence())

    def close(self) -> None:
        """Leave it alone; it goes on without the service."""
        if self._watch is not None:
            self._watch.cancel()
        if self._link is not None:
            self._link.close()

    async def end(self) -> None:
        """End it, and forget it; nothing of it is left."""
        if not self._ending:
            self._ending = True
            self.close()
            if self.record.started:
                await self._launcher.stop(self.record.started)
            self.record.remove()
            self._forget(self)

    def touch(self) -> None:
        """Somebody uses it."""
        self.used = time.monotonic()

    def submit(self, wish: StatementWish) -> Statement:
        """Run code, or let it wait until what runs has ended.

        Raises:
            InputError: the session does not take any.
        """
        if self.state not in ("idle", "busy"):
            raise InputError(f"Session is in state {self.state}. {self.record.reason or 'Wait until it is idle.'}")
        statement = self.queue.add(wish)
        self._next()
        return statement

    def cancel(self, number: int) -> None:
        """Cancel a statement; one that has ended stays as it is."""
        statement = next((one for one in self.queue.statements if one.number == number), None)
        if statement is not None and statement.state == "waiting":
            self.queue.drop(statement)
        elif statement is not None and statement.state == "running":
            statement.state = "cancelling"
            self._interrupt()

    def interrupt(self) -> None:
        """Interrupt what runs, and go on."""
        if (statement := self.queue.running) is not None:
            self.cancel(statement.number)

    def spark_connect(self) -> dict[str, Any]:
        """Where and how its Spark is reached by Spark Connect.

        Raises:
            InputError: it is not there yet, or no more.
        """
        if self.facts.port is None or not self.lives:
            raise InputError(f"Session is in state {self.state}. {self.record.reason or 'Wait until it is idle.'}")
        return {"address": f"sc://localhost:{self.facts.port}", "token": self.record.token}

    async def complete(self, wish: CompletionWish) -> list[str]:
        """What could stand at the cursor; nothing where nobody knows, as while a statement runs."""
        if self._link is None or self.state != "idle" or wish.kind == "sql":
            return []
        return await self._link.complete(wish.code, wish.cursor)

    def heard(self, number: int, kind: str, content: dict[str, Any]) -> None:
        """A message of a statement."""
        if (statement := self.queue.running) is not None and statement.number == number:
            statement.recording.hear(kind, content)

    def ended(self, number: int) -> None:
        """The kernel has run a statement."""
        if (statement := self.queue.running) is not None and statement.number == number:
            self._end(statement)

    def told(self, facts: Facts) -> None:
        """How Spark is."""
        if self.facts.spark == "starting" and facts.spark == "running":
            self.record.note(f"Spark runs as {facts.application}.")
            self.touch()
        self.facts = facts
        if facts.spark == "gone":
            self._die("dead", facts.reason)
        elif (statement := self.queue.running) is not None and facts.statement == statement.number:
            statement.progress = max(statement.progress, facts.progress)
        if facts.spark == "running":
            self._next()

    def remembered(self, data: dict[str, Any]) -> None:
        """What the kernel did while the service was away."""
        statement = self.queue.running
        if statement is None:
            return
        if data["statement"] != statement.number:
            statement.state = "waiting"  # it never came to the kernel
            self._next()
            return
        statement.recording.messages.clear()
        for kind, content in data["messages"]:
            statement.recording.hear(kind, content)
        if data["ended"]:
            self._end(statement)

    def _connect(self) -> Link:
        connection = self._launcher.connection(self.record.started) | {"key": self.record.key.encode()}
        self._link = Link(connection, self)
        return self._link

    def _next(self) -> None:
        statement = self.queue.waiting
        if statement is not None and self.queue.running is None and self._link is not None:
            self.queue.start(statement)
            self._link.run(statement.number, statement.source)

    def _end(self, statement: Statement) -> None:
        self.queue.end(statement)
        self.touch()
        self._next()

    def _interrupt(self) -> None:
        self._interrupted = time.monotonic()
        if self._link is not None:
            self._link.interrupt()

    def _die(self, state: str, reason: str) -> None:
        """It has ended by itself: say why, wherever somebody may look."""
        if self.record.ended or self._ending:
            return
        self.record.ended, self.record.reason = state, reason
        self.record.save()
        self.record.note(reason)
        self.queue.bury(reason)
        if self._link is not None:
            self._link.close()
            self._link = None
        self._leaving = asyncio.create_task(self._launcher.stop(self.record.started))

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(_OFTEN)
            if (reason := self._overdue()) is not None:
                self.record.note(reason)
                # Ending a session cancels this task.
                self._leaving = asyncio.create_task(self.end())
                return
            if self.record.ended:
                continue
            if not self._launcher.alive(self.record.started):
                self._die("dead" if self.facts.spark == "starting" else "error", self._cause())
            elif self.facts.spark == "starting" and time.monotonic() - self._begun > _START:
                self._die("dead", f"Spark did not start within {_START:g} s.")
            elif self._unheard() and time.monotonic() - self._interrupted > _INSIST:
                self._interrupt()

    def _unheard(self) -> bool:
        """Whether a statement goes on that was cancelled."""
        return (statement := self.queue.running) is not None and statement.state == "cancelling"

    def _overdue(self) -> str | None:
        record = self.record
        if record.ended:
            return "It is forgotten." if time.monotonic() - self.used > _REMEMBERED else None
        if self.idle > record.idle_timeout:
            return f"The session ends: nobody used it for {record.idle_timeout:g} s."
        if record.ttl is not None and time.time() - record.created > record.ttl:
            return f"The session ends: it was asked for {record.ttl:g} s."
        if record.heartbeat and time.monotonic() - self.used > record.heartbeat and self.state != "starting":
            return f"The session ends: nobody asked for it within {record.heartbeat} s."
        return None

    def _cause_of_absence(self) -> str:
        """Why it is not there when the service starts."""
        if self._launcher.exit_code(self.record.started) in (None, -signal.SIGTERM):
            return f"The platform was stopped, and the session with it: its variables are gone; {_AGAIN}."
        return self._cause()

    def _cause(self) -> str:
        now = oom_kills()
        kills = None if self._kills is None or now is None else now - self._kills
        code = self._launcher.exit_code(self.record.started)
        return explain(code, kills=kills, who="The session's Python process", again=_AGAIN)

"""What has become of a piece of code?"""

import time
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from hepnb.sessions.recording import Recording

State = Literal["waiting", "running", "available", "cancelling", "cancelled"]

_ANSWERED: Final = ("code", "state", "output", "progress", "started", "completed")


@dataclass(kw_only=True)
class Statement:
    """Code that a session runs, has run or will run.

    Attributes:
        number: of the statement in its session.
        code: as it was sent.
        kind: its language.
        state: in the protocol's words.
        output: what it said, when it has ended.
        progress: the part of its tasks that have ended.
        started: when [ms since 1970]; 0 for not yet.
        completed: when [ms since 1970]; 0 for not yet.
        recording: what it says meanwhile.
    """

    number: int
    code: str
    kind: str = "pyspark"
    state: State = "waiting"
    output: dict[str, Any] | None = None
    progress: float = 0.0
    started: int = 0
    completed: int = 0
    recording: Recording = field(default_factory=Recording, repr=False, compare=False)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("available", "cancelled")

    @property
    def source(self) -> str:
        """What the kernel is to run."""
        return f"%%sql\n{self.code}" if self.kind == "sql" else self.code

    def start(self) -> None:
        """The kernel has it."""
        self.state, self.started = "running", _now()

    def end(self) -> None:
        """The kernel has run it."""
        self.output = self.recording.output(self.number)
        self._close("cancelled" if self.state == "cancelling" else "available")

    def drop(self) -> None:
        """It will never run."""
        self._close("cancelled")

    def fail(self, name: str, reason: str) -> None:
        """The kernel has gone; what was said until then is kept."""
        self.recording.hear("error", {"ename": name, "evalue": reason, "traceback": [reason]})
        self.output = self.recording.output(self.number)
        self._close("available")

    def as_answer(self) -> dict[str, Any]:
        """In the protocol's form."""
        return {"id": self.number} | {key: getattr(self, key) for key in _ANSWERED}

    def as_record(self) -> dict[str, Any]:
        """What is written down of it."""
        return {key: value for key, value in vars(self).items() if key != "recording"}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """What was written down."""
        return cls(**record)

    def _close(self, state: State) -> None:
        self.state, self.progress, self.completed = state, 1.0, _now()
        self.recording = Recording()


def _now() -> int:
    return round(time.time() * 1000)

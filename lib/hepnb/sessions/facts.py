"""What does the kernel of a session tell the service of itself?"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self


@dataclass(frozen=True, kw_only=True)
class Facts:
    """How Spark is.

    Attributes:
        spark: whether it is there.
        reason: why it is not; a sentence.
        application: Spark's own name of what runs.
        port: of the loopback address, where it listens for Spark Connect.
        statement: number of the one that runs.
        progress: the part of that one's tasks that have ended.
    """

    spark: Literal["starting", "running", "gone"] = "starting"
    reason: str = ""
    application: str | None = None
    port: int | None = None
    statement: int | None = None
    progress: float = 0.0

    def as_message(self) -> dict[str, Any]:
        """For a message between kernel and service."""
        return {"facts": asdict(self)}

    @classmethod
    def from_message(cls, data: dict[str, Any]) -> Self | None:
        """What such a message says; none where it is another one."""
        found = data.get("facts")
        return cls(**found) if isinstance(found, dict) else None

"""Where does the kernel of a session run, and how does it end?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Started = dict[str, Any]
"""What a launcher wants to know again of something that it started, also after a restart of the service."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to launch.

    Attributes:
        owner: whose session it is.
        number: of the session, among the owner's.
        folder: for what the kernel and the service both read and write; nobody else may.
        log: file that takes what the kernel prints.
        profile: name of the size.
        content: for the kernel's own eyes: profile, options, token.
        key: with which messages to the kernel are signed.
    """

    owner: str
    number: int
    folder: Path
    log: Path
    profile: str
    content: dict[str, Any]
    key: str


class Launcher(Protocol):
    """A way to run kernels."""

    def start(self, order: Order) -> Started:
        """Start a kernel, without waiting for it.

        Raises:
            HepnbError: it cannot be started.
        """

    def connection(self, started: Started) -> dict[str, Any]:
        """How to reach it, as Jupyter's connection files say it, but for the key."""

    def alive(self, started: Started) -> bool:
        """Whether it runs."""

    def exit_code(self, started: Started) -> int | None:
        """What it ended with, minus the signal's number if a signal ended it; none where nobody knows."""

    async def stop(self, started: Started) -> None:
        """End it and all that it started; return when nothing is left."""

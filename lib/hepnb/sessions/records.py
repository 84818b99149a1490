"""What is written down of a session, so that it is found again when the service starts anew?"""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from hepnb.cluster.site import PRIVATE_FILE, PRIVATE_FOLDER, write_private
from hepnb.cluster.slugs import slug
from hepnb.sessions.launcher import Started
from hepnb.sessions.statements import Statement

KEPT: Final = 100
"""As many statements of a session are kept, as Livy does."""


@dataclass(kw_only=True)
class Record:
    """A session, without what is of this moment.

    Attributes:
        folder: where its files are; only the service's own may be in there, but for ``kernel``.
        owner: whose it is.
        number: among the owner's.
        fields: of the request for it.
        profile: name of the size.
        options: Spark property -> value.
        memory: that it may take [B].
        idle_timeout: after which it ends if nobody uses it [s].
        ttl: after which it ends in any case [s]; none for never.
        heartbeat: within which somebody must ask for it [s]; 0 for never.
        notebook: that it was made for, if any.
        created: when [s since 1970].
        key: with which messages to the kernel are signed.
        token: that clients of Spark Connect must show.
        started: what the launcher wants to know again.
        ended: ``"dead"`` or ``"error"``, where it has ended by itself.
        reason: why.
    """

    folder: Path
    owner: str
    number: int
    fields: dict[str, Any]
    profile: str
    options: dict[str, str]
    memory: int
    idle_timeout: float
    ttl: float | None
    heartbeat: int
    notebook: str | None
    created: float
    key: str
    token: str
    started: Started = field(default_factory=dict)
    ended: str = ""
    reason: str = ""

    @property
    def log(self) -> Path:
        """What the kernel and the service say of it."""
        return self.folder / "session.log"

    @property
    def kernel(self) -> Path:
        """What the kernel may read and write, too."""
        return self.folder / "kernel"

    def save(self) -> None:
        """Write it down."""
        self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.log.touch(mode=PRIVATE_FILE)
        write_private(self.folder / "record.json", json.dumps(asdict(self) | {"folder": str(self.folder)}))

    def note(self, line: str) -> None:
        """Add a line to its log."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")

    def remove(self) -> None:
        """Forget it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self, statement: Statement) -> None:
        """Write a statement down, and forget the one that falls out."""
        folder = self.folder / "statements"
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        write_private(folder / f"{statement.number}.json", json.dumps(statement.as_record()))
        (folder / f"{statement.number - KEPT}.json").unlink(missing_ok=True)

    def statements(self) -> list[Statement]:
        """Those that were written down, in their order."""
        found = []
        for path in (self.folder / "statements").glob("*.json"):
            with suppress(ValueError, TypeError):  # a disk that was full
                found.append(Statement.from_record(json.loads(path.read_text(encoding="utf-8"))))
        return sorted(found, key=lambda statement: statement.number)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What was written down.

        Raises:
            ValueError: it is damaged.
            OSError: there is none.
        """
        content = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        try:
            return cls(**content | {"folder": folder})
        except TypeError as error:
            raise ValueError(str(error)) from error


@dataclass(frozen=True)
class Shelf:
    """All records of the platform.

    Attributes:
        folder: of them.
    """

    folder: Path

    def records(self) -> Iterator[Record]:
        """Every session that was written down and not forgotten."""
        for path in sorted(self.folder.glob("*/*/record.json")):
            with suppress(OSError, ValueError):
                yield Record.load(path.parent)

    def place(self, owner: str, number: int) -> Path:
        """The folder of a session."""
        return self.folder / slug(owner) / str(number)

    def next_number(self, owner: str) -> int:
        """A number that no session of that owner has had."""
        counter = self.folder / slug(owner) / "next"
        counter.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        try:
            number = int(counter.read_text(encoding="ascii"))
        except (OSError, ValueError):
            taken = [int(path.name) for path in counter.parent.glob("[0-9]*") if path.name.isdigit()]
            number = max(taken, default=-1) + 1
        write_private(counter, str(number + 1))
        return number

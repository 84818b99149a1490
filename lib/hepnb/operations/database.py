"""Are the hub's users, tokens and servers whole, and where are their copies?"""

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Final

from hepnb.cluster.site import PRIVATE_FILE, DataFolder
from hepnb.errors import FormatError, OutputError, UnreadableFileError
from hepnb.writers.staging import whole_file

log = logging.getLogger(__name__)

COPIES: Final = 5

_PATIENCE: Final = 10.0  # [s] for another process that writes
_NAME: Final = "hub-{}.sqlite"
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def check(folder: DataFolder) -> None:
    """Look whether the hub's database is whole; where there is none yet, all is well.

    Args:
        folder: of the data.

    Raises:
        FormatError: it is damaged; the sentence names the newest copy, and the command to use it.
        UnreadableFileError: it cannot be read, or somebody else keeps it locked.
    """
    damage = damage_of(folder.database)
    if damage is None and folder.database.exists() and not folder.database.stat().st_size and copies(folder):
        damage = "it is empty, and was not before"
    if damage is None:
        return
    newest = next((copy for copy in reversed(copies(folder)) if damage_of(copy) is None), None)
    raise FormatError(f"{folder.database}, the hub's database, is damaged: {damage}. {_advice(folder, newest)}")


def keep_copy(folder: DataFolder, *, keep: int = COPIES) -> Path | None:
    """Copy the hub's database to the backups, and forget all but the newest copies.

    Args:
        folder: of the data.
        keep: how many copies stay.

    Returns:
        The copy; ``None`` where there is nothing to copy yet.

    Raises:
        OutputError: the copy cannot be written.
        UnreadableFileError: the database cannot be read.
    """
    if not folder.database.exists() or not folder.database.stat().st_size:
        return None
    copied = folder.backups / _NAME.format(datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
    try:
        with whole_file(copied) as unfinished:
            copy(folder.database, unfinished)
        for old in copies(folder)[:-keep]:
            old.unlink(missing_ok=True)
    except UnreadableFileError:
        raise
    except OSError as error:
        raise OutputError(f"{copied}, a copy of the hub's database, cannot be written: {error.strerror}.") from error
    log.info("kept %s", copied)
    return copied


def copies(folder: DataFolder) -> list[Path]:
    """All copies, the oldest first."""
    return sorted(folder.backups.glob(_NAME.format("*")))


def copy(source: Path, target: Path) -> None:
    """Copy a database that others may be writing to, as it is at one moment.

    Args:
        source: the database.
        target: a file that is not there; nobody else may read it.

    Raises:
        UnreadableFileError: the database cannot be read.
        OutputError: the copy cannot be written.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    with _opened(source) as database, closing(sqlite3.connect(target)) as other:
        deadline = time.monotonic() + _PATIENCE

        def watch(status: int, _remaining: int, _pages: int) -> None:
            # Python would ask a locked database again without end.
            if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
                raise UnreadableFileError(f"{source} has been locked by another process for {_PATIENCE:.0f} s.")

        try:
            database.backup(other, progress=watch)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_FULL:
                raise
            raise OutputError(f"{target} cannot be written: the disk is full; free some space.") from error


def damage_of(database: Path) -> str | None:
    """What is wrong inside a database; ``None`` for nothing, or where there is no such file.

    Raises:
        UnreadableFileError: it cannot be read, or somebody else keeps it locked.
    """
    if not database.exists():
        return None
    try:
        with _opened(database) as connection:
            findings = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if findings == ["ok"] else findings[0].replace("\n", " ")


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    """Also for writing: a hub that was killed may have left something to undo."""
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", timeout=_PATIENCE, uri=True)) as opened:
            yield opened
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) in (*_DAMAGED, sqlite3.SQLITE_FULL):
            raise
        raise UnreadableFileError(f"{database} cannot be read: {error}.") from error


def _advice(folder: DataFolder, newest: Path | None) -> str:
    # The whole folder is moved: a journal of the damaged database would spoil the copy.
    aside = quote(str(folder.hub) + ".damaged")
    moved = f"mv {quote(str(folder.hub))} {aside} && mkdir -m 700 {quote(str(folder.hub))}"
    if newest is None:
        return f"There is no copy in {folder.backups}; begin with an empty one, and with new users: {moved}"
    return (
        f"The newest copy is {newest}; use it with: {moved} && cp -p {quote(str(newest))} {quote(str(folder.database))}"
    )

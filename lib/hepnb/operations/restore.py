"""How does a backup become the platform's data again, and what of those that are there?"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hepnb.cluster.site import PRIVATE_FILE, PRIVATE_FOLDER, DataFolder
from hepnb.errors import FormatError, HepnbError, InputError, OutputError
from hepnb.operations import database, processes
from hepnb.operations.archive import Manifest, extract
from hepnb.operations.data_folder import check_origin, locked, stranger_in

_EARLIER: Final = "before-restore-{}"
_UNPACKED: Final = ".restore-"


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What came of it.

    Attributes:
        manifest: of the backup.
        earlier: folder that holds what was there before; ``None`` where nothing was.
    """

    manifest: Manifest
    earlier: Path | None


def restore(backup: Path, folder: DataFolder, *, overwrite: bool = False) -> Restored:
    """Put the data of a backup in their place.

    Everything is unpacked and checked before anything is moved. Earlier data are moved aside, never deleted; homes
    stay where they are unless the backup has homes, too.

    Args:
        backup: of the platform.
        folder: where the data shall be.
        overwrite: whether earlier data may be moved aside.

    Raises:
        MissingInputError: there is no such backup.
        InputError: a platform runs on the data.
        FormatError: the backup is damaged, something else, or of a newer version; or the folder holds something else.
        OutputError: there are data already, or the folder cannot be written to.
    """
    with _telling(folder):
        folder.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        stranger = stranger_in(folder)
        # A restoration that was killed has moved the marker and the secrets away.
        if stranger is not None and not any(folder.path.glob(_EARLIER.format("*"))):
            raise FormatError(
                f"{folder.path} is no folder of the platform: it holds {stranger}. Name another by --data."
            )
        with locked(folder, address="a backup is being restored"):
            # A supervisor that was killed leaves its hub and notebooks running, and the lock free.
            if orphans := processes.of_platform(folder):
                raise InputError(
                    f"Process {orphans[0].pid} of an earlier platform still runs on {folder.path}. Start 'hepnb up' "
                    "on it and stop it with Ctrl-C, which ends such processes."
                )
            there = [path for path in _parts(folder) if path.exists()]
            if there and not overwrite:
                raise OutputError(
                    f"{folder.path} has data already; choose another folder with --data, or add --overwrite to move "
                    "them aside."
                )
            with tempfile.TemporaryDirectory(prefix=_UNPACKED, dir=folder.path) as scratch:
                unpacked = DataFolder(Path(scratch))
                manifest = extract(backup, unpacked.path)
                _check(backup, unpacked)
                replaced = [path for path in there if manifest.homes or path != folder.homes]
                earlier = _earlier(folder) if replaced else None
                _exchange(folder, unpacked, replaced, earlier)
    return Restored(manifest=manifest, earlier=earlier)


def _parts(folder: DataFolder) -> list[Path]:
    """What a restoration replaces, in the order in which it goes: without the first two nobody opens the folder."""
    return [folder.marker, folder.secrets, folder.profiles, folder.hub, folder.documents, folder.homes]


def _check(backup: Path, unpacked: DataFolder) -> None:
    """Look whether a platform could run on what was unpacked, and let nobody else read it."""
    try:
        if not unpacked.marker.exists():
            raise FormatError("it has no hepnb.json.")
        check_origin(unpacked)
        if (damage := database.damage_of(unpacked.database)) is not None:
            raise FormatError(f"the hub's database in it is damaged: {damage}.")
    except FormatError as error:
        # The sentence speaks of the folder that is about to vanish.
        said = str(error).replace(str(unpacked.path), "its content")
        raise FormatError(f"{backup} cannot be used: {said}") from error
    for part in (unpacked.secrets, unpacked.hub, unpacked.homes):
        part.mkdir(exist_ok=True)
    homes = [path for path in unpacked.homes.iterdir() if path.is_dir() and not path.is_symlink()]
    for private in (unpacked.secrets, unpacked.hub, unpacked.homes, *homes):
        private.chmod(PRIVATE_FOLDER)
    for private in (unpacked.marker, *unpacked.secrets.iterdir(), *unpacked.hub.iterdir()):
        private.chmod(PRIVATE_FILE)


def _earlier(folder: DataFolder) -> Path:
    made = folder.path / _EARLIER.format(datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
    made.mkdir(mode=PRIVATE_FOLDER)
    return made


def _exchange(folder: DataFolder, unpacked: DataFolder, replaced: list[Path], earlier: Path | None) -> None:
    """Move the old away and the new in, the marker out first and in last; undo it all if one step fails."""
    moves = [(path, earlier / path.name) for path in replaced if earlier is not None]
    arriving = [path for path in reversed(_parts(unpacked)) if path.exists()]
    moves += [(path, folder.path / path.name) for path in arriving if path.name not in _kept(folder, replaced)]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            source.rename(target)
            done.append((source, target))
    except OSError:
        for source, target in reversed(done):
            target.rename(source)
        if earlier is not None:
            shutil.rmtree(earlier)
        raise


def _kept(folder: DataFolder, replaced: list[Path]) -> set[str]:
    """What stays where it is: homes, where the backup has none."""
    return {path.name for path in _parts(folder) if path.exists() and path not in replaced}


@contextmanager
def _telling(folder: DataFolder) -> Iterator[None]:
    try:
        yield
    except HepnbError:
        raise
    except OSError as error:
        raise OutputError(f"{folder.path} cannot be written: {error.strerror}.") from error

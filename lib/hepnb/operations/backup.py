"""How do the platform's data become one file, while the platform runs?"""

import hashlib
import io
import os
import shutil
import stat
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hepnb import __version__
from hepnb.cluster.site import PRIVATE_FILE, DataFolder
from hepnb.errors import InputError, MissingInputError
from hepnb.operations import database
from hepnb.operations.archive import MANIFEST, Manifest
from hepnb.operations.data_folder import check_origin
from hepnb.writers.staging import staged_file

_IN_MEMORY: Final = 16 << 20  # [B] of a file, on its way into the backup
_LEVEL: Final = 6  # of gzip


def back_up(folder: DataFolder, output: Path, *, homes: bool = False, overwrite: bool = False) -> Manifest:
    """Write the hub's database and other files, the secrets and the profiles into one file, and the homes if asked.

    The platform may be running: the database is copied as it is at one moment, and a file of a home as it is when its
    turn comes.

    Args:
        folder: of the data.
        output: the file to be; nobody else may read it, because the secrets are in it.
        homes: whether the homes go into it.
        overwrite: replace an earlier file of that name.

    Returns:
        What is in it.

    Raises:
        MissingInputError: there are no data.
        InputError: `output` lies in the homes that go into it, or a file of the data may not be read.
        FormatError: the data are not ours, or the hub's database is damaged.
        OutputError: `output` exists, or cannot be written.
    """
    if not folder.marker.exists():
        raise MissingInputError(f"{folder.path} holds no data of the platform; name their folder with --data.")
    check_origin(folder)
    database.check(folder)
    if homes and output.resolve().is_relative_to(folder.homes.resolve()):
        raise InputError(f"{output} lies in the homes, which go into the backup; name a file elsewhere.")
    with staged_file(output, overwrite=overwrite) as unfinished:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        manifest = _write(folder, unfinished, homes=homes)
        # Before it gets its name: a machine that loses power must not have half of it.
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
    return manifest


def _write(folder: DataFolder, output: Path, *, homes: bool) -> Manifest:
    files: dict[str, str] = {}
    left_out: list[str] = []
    with tarfile.open(output, "w:gz", compresslevel=_LEVEL) as tar:
        for path in (folder.marker, folder.profiles, *sorted(folder.secrets.iterdir()), *_of_hub(folder)):
            if path.is_file():
                _add_file(tar, path, _name(folder, path), files)
        if folder.database.exists():
            with tempfile.TemporaryDirectory(prefix=".hepnb-backup-", dir=str(_beside(tar))) as scratch:
                copied = Path(scratch) / folder.database.name
                database.copy(folder.database, copied)
                _add_file(tar, copied, _name(folder, folder.database), files)
        for path in _everything(folder.homes) if homes else ():
            # A file may vanish while its user works.
            with suppress(FileNotFoundError):
                _add(tar, path, folder, files, left_out)
        manifest = Manifest(
            version=__version__,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            homes=homes,
            files=files,
            left_out=tuple(left_out),
        )
        _add_bytes(tar, MANIFEST, manifest.to_json().encode())
    return manifest


def _of_hub(folder: DataFolder) -> list[Path]:
    """What authenticators keep beside the database, such as passwords.dbm; not what each start writes anew."""
    ours = (folder.settings, folder.proxy_pid)
    return sorted(
        path for path in folder.hub.iterdir() if path not in ours and not path.name.startswith(folder.database.name)
    )


def _add(tar: tarfile.TarFile, path: Path, folder: DataFolder, files: dict[str, str], left_out: list[str]) -> None:
    """Add a file, a folder or a link of a home; what else there is, and what leads out of the homes, is left out."""
    name = _name(folder, path)
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode):
        _add_file(tar, path, name, files)
    elif stat.S_ISDIR(mode) or (stat.S_ISLNK(mode) and _stays(path, folder)):
        tar.addfile(_anonymous(tar.gettarinfo(path, name)))
    else:
        left_out.append(name)


def _add_file(tar: tarfile.TarFile, path: Path, name: str, files: dict[str, str]) -> None:
    """Add a file as it is now: it is copied first, since its user may be writing to it."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(_beside(tar))) as copied:
        try:
            with path.open("rb") as source:
                information = _anonymous(tar.gettarinfo(arcname=name, fileobj=source))
                shutil.copyfileobj(source, copied)
        except PermissionError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}. Make the backup as its owner.") from error
        information.size = copied.tell()
        # A second name of the same file is a file of its own in the backup.
        information.type, information.linkname = tarfile.REGTYPE, ""
        copied.seek(0)
        files[name] = hashlib.file_digest(copied, "sha256").hexdigest()
        copied.seek(0)
        tar.addfile(information, copied)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    information = tarfile.TarInfo(name)
    information.size, information.mode, information.mtime = len(content), PRIVATE_FILE, time.time()
    tar.addfile(information, io.BytesIO(content))


def _everything(folder: Path) -> Iterator[Path]:
    """A folder and all in it, each folder before what is in it; links are not followed."""
    for parent, folders, names in os.walk(folder, onerror=_unreadable):
        yield Path(parent)
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted([*names, *links]):
            yield Path(parent) / name


def _unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise InputError(f"{error.filename} cannot be read: {error.strerror}. Make the backup as its owner.") from error


def _stays(link: Path, folder: DataFolder) -> bool:
    """Whether a link stays within the homes wherever they lie: only such links can be restored safely."""
    return not link.readlink().is_absolute() and link.resolve().is_relative_to(folder.homes.resolve())


def _beside(tar: tarfile.TarFile) -> Path:
    """Where there must be room for what is in it anyway."""
    return Path(str(tar.name)).parent


def _anonymous(information: tarfile.TarInfo) -> tarfile.TarInfo:
    """Accounts have other numbers on other machines."""
    information.uid = information.gid = 0
    information.uname = information.gname = ""
    return information


def _name(folder: DataFolder, path: Path) -> str:
    return str(path.relative_to(folder.path))

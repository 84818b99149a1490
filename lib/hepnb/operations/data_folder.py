"""Whose are the data of the platform, and may this process have them?"""

import errno
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hepnb import __version__
from hepnb.cluster.environment import environment
from hepnb.cluster.site import PRIVATE_FILE, PRIVATE_FOLDER, DataFolder, write_private
from hepnb.errors import FormatError, InputError, OutputError

FORMAT: Final = 1
MIN_PASSWORD: Final = 8  # characters, by JupyterHub

_WORD: Final = 12  # [B] of a random password
_ROOM: Final = 50_000_000  # [B] for the hub's database, its copy and logs


def default_folder() -> Path:
    """Where the data are unless the user says otherwise: the user's data folder, by the XDG specification."""
    home = environment().get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "hepnb"


def open_folder(path: Path) -> DataFolder:
    """A folder for the platform's data, with everything that must be in it.

    Args:
        path: of the folder; it is made where there is none.

    Raises:
        OutputError: it cannot be written to.
        FormatError: it holds something else, or a newer version of hepnb made it.
    """
    folder = DataFolder(path.absolute())
    try:
        folder.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        check_origin(folder)
        # The secrets first: by them a folder is known for ours that a killed start left unfinished.
        for part in (folder.secrets, folder.hub, folder.homes, folder.logs, folder.backups):
            part.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            if not os.access(part, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, f"{part.name}/ is not ours to write, or its disk is read-only")
        # JupyterHub takes the cookie's secret in hexadecimal digits.
        for secret in (folder.cookie_secret, folder.proxy_token, folder.operator_token):
            if not secret.exists():
                write_private(secret, secrets.token_hex(32))
        # After the rest: a folder that has it is whole.
        if not folder.marker.exists():
            write_private(folder.marker, json.dumps({"format": FORMAT, "version": __version__}))
    except (OSError, ValueError) as error:
        if isinstance(error, FormatError):
            raise
        raise OutputError(
            f"{folder.path} cannot hold the platform's data: {getattr(error, 'strerror', None) or error}. "
            "Choose another folder with --data."
        ) from error
    return folder


@contextmanager
def with_room(folder: DataFolder) -> Iterator[None]:
    """Do something that writes into the folder, where its disk has room.

    Args:
        folder: of the data.

    Raises:
        OutputError: the disk is nearly full, or becomes full.
    """
    free = shutil.disk_usage(folder.path).free
    if free < _ROOM:
        raise _full(folder, f"{free / 1e6:.0f} MB of its disk are free, and a start needs {_ROOM / 1e6:.0f}")
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise _full(folder, str(error.strerror)) from error


def _full(folder: DataFolder, why: str) -> OutputError:
    return OutputError(
        f"{folder.path} cannot hold the platform's data: {why}. Free some, or choose another with --data."
    )


def password_of(folder: DataFolder, given: Path | None) -> str:
    """The password that lets users in: that of the file, or the one of the last start, or a new one.

    Raises:
        InputError: the file cannot be read, or its first line is shorter than JupyterHub allows.
    """
    if given is not None:
        write_private(folder.password, _read_password(given))
    elif not folder.password.exists():
        write_private(folder.password, secrets.token_urlsafe(_WORD))
    return _read_password(folder.password)


def check_origin(folder: DataFolder) -> None:
    """Look whether an existing folder is ours, and of no newer version; nothing is written.

    Raises:
        FormatError: it is not, or what says so is damaged.
    """
    if not folder.marker.exists():
        if (stranger := stranger_in(folder)) is not None:
            raise FormatError(
                f"{folder.path} is no folder of the platform: it holds {stranger}. Choose an empty or new folder "
                "with --data."
            )
        return
    try:
        content = json.loads(folder.marker.read_text(encoding="utf-8"))
        made, version = int(content["format"]), str(content["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{folder.marker} is damaged: {error}. Restore it from a backup.") from error
    if made > FORMAT:
        raise FormatError(
            f"{folder.path} was made by hepnb {version}, which is newer than this one ({__version__}). "
            "Install that version, or choose another folder with --data."
        )


def stranger_in(folder: DataFolder) -> str | None:
    """Something in a folder that is not the platform's; ``None`` where the folder is ours, or empty."""
    if folder.marker.exists() or folder.secrets.exists():
        return None
    # A restoration that failed leaves nothing but its lock.
    return next(iter(sorted(path.name for path in folder.path.iterdir() if path != folder.lock)), None)


def holder(folder: DataFolder) -> str | None:
    """Which platform runs on the data: where it can be found; ``None`` for none."""
    try:
        file = folder.lock.open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return file.read().strip() or "it is just starting"
    return None


@contextmanager
def locked(folder: DataFolder, *, address: str) -> Iterator[None]:
    """Hold the data, so that no other platform runs on them.

    Args:
        folder: of the data.
        address: where this platform can be found; told to whoever comes second.

    Raises:
        InputError: another platform runs on them.
        OutputError: the folder cannot be written to.
    """
    try:
        descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    except OSError as error:
        raise OutputError(
            f"{folder.path} cannot be written: {error.strerror}. Choose another folder with --data."
        ) from error
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"The platform runs already on {folder.path}: {file.read().strip() or 'it is just starting'}. "
                "Stop it with Ctrl-C on its terminal, or choose another folder with --data."
            ) from error
        file.truncate(0)
        file.write(f"{address}, process {os.getpid()}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _read_password(path: Path) -> str:
    try:
        first = path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}, the file of the password, cannot be read: {error}.") from error
    if len(first) < MIN_PASSWORD:
        raise InputError(
            f"The password in {path} has {len(first)} characters; write at least {MIN_PASSWORD} into its first line."
        )
    return first

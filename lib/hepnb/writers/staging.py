"""How a result appears: whole or not at all."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hepnb.errors import HepnbError, OutputError

MARKER: Final = "summary.json"
"""Every result folder has it; a folder without it is not ours to replace."""

_CAUSES: Final = {
    errno.ENOSPC: "the disk is full; free some space or choose a folder on another disk",
    errno.EDQUOT: "your disk quota is used up; free some space or choose a folder on another disk",
    errno.EACCES: "you may not write there; choose another place",
    errno.EPERM: "you may not write there; choose another place",
    errno.EROFS: "the disk is read-only; choose another place",
    errno.EEXIST: "a part of this path is a file and not a folder; choose another place",
    errno.ENOTDIR: "a part of this path is a file and not a folder; choose another place",
}


@contextmanager
def staged_folder(output: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A folder to write into, which becomes `output` when the block ends well and vanishes when it does not.

    It lies beside `output`, so that it becomes the result by one renaming. A killed process leaves at
    most a hidden folder named ``.NAME.partial-…``, never one that looks finished.

    Args:
        output: the folder to be.
        overwrite: replace an earlier result of that name.

    Yields:
        The folder to write into.

    Raises:
        OutputError: `output` exists and may not be replaced, or cannot be written.
    """
    with _telling(output):
        _check_target(output, overwrite=overwrite)
        target = output.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
    try:
        with _telling(output):
            yield staging
            staging.chmod(0o777 & ~_umask())
            _replace_folder(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def staged_file(output: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """The same for a single file: a path to write to, which becomes `output` when the block ends well.

    Raises:
        OutputError: `output` exists and may not be replaced, or cannot be written.
    """
    with _telling(output):
        if output.is_dir():
            raise OutputError(f"{output} is a folder; name a file.")
        if output.exists() and not overwrite:
            raise OutputError(f"{output} exists already; name another file, or add --overwrite.")
        output.parent.mkdir(parents=True, exist_ok=True)
    with _telling(output), whole_file(output) as staging:
        yield staging


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """The same where nothing is asked and nobody told, as for parts of a result; the last of several writers wins."""
    staging = path.with_name(f".{path.stem}.partial-{os.getpid()}{path.suffix}")
    try:
        yield staging
        staging.replace(path)
    finally:
        with suppress(OSError):
            staging.unlink()


def _check_target(output: Path, *, overwrite: bool) -> None:
    if not output.exists():
        return
    if not output.is_dir():
        raise OutputError(f"{output} is a file; name a folder for the results.")
    if not any(output.iterdir()):
        return
    if not overwrite:
        raise OutputError(f"{output} exists already; name another folder, or add --overwrite to replace it.")
    if not (output / MARKER).exists():
        raise OutputError(
            f"{output} holds no {MARKER}, so it is not an earlier result and is not replaced; name another folder."
        )


def _replace_folder(staging: Path, output: Path) -> None:
    if not output.exists():
        staging.rename(output)
        return
    old = staging.with_name(f"{staging.name}-old")
    output.rename(old)
    try:
        staging.rename(output)
    except OSError:
        old.rename(output)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _telling(output: Path) -> Iterator[None]:
    try:
        yield
    except HepnbError:
        raise
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0, error.strerror or str(error))
        raise OutputError(f"{output} cannot be written: {cause}.") from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

"""Which files does the user mean."""

import glob
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hepnb.errors import HepnbError, InputError, MissingInputError, nearest

log = logging.getLogger(__name__)

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")


def is_remote(address: str) -> bool:
    """Whether the address names a server (``root://``, ``https://``, ``s3://``, …) and not a local file."""
    return _SCHEME.match(address) is not None and not address.startswith("file://")


def resolve(inputs: Iterable[str], *, suffix: str = ".root") -> list[str]:
    """Turn what a user types into a list of files.

    Args:
        inputs: paths, globs (``**`` descends), folders (every file below with the suffix, hidden ones excepted),
            ``@list.txt`` (one input a line, ``#`` starts a comment line), and addresses with a scheme, which
            stay as they are.
        suffix: of the files wanted of folders.

    Returns:
        Absolute local paths and remote addresses, in the order given; the files of a glob or folder
        sorted by name; each file once.

    Raises:
        MissingInputError: a path, glob, folder or list without a file.
        InputError: no input at all, or a list that names another list.
    """
    files = [file for given in inputs for file in _expand(given, suffix)]
    if not files:
        raise InputError("No input was given; name at least one file, glob, folder, @list.txt or address.")
    unique = list(dict.fromkeys(files))
    if len(unique) < len(files):
        log.warning("%d inputs were named more than once and are read once", len(files) - len(unique))
    return unique


def _expand(given: str, suffix: str) -> Iterator[str]:
    if not given.strip():
        raise InputError("An input is empty; name a file, glob, folder, @list.txt or address.")
    if given.startswith("@"):
        for line in _read_list(Path(given[1:])):
            yield from _expand(line, suffix)
    elif is_remote(given):
        yield given
    else:
        path = Path(unquote(urlsplit(given).path)) if given.startswith("file://") else Path(given)
        yield from (str(file.absolute()) for file in _local_files(path, suffix))


def _read_list(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise MissingInputError(f"The list {path} cannot be read: {reason}.") from error
    inputs = [line for line in lines if line and not line.startswith("#")]
    if not inputs:
        raise MissingInputError(f"The list {path} names no file; write one input a line.")
    if nested := next((line for line in inputs if line.startswith("@")), None):
        raise InputError(
            f"The list {path} names another list, '{nested}'; name both lists on the command line instead."
        )
    return inputs


def _local_files(path: Path, suffix: str) -> list[Path]:
    try:
        return _found(path.expanduser(), suffix)
    except HepnbError:
        raise
    except (OSError, RuntimeError) as error:  # expanduser raises RuntimeError for an unknown user
        cause = error.strerror if isinstance(error, OSError) else "there is no such user's home"
        raise MissingInputError(f"{path} cannot be looked up: {cause}.") from error


def _found(path: Path, suffix: str) -> list[Path]:
    if path.is_dir():
        return _files_below(path, suffix)
    if path.exists():
        return [path]
    if glob.has_magic(str(path)):
        return _files_matching(path)
    raise MissingInputError(f"There is no file {path}; {_whats_there(path)}.")


def _files_below(folder: Path, suffix: str) -> list[Path]:
    files = sorted(file for file in folder.rglob(f"*{suffix}") if file.is_file() and not _is_hidden(file, folder))
    if not files:
        raise MissingInputError(
            f"The folder {folder} holds no {suffix} file, nor do its subfolders; name the folder or files that do."
        )
    return files


def _is_hidden(file: Path, folder: Path) -> bool:
    """Whether a glob would pass it over, as it does the remains of a killed writer (``.NAME.partial-…``)."""
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _files_matching(pattern: Path) -> list[Path]:
    # Path.glob takes no absolute patterns.
    matches = glob.glob(str(pattern), recursive=True)  # noqa: PTH207
    files = sorted(Path(match) for match in matches if Path(match).is_file())
    if not files:
        raise MissingInputError(f"No file matches {pattern}; check the pattern, or name the files.")
    return files


def _whats_there(path: Path) -> str:
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist either"
    return f"in {path.parent.absolute()}, {nearest(path.name, sorted(entry.name for entry in path.parent.iterdir()))}"

"""How a tree in a file is opened, and what is wrong with a file that does not open."""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

import uproot
from uproot.behaviors.RNTuple import RNTuple
from uproot.behaviors.TTree import TTree

from hepnb.errors import AccessError, MissingInputError, MissingNameError, UnreadableFileError, nearest
from hepnb.loaders import remote
from hepnb.loaders.addresses import is_remote
from hepnb.loaders.damage import reason, unreadable
from hepnb.loaders.rntuple import RNTupleOfEvents
from hepnb.loaders.source import LocalSource, RemoteSource, Source
from hepnb.loaders.tree import Tree
from hepnb.loaders.ttree import TTreeOfEvents

_MAGIC: Final = b"root"
_HEADER_BYTES: Final = 20
_LARGE_FILE: Final = 1_000_000  # added to the version of files beyond 2 GB
_MOST_KEPT_OPEN: Final = 2  # trees of a thousand branches take tens of megabytes
_TREE_CLASSES: Final = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")

_MODELS: Final = {
    model: dict(model.known_versions) for model in uproot.classes.values() if getattr(model, "known_versions", None)
}
"""How uproot reads each version of ROOT's classes; where a version in a file is not among them, it replaces one."""


@contextmanager
def open_tree(path: str, tree: str) -> Iterator[Tree]:
    """Open one tree of one file.

    Args:
        path: local path, or an address that uproot opens.
        tree: its name, with the folders inside the file (``"Events"``, ``"analysis/Events"``).

    Raises:
        MissingInputError: there is no such file.
        AccessError: the server wants other credentials.
        UnreadableFileError: it is not a ROOT file, it is truncated, or the server does not answer.
        MissingNameError: the file has no such tree.
    """
    try:
        if is_remote(path):
            with _open(path) as directory:
                yield _find_tree(directory, path, tree, RemoteSource(directory.file.source))
        else:
            status = _check_local_file(Path(path))
            yield _kept_open(path, tree, (status.st_ino, status.st_size, status.st_mtime_ns))
    finally:
        _restore_models()


@lru_cache(maxsize=_MOST_KEPT_OPEN)
def _kept_open(path: str, tree: str, version: tuple[int, ...]) -> Tree:  # noqa: ARG001  # another file has another
    """An open tree, for the pieces of one file that a worker reads one after the other."""
    with unreadable(path):
        source = LocalSource(path)
    return _find_tree(_open(path), path, tree, source)


def _open(path: str) -> uproot.ReadOnlyDirectory:
    try:
        # A dictionary spares uproot's reading of "path:tree", so that a path may hold a colon.
        # Without caches, because uproot knows files by an identifier that copies of a file share.
        return uproot.open({path: None}, object_cache=None, array_cache=None, **remote.options(path))
    except FileNotFoundError as error:
        raise MissingInputError(f"There is no file {path}.") from error
    except Exception as error:  # uproot and the file systems behind it raise many kinds
        if (why := remote.refusal(path, error)) is not None:
            raise AccessError(why) from error
        raise UnreadableFileError(f"{path} cannot be opened as a ROOT file: {reason(error)}.") from error


def _restore_models() -> None:
    """Undo what a damaged file may have done to uproot's own models, which would make sound files unreadable."""
    for model, versions in _MODELS.items():
        model.known_versions.update(versions)


def _check_local_file(path: Path) -> os.stat_result:
    """Tell the common faults apart before uproot meets them."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
        status = path.stat()
    except FileNotFoundError as error:
        raise MissingInputError(f"There is no file {path}.") from error
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}.") from error
    if not head:
        raise UnreadableFileError(f"{path} is empty (0 bytes); copy or generate it again.")
    if not head.startswith(_MAGIC):
        raise UnreadableFileError(f"{path} is not a ROOT file: it begins with {head[:4]!r} and not with {_MAGIC!r}.")
    announced = _announced_size(head)
    if status.st_size < announced:
        raise UnreadableFileError(
            f"{path} is truncated: its header announces {announced} bytes, {status.st_size} are there; copy it again."
        )
    return status


def _announced_size(head: bytes) -> int:
    """The field fEND of TFile's header (https://root.cern/doc/master/classTFile.html), 8 bytes wide in large files."""
    if len(head) < _HEADER_BYTES:
        return _HEADER_BYTES
    (version,) = struct.unpack_from(">i", head, 4)
    (end,) = struct.unpack_from(">q" if version >= _LARGE_FILE else ">i", head, 12)
    return int(end)


def _find_tree(directory: uproot.ReadOnlyDirectory, path: str, tree: str, source: Source) -> Tree:
    with unreadable(f"The table of contents of {path}"):
        trees = list(dict.fromkeys(directory.keys(cycle=False, filter_classname=lambda name: name in _TREE_CLASSES)))
    if tree.partition(";")[0] not in trees:
        raise MissingNameError(
            f"There is no tree '{tree}' in {path}; {nearest(tree, trees)}. Choose one with --tree or tree=."
        )
    with unreadable(f"The tree '{tree}' in {path}"):
        found = directory[tree]
        record = directory.key(tree)
        if isinstance(found, TTree):
            return TTreeOfEvents(found, path=path, source=source, record_bytes=int(record.data_compressed_bytes))
        if isinstance(found, RNTuple):
            return RNTupleOfEvents(found, path=path, source=source)
    raise UnreadableFileError(f"'{tree}' in {path} is a {type(found).__name__}, not a TTree or RNTuple.")

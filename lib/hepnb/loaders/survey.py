"""What is in many files, and which of them cannot be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from hepnb.errors import HepnbError
from hepnb.loaders.catalogue import FileDescription, describe
from hepnb.runners.local import InProcess
from hepnb.runners.runner import Progress, Runner, Silent

_FEW: Final = 16
"""So many files open in less time than workers take to start."""


@dataclass(frozen=True)
class Failure:
    """A file that cannot be read.

    Attributes:
        path: which.
        error: why.
    """

    path: str
    error: HepnbError


@dataclass(frozen=True)
class Survey:
    """What looking into files brought.

    Attributes:
        files: those that can be read, in the order given.
        failures: those that cannot, in the order given.
    """

    files: tuple[FileDescription, ...]
    failures: tuple[Failure, ...]


def survey(
    runner: Runner,
    paths: Sequence[str],
    *,
    tree: str,
    columns: Sequence[str] | None,
    optional: Sequence[str] = (),
    progress: Progress | None = None,
) -> Survey:
    """Look into files.

    Args:
        runner: where to look into many.
        paths: local paths and addresses.
        tree: name of the tree.
        columns: names of the columns wanted; ``None`` means all.
        optional: columns wanted where they exist. The first file that can be read decides, for these and for
            ``columns=None``; every other file must have the same.
        progress: is told how many were looked into.
    """
    looked_at: list[FileDescription | Failure] = []
    remaining = list(paths)
    while remaining and not any(isinstance(result, FileDescription) for result in looked_at):
        looked_at.append(_look(remaining.pop(0), tree=tree, columns=columns, optional=optional))
    files = [result for result in looked_at if isinstance(result, FileDescription)]
    if files:
        names = [column.name for column in files[0].columns]
        look = partial(_look, tree=tree, columns=names, optional=())
        place = InProcess() if len(remaining) < _FEW else runner
        looked_at += place.map(look, remaining, progress=progress or Silent())
    return Survey(
        files=tuple(result for result in looked_at if isinstance(result, FileDescription)),
        failures=tuple(result for result in looked_at if isinstance(result, Failure)),
    )


def describe_all(
    runner: Runner, paths: Sequence[str], *, tree: str, columns: Sequence[str] | None, optional: Sequence[str] = ()
) -> tuple[FileDescription, ...]:
    """The descriptions of all files; arguments as for `survey`.

    Raises:
        HepnbError: the error of the first file that cannot be read.
    """
    result = survey(runner, paths, tree=tree, columns=columns, optional=optional)
    if result.failures:
        raise result.failures[0].error
    return result.files


def _look(path: str, *, tree: str, columns: Sequence[str] | None, optional: Sequence[str]) -> FileDescription | Failure:
    try:
        return describe(path, tree=tree, columns=columns, optional=optional)
    except HepnbError as error:
        return Failure(path, error)

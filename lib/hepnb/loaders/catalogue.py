"""What is in a file, found out once so that the work can be planned without opening it again."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from hepnb.errors import MissingNameError, WrongTypeError, nearest
from hepnb.loaders.damage import unreadable
from hepnb.loaders.files import open_tree
from hepnb.loaders.forms import UnrepresentableError
from hepnb.loaders.tree import Column, Tree


@dataclass(frozen=True, kw_only=True)
class FileDescription:
    """What planning needs to know of one file.

    Attributes:
        path: local path or address.
        entries: number of events in its tree.
        file_bytes: size [B] of the whole file.
        columns: the columns asked for, or all, in that order.
        left_out: branches that no column can hold, with the reason each.
        clusters: entries at which clusters begin and end, ``(n_clusters + 1,)``.
        stored_bytes: compressed size [B] of `columns` in each cluster, ``(n_clusters,)``.
    """

    path: str
    entries: int
    file_bytes: int
    columns: tuple[Column, ...]
    left_out: dict[str, str]
    clusters: tuple[int, ...]
    stored_bytes: tuple[int, ...]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of `columns`."""
        return pa.schema([pa.field(column.name, column.type) for column in self.columns])


def describe(
    path: str, *, tree: str, columns: Sequence[str] | None = None, optional: Sequence[str] = ()
) -> FileDescription:
    """Open a file, and note what planning needs.

    Args:
        path: local path or address.
        tree: name of the tree.
        columns: names of the columns wanted; ``None`` means all.
        optional: names of columns wanted too, where the tree has them.

    Raises:
        MissingInputError: there is no such file.
        UnreadableFileError: it does not open as ROOT.
        MissingNameError: it lacks the tree or a column.
        WrongTypeError: a wanted column has a type that Arrow cannot hold.
    """
    with open_tree(path, tree) as events:
        with unreadable(f"The tree '{tree}' in {path}"):
            chosen, left_out = _chosen(events, columns, optional, where=f"tree '{tree}' of {path}")
            clusters = events.clusters(chosen)
            stored_bytes = events.stored_bytes(chosen, clusters)
        return FileDescription(
            path=path,
            entries=events.entries,
            file_bytes=events.file_bytes,
            columns=tuple(chosen),
            left_out=left_out,
            clusters=tuple(clusters.tolist()),
            stored_bytes=tuple(stored_bytes.tolist()),
        )


def _chosen(
    events: Tree, columns: Sequence[str] | None, optional: Sequence[str], *, where: str
) -> tuple[list[Column], dict[str, str]]:
    if columns is None:
        return _all(events)
    names = set(events.names)
    present = [name for name in optional if name in names and name not in columns]
    return choose(events, [*present, *columns], where=where), {}


def _all(events: Tree) -> tuple[list[Column], dict[str, str]]:
    columns, left_out = [], {}
    for name in events.names:
        try:
            columns.append(events.column(name))
        except UnrepresentableError as error:
            left_out[name] = str(error)
    return columns, left_out


def choose(events: Tree, names: Sequence[str], *, where: str) -> list[Column]:
    """The columns of these names, in this order.

    Raises:
        MissingNameError: one is not there.
        WrongTypeError: one is there, but Arrow cannot hold it.
    """
    return [_column(events, name, where) for name in names]


def _column(events: Tree, name: str, where: str) -> Column:
    if name not in events.names:
        raise MissingNameError(f"There is no branch '{name}' in {where}; {nearest(name, events.names)}.")
    try:
        return events.column(name)
    except UnrepresentableError as error:
        raise WrongTypeError(f"The branch '{name}' in {where} cannot be a column: {error}.") from error

"""The events of a range, as Arrow batches."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa

from hepnb.errors import WrongTypeError
from hepnb.loaders.catalogue import choose
from hepnb.loaders.damage import reason, unreadable
from hepnb.loaders.files import open_tree
from hepnb.loaders.forms import arrow_array
from hepnb.loaders.plan import EntryRange, group_clusters
from hepnb.loaders.schema import fitted
from hepnb.loaders.tree import Column, Tree

_STEP_BYTES: Final = 4 << 20  # [B] compressed; so much is asked for at once
_BATCH_ROWS: Final = 65_536


def read_batches(events: EntryRange, *, tree: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Read a range of events.

    Args:
        events: which file, from which entry up to which.
        tree: name of the tree.
        schema: the columns wanted, with the types wanted; values are converted where nothing is lost.

    Yields:
        Batches of this schema, in the order of the file.

    Raises:
        MissingInputError: the file is not there.
        UnreadableFileError: the file, or a block of it, cannot be read.
        MissingNameError: the file lacks the tree or a column.
        WrongTypeError: a value does not fit the wanted type.
    """
    with open_tree(events.path, tree) as opened:
        with unreadable(f"The tree '{tree}' in {events.path}"):
            columns = choose(opened, schema.names, where=f"tree '{tree}' of {events.path}")
            steps = _steps(opened, columns, events)
            streams = opened.streams(columns, events.start)
        sources = [
            stream or _UnstreamedColumn(opened, column, events.path, steps)
            for stream, column in zip(streams, columns, strict=True)
        ]
        for start, stop in steps:
            with unreadable(f"The tree '{tree}' in {events.path}, entries {start} to {stop}"):
                opened.expect(columns, start, stop)
            for first, last in pairwise([*range(start, stop, _BATCH_ROWS), stop]):
                arrays = [
                    _as_wanted(source.take(last - first), field, EntryRange(events.path, first, last))
                    for source, field in zip(sources, schema, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _steps(opened: Tree, columns: Sequence[Column], events: EntryRange) -> list[tuple[int, int]]:
    clusters = opened.clusters(columns)
    stored_bytes = opened.stored_bytes(columns, clusters)
    inside = (clusters >= events.start) & (clusters <= events.stop)
    edges = np.unique([events.start, *clusters[inside], events.stop])
    sizes = stored_bytes[np.searchsorted(clusters, edges[:-1], side="right") - 1]
    groups = group_clusters(edges.tolist(), sizes.tolist(), target_bytes=_STEP_BYTES)
    return [(start, stop) for start, stop, _ in groups]


class _UnstreamedColumn:
    """A column whose storage is left to uproot, which reads it a step at a time."""

    def __init__(self, opened: Tree, column: Column, path: str, steps: Sequence[tuple[int, int]]) -> None:
        self._opened = opened
        self._column = column
        self._path = path
        self._steps = iter(steps)
        self._ahead = pa.nulls(0, column.type)

    def take(self, entries: int) -> pa.Array:
        """The values of the next events, which are all of one step."""
        if not len(self._ahead):
            start, stop = next(self._steps)
            with unreadable(f"The branch '{self._column.name}' of {self._path}, entries {start} to {stop}"):
                (values,) = self._opened.arrays([self._column], start, stop)
                self._ahead = arrow_array(values)
                if len(self._ahead) != stop - start:
                    raise ValueError(f"it holds {len(self._ahead)} events there")
                self._ahead.validate(full=True)  # lists that reach beyond their elements would end the process
        taken, self._ahead = self._ahead[:entries], self._ahead[entries:]
        return taken


def _as_wanted(values: pa.Array, field: pa.Field, events: EntryRange) -> pa.Array:
    try:
        return fitted(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        where = f"branch '{field.name}' of {events.path}, entries {events.start} to {events.stop}"
        raise WrongTypeError(f"The {where} is {values.type} and does not fit {field.type}: {reason(error)}.") from error

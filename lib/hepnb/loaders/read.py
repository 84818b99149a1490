"""The events of a range, as Arrow batches."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from hepnb.errors import WrongTypeError
from hepnb.loaders.catalogue import choose
from hepnb.loaders.files import open_tree, reason, unreadable
from hepnb.loaders.plan import EntryRange, group_clusters
from hepnb.loaders.schema import arrow_array
from hepnb.loaders.tree import Column, Tree

_STEP_BYTES: Final = 4 << 20  # [B] compressed; bounds a worker's memory
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
            columns = choose(opened.contents(), schema.names, where=f"tree '{tree}' of {events.path}")
            steps = _steps(opened, columns, events)
        for start, stop in steps:
            arrays = [
                _read_column(opened, column, field.type, EntryRange(events.path, start, stop))
                for column, field in zip(columns, schema, strict=True)
            ]
            yield from pa.Table.from_arrays(arrays, schema=schema).to_batches(max_chunksize=_BATCH_ROWS)


def _steps(opened: Tree, columns: Sequence[Column], events: EntryRange) -> list[tuple[int, int]]:
    clusters = opened.clusters(columns)
    stored_bytes = opened.stored_bytes(columns, clusters)
    inside = (clusters >= events.start) & (clusters <= events.stop)
    edges = np.unique([events.start, *clusters[inside], events.stop])
    sizes = stored_bytes[np.searchsorted(clusters, edges[:-1], side="right") - 1]
    return group_clusters(edges.tolist(), sizes.tolist(), target_bytes=_STEP_BYTES)


def _read_column(opened: Tree, column: Column, type_: pa.DataType, events: EntryRange) -> pa.Array:
    where = f"branch '{column.name}' of {events.path}, entries {events.start} to {events.stop}"
    with unreadable(f"The {where}"):
        (values,) = opened.arrays([column], events.start, events.stop)
    try:
        return arrow_array(values, type_)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise WrongTypeError(f"The {where} is {column.type} and does not fit {type_}: {reason(error)}.") from error

"""Events without Spark: an iterator over what is in files."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from hepnb.errors import InputError
from hepnb.events import EVENTS_TREE
from hepnb.loaders.addresses import resolve
from hepnb.loaders.catalogue import FileDescription
from hepnb.loaders.filters import Filters, check_filters, filtered, with_filter_columns
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches
from hepnb.loaders.survey import describe_all
from hepnb.runners.local import InProcess


def iterate(
    paths: str | Sequence[str],
    *,
    tree: str = EVENTS_TREE,
    columns: Sequence[str] | None = None,
    filters: Filters = (),
    start: int = 0,
    stop: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """The events of ROOT files as Arrow batches.

    Memory does not grow with the files, nor with their clusters.

    Args:
        paths: what `hepnb.loaders.addresses.resolve` takes: files, globs, folders, ``@list.txt``, addresses.
        tree: name of the TTree or RNTuple.
        columns: names of the columns to read; all that Arrow can hold by default. Only these are read from the files.
        filters: conditions on plain columns, all of which an event must fulfil: ``[("nMuon", ">=", 2)]``. They need
            not be among `columns`.
        start: the first event wanted, counted through all files.
        stop: the event before which to stop; by default all are read.

    Returns:
        Batches of some ten thousand events, in the order of the files and of the events in them. Numbers keep their
        types, jagged and fixed-size arrays are lists, strings are strings. The first file decides names and
        types; values of the others are converted where nothing is lost. ``awkward.from_arrow(batch)`` takes a batch
        as it is.

    Raises:
        InputError: the range, or a condition, makes no sense.
        HepnbError: one of its children, with the sentence that says which file, and what is wrong with it.
    """
    if start < 0 or (stop is not None and stop < start):
        end = "the end" if stop is None else stop
        raise InputError(f"There are no events from {start} to {end}; give 0 <= start <= stop.")
    files = describe_all(
        InProcess(),
        resolve([paths] if isinstance(paths, str) else paths),
        tree=tree,
        columns=with_filter_columns(columns, filters),
    )
    check_filters(filters, files[0].schema)
    batches = filtered(_ranges(files, tree, start, stop), filters)
    return batches if columns is None else (batch.select(columns) for batch in batches)


def _ranges(files: Sequence[FileDescription], tree: str, start: int, stop: int | None) -> Iterator[pa.RecordBatch]:
    first = 0
    for file in files:
        begin, end = max(start - first, 0), file.entries if stop is None else min(stop - first, file.entries)
        if begin < end:
            yield from read_batches(EntryRange(file.path, begin, end), tree=tree, schema=files[0].schema)
        first += file.entries

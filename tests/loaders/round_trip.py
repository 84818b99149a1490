"""Small files written by uproot alone, and read by the room under test."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import uproot

from hepnb.loaders.catalogue import describe
from hepnb.loaders.plan import EntryRange, plan
from hepnb.loaders.read import read_batches

TREE = "Events"


def write(
    path: Path,
    columns: Mapping[str, Any],
    *,
    rntuple: bool = False,
    splits: Sequence[int] = (),
    tree: str = TREE,
) -> str:
    """Columns as a new file whose clusters end at `splits` and at the end."""
    arrays = {name: ak.Array(values) for name, values in columns.items()}
    entries = len(next(iter(arrays.values())))
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        make = file.mkrntuple if rntuple else file.mktree
        target = make(tree, {name: array.type.content for name, array in arrays.items()})
        for start, stop in pairwise([0, *splits, entries]):
            if start < stop:
                target.extend({name: array[start:stop] for name, array in arrays.items()})
    return str(path)


def read(path: str, *, tree: str = TREE, columns: Sequence[str] | None = None) -> pa.Table:
    """All events, one piece of work per cluster."""
    file = describe(path, tree=tree, columns=columns)
    pieces = plan([file], target_bytes=1)
    batches = [batch for piece in pieces for batch in read_batches(piece, tree=tree, schema=file.schema)]
    return pa.Table.from_batches(batches, file.schema)


def read_range(path: str, start: int, stop: int) -> pa.Table:
    """The events from `start` up to, not including, `stop`."""
    schema = describe(path, tree=TREE).schema
    return pa.Table.from_batches(read_batches(EntryRange(path, start, stop), tree=TREE, schema=schema), schema)


def same(got: ak.Array, expected: ak.Array) -> bool:
    """Whether two arrays hold the same lists of bitwise the same numbers, whatever their layout."""
    got, expected = ak.drop_none(ak.from_regular(got, axis=None)), ak.from_regular(expected, axis=None)
    if ak.fields(expected):
        return ak.fields(got) == ak.fields(expected) and all(
            same(got[name], expected[name]) for name in ak.fields(expected)
        )
    if "string" in str(expected.type):
        return bool(got.to_list() == expected.to_list())
    depth = expected.ndim
    if got.ndim != depth or len(got) != len(expected):
        return False
    numbers, reference = (np.asarray(ak.flatten(array, axis=None)) for array in (got, expected))
    return (
        all(
            np.array_equal(ak.flatten(ak.num(got, axis), None), ak.flatten(ak.num(expected, axis), None))
            for axis in range(1, depth)
        )
        and numbers.dtype == reference.dtype
        and numbers.tobytes() == reference.tobytes()
    )

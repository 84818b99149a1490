"""Small files written by uproot alone, and read by the room under test."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import uproot

from hepnb.loaders.catalogue import describe
from hepnb.loaders.plan import EntryRange, plan
from hepnb.loaders.read import read_batches

TREE = "Events"

REAL_TREES = [
    ("cms_DoubleMuParked_2012_100k.root", "Events"),
    ("nanoAOD_2015_CMS_Open_Data_ttbar.root", "Events"),
    ("nano_dy.root", "Events"),
    ("nano_dy.root", "Runs"),
    ("uproot-Zmumu.root", "events"),
    ("uproot-HZZ.root", "events"),
    ("delphes_W.root", "Delphes"),
]
"""The trees of the real data, file by file."""


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
    ranges = [events for piece in pieces for events in piece]
    batches = [batch for events in ranges for batch in read_batches(events, tree=tree, schema=file.schema)]
    return pa.Table.from_batches(batches, file.schema)


def read_range(path: str, start: int, stop: int) -> pa.Table:
    """The events from `start` up to, not including, `stop`."""
    schema = describe(path, tree=TREE).schema
    return pa.Table.from_batches(read_batches(EntryRange(path, start, stop), tree=TREE, schema=schema), schema)


def same(got: pa.Array, expected: ak.Array) -> bool:
    """Whether two arrays hold the same lists of bitwise the same numbers, whatever their layout."""
    expected = ak.from_regular(expected, axis=None)
    if pa.types.is_string(got.type):
        return bool(got.to_pylist() == expected.to_list())
    if pa.types.is_list(got.type):
        lengths = pc.list_value_length(got).to_numpy()
        return np.array_equal(lengths, ak.to_numpy(ak.num(expected))) and same(got.flatten(), ak.flatten(expected))
    if pa.types.is_struct(got.type):
        names = [field.name for field in got.type]
        return names == ak.fields(expected) and all(map(same, got.flatten(), ak.unzip(expected)))
    numbers, reference = got.to_numpy(zero_copy_only=False), ak.to_numpy(expected)
    return bool(numbers.dtype == reference.dtype and numbers.tobytes() == reference.tobytes())


def peak_memory() -> int:
    """The most memory [B] that this process held since it began; ru_maxrss counts also that of its parent."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])

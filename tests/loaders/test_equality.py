"""Is every column, over any range of events, bitwise what uproot reads and what was written."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st

from hepnb.loaders.catalogue import FileDescription, describe
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches

from .round_trip import REAL_TREES, same
from .test_schema import WIDTHS

REAL = [("Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root", "Events"), *REAL_TREES]
CODECS = [
    uproot.ZLIB(1),
    uproot.ZLIB(9),
    uproot.LZMA(1),
    uproot.LZ4(1),
    uproot.LZ4(9),
    uproot.ZSTD(1),
    uproot.ZSTD(9),
    None,
]
both_kinds = pytest.mark.parametrize("rntuple", [False, True], ids=["TTree", "RNTuple"])


def table(file: FileDescription, tree: str, start: int, stop: int) -> pa.Table:
    batches = read_batches(EntryRange(file.path, start, stop), tree=tree, schema=file.schema)
    return pa.Table.from_batches(batches, file.schema)


def different(file: FileDescription, tree: str, start: int, stop: int) -> list[str]:
    """The columns that are not what uproot reads; the numbers of elements that RNTuples gain are told by others."""
    got = table(file, tree, start, stop)
    assert len(got) == stop - start
    if start == stop:
        return []
    with uproot.open({file.path: tree}) as reference:
        return [
            column.name
            for column in file.columns
            if not column.branch.startswith("#")
            and not same(
                got[column.name].combine_chunks(),
                reference[column.branch.replace(".", "/") if _is_rntuple(reference) else column.branch].array(
                    entry_start=start, entry_stop=stop
                ),
            )
        ]


def _is_rntuple(reference: Any) -> bool:
    return isinstance(reference, uproot.behaviors.RNTuple.RNTuple)


@pytest.mark.parametrize(("name", "tree"), REAL)
def test_real_columns_are_those_of_uproot_over_all_events_and_over_odd_ranges(real_data: Path, name: str, tree: str):
    file = describe(str(real_data / name), tree=tree)
    last = file.entries
    ranges = {(0, last), (0, last // 3), (last // 3, last // 2 + 1), (last - 1, last), (last // 2, last // 2)}
    for start, stop in sorted(ranges):
        assert different(file, tree, start, stop) == []


def jagged(rng: np.random.Generator, lengths: np.ndarray, width: str) -> ak.Array:
    raw = rng.integers(0, 2 if width == "bool" else 256, lengths.sum() * np.dtype(width).itemsize, dtype=np.uint8)
    return ak.unflatten(raw.view(width), lengths)


def events_of(entries: int, seed: int, *, rntuple: bool) -> dict[str, ak.Array]:
    """A column of every layout, bits at random: also all kinds of NaN."""
    rng = np.random.default_rng(seed)
    lengths, own = rng.integers(0, 4, entries), rng.integers(0, 3, entries)
    columns = {f"flat_{width}": ak.flatten(jagged(rng, np.ones(entries, int), width)) for width in WIDTHS}
    columns |= {f"own_{width}": jagged(rng, own, width) for width in WIDTHS}
    columns |= {
        "array": ak.Array(rng.random((entries, 2))),
        "matrix": ak.Array(rng.integers(-9, 9, (entries, 2, 3))),
        "text": ak.Array([*("µ" * length for length in lengths.tolist()), "x"])[:-1],
    }
    members = {
        "pt": jagged(rng, lengths, "f4"),
        "charge": jagged(rng, lengths, "i1"),
        "tight": jagged(rng, lengths, "bool"),
    }
    columns["Muon"] = ak.zip(members)
    if rntuple:
        columns["deep"] = ak.unflatten(jagged(rng, np.repeat(own, lengths), "i4"), lengths)
    return columns


def wanted(columns: Mapping[str, ak.Array]) -> dict[str, ak.Array]:
    """What the columns of a file of these are called."""
    muons = columns["Muon"]
    shared = {f"Muon_{name}": muons[name] for name in muons.fields} | {"nMuon": ak.num(muons)}
    return {name: array for name, array in columns.items() if name != "Muon"} | shared


def write_any(path: Path, tree: str, columns: Mapping[str, ak.Array], splits: list[int], *, rntuple: bool, codec: Any):
    """The cycle of the tree that holds these events; the one before it holds others."""
    types = {name: array.type.content for name, array in columns.items()}
    first = {name: array[:1] for name, array in columns.items()}
    with uproot.recreate(path, compression=codec) as file:
        for parts in ([first], [{n: a[i:j] for n, a in columns.items()} for i, j in pairwise(splits)]):
            target = (file.mkrntuple if rntuple else file.mktree)(tree, types)
            for part in parts:
                target.extend(part)


@both_kinds
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_file_of_uproot_comes_back_over_any_range(
    tmp_path_factory: pytest.TempPathFactory, rntuple: bool, data: st.DataObject
):
    entries = data.draw(st.integers(0, 40) | st.just(1000))
    entry = st.integers(0, entries)
    splits = sorted([0, *data.draw(st.lists(entry, max_size=4)), entries])  # equal ones are empty clusters
    columns = events_of(entries, data.draw(st.integers(0, 99)), rntuple=rntuple)
    tree = data.draw(st.sampled_from(["Events", "folder/inside/Events"]))
    path = tmp_path_factory.getbasetemp() / "any.root"
    write_any(path, tree, columns, splits, rntuple=rntuple, codec=data.draw(st.sampled_from(CODECS)))

    file = describe(str(path), tree=tree)
    assert (file.entries, file.left_out) == (entries, {})
    for start, stop in [(0, entries), sorted((data.draw(entry), data.draw(entry)))]:
        got = table(file, tree, start, stop)
        expected = {name: array[start:stop] for name, array in wanted(columns).items()}
        assert set(expected) <= set(got.column_names)
        for name, array in expected.items():
            if name == "nMuon":
                assert got[name].to_pylist() == array.to_list()
            else:
                assert same(got[name].combine_chunks(), array), name
        assert different(file, tree, start, stop) == []


@both_kinds
def test_a_column_does_not_depend_on_those_read_with_it(tmp_path: Path, rntuple: bool):
    columns = events_of(100, 5, rntuple=rntuple)
    write_any(tmp_path / "x.root", "Events", columns, [0, 30, 100], rntuple=rntuple, codec=uproot.ZSTD(1))
    path = str(tmp_path / "x.root")
    together = table(describe(path, tree="Events"), "Events", 10, 90)
    for name in together.column_names:
        alone = table(describe(path, tree="Events", columns=[name]), "Events", 10, 90)
        assert str(alone[name].to_pylist()) == str(together[name].to_pylist())

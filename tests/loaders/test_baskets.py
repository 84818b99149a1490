"""Are the numbers of a basket read, however its blocks cut them, and whatever else a file holds left alone."""

import subprocess
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from hepnb.errors import UnreadableFileError
from hepnb.loaders.baskets import BasketColumn
from hepnb.loaders.catalogue import describe
from hepnb.loaders.files import open_tree
from hepnb.loaders.source import HeldSource

from .round_trip import TREE, read, write


def basket(content: bytes, *, border: int, events: int, cuts: tuple[int, ...] = ()) -> bytes:
    """A TKey of 60 bytes, and zlib blocks that end at `cuts`; without any, the content is stored as it is."""
    parts = [content[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(content)], strict=True)] if cuts else []
    stored = b"".join(
        b"ZL\x08" + len(packed).to_bytes(3, "little") + len(part).to_bytes(3, "little") + packed
        for part in parts
        for packed in [zlib.compress(part)]
    )
    stored = stored or content
    size, key_size = 60 + len(stored), 60
    head = size.to_bytes(4) + bytes(2) + len(content).to_bytes(4) + bytes(4) + key_size.to_bytes(2) + bytes(2)
    tail = events.to_bytes(4) + (border + key_size).to_bytes(4) + b"\0"
    return head + bytes(key_size - len(head) - len(tail)) + tail + stored


def column_of(*baskets: bytes, edges: list[int], dtype: str, flat: bool) -> tuple[BasketColumn, HeldSource]:
    data = b"".join(baskets)
    seeks = np.cumsum([0, *map(len, baskets)])[:-1]
    members: dict[str, Any] = {"fBasketSeek": seeks, "fBasketBytes": np.array([*map(len, baskets)])}
    branch: Any = SimpleNamespace(
        entry_offsets=edges, num_baskets=len(baskets), embedded_baskets=[], member=members.__getitem__
    )
    return BasketColumn(branch, np.dtype(dtype), flat, "branch 'x' of f"), HeldSource(memoryview(data))


def numbers_of(column: BasketColumn, source: HeldSource, first: int = 0) -> list[float]:
    return np.concatenate([block.numbers for block in column.blocks(source, first)]).tolist()


@pytest.mark.parametrize("cuts", [(), (24,), (1,), (3, 5, 6, 22), (7, 9, 17), (8, 16)])
def test_a_number_may_begin_in_one_block_and_end_in_another(cuts: tuple[int, ...]):
    content = np.array([1, 256, -3], ">i8").tobytes()
    column, source = column_of(basket(content, border=24, events=3, cuts=cuts), edges=[0, 3], dtype="i8", flat=True)
    assert numbers_of(column, source) == [1, 256, -3]


def test_what_stands_behind_the_border_is_no_number():
    content = np.array([1, 2, 3], ">i4").tobytes() + np.array([3, 60, 64, 0], ">i4").tobytes()
    made = basket(content, border=12, events=2, cuts=(10, 14, 20))
    column, source = column_of(made, made, edges=[0, 2, 4], dtype="i4", flat=False)
    assert numbers_of(column, source) == [1, 2, 3, 1, 2, 3]
    assert [block.landmark for block in column.blocks(source, 1) if block.landmark] == [(4, 3)]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (basket(bytes(8), border=8, events=3), r"announces 3 events in 8 of 8 bytes"),
        (basket(bytes(8), border=12, events=2), r"announces 2 events in 12 of 8 bytes"),
        (basket(bytes(8), border=4, events=2), r"4 bytes of int32 are stored for 2 events"),
        (basket(bytes(12), border=12, events=2), r"12 bytes of int32 are stored for 2 events"),
        (b"\x7f" + basket(bytes(8), border=8, events=2)[1:], r"announces \d+ bytes, where 68 were written"),
        (basket(bytes(8), border=8, events=2)[:17], r"18 bytes are announced, but 17 are left"),
        (basket(bytes(8), border=8, events=2, cuts=(4,))[:-1], r"announces \d+ bytes, where \d+ were written"),
    ],
    ids=["events", "border", "flat border", "too many", "size", "no key", "cut"],
)
def test_a_basket_that_contradicts_itself_is_told_with_its_entries(made: bytes, told: str):
    column, source = column_of(made, edges=[5, 7], dtype="i4", flat=True)
    with pytest.raises(UnreadableFileError, match=rf"^The branch 'x' of f, entries 5 to 7 cannot be read: .*{told}"):
        numbers_of(column, source)


def test_a_list_does_not_end_in_the_middle_of_a_number():
    column, source = column_of(basket(bytes(9), border=9, events=2), edges=[0, 2], dtype="i4", flat=False)
    with pytest.raises(UnreadableFileError, match="9 bytes of int32 are stored for 2 events"):
        numbers_of(column, source)


def test_the_basket_of_an_event_is_the_last_that_begins_there():
    column, _ = column_of(b"", b"", b"", edges=[0, 10, 10, 20], dtype="i4", flat=True)
    assert [column.basket_of(entry) for entry in (0, 9, 10, 19)] == [0, 0, 2, 2]


def test_columns_of_one_number_or_one_list_are_decoded_and_others_left_to_uproot(tmp_path: Path):
    columns = {
        "number": np.arange(3, dtype=np.float32),
        "truth": np.array([True, False, True]),
        "lists": ak.Array([[1.5], [], [2.5, 3.5]]),
        "text": ["a", "", "b"],
        "array": np.arange(6).reshape(3, 2),
    }
    path = write(tmp_path / "x.root", columns)
    chosen = describe(path, tree=TREE).columns
    with open_tree(path, TREE) as tree:
        decoded = {
            column.name: stream is not None for column, stream in zip(chosen, tree.streams(chosen, 0), strict=True)
        }
    assert decoded == {"number": True, "truth": True, "nlists": True, "lists": True, "text": False, "array": False}


def test_columns_of_an_rntuple_deeper_than_one_list_are_left_to_uproot(tmp_path: Path):
    columns = {
        "number": np.arange(3, dtype=np.float32),
        "lists": ak.Array([[1.5], [], [2.5, 3.5]]),
        "deep": ak.Array([[[1]], [], [[], [2]]]),
        "text": ["a", "", "b"],
        "array": np.arange(6).reshape(3, 2),
        "option": ak.Array([1.5, None, 2.5]),
        "Muon": ak.Array([[{"pt": 1.5, "hits": [1]}], [], []]),
    }
    path = write(tmp_path / "x.root", columns, rntuple=True)
    chosen = describe(path, tree=TREE).columns
    with open_tree(path, TREE) as tree:
        streams = dict(zip([column.name for column in chosen], tree.streams(chosen, 0), strict=True))
    assert {name for name, stream in streams.items() if stream is None} == {
        "deep",
        "text",
        "array",
        "option",
        "Muon_hits",
    }
    assert set(streams) - {"deep", "text", "array", "option", "Muon_hits"} == {"number", "lists", "nMuon", "Muon_pt"}


def test_delphes_objects_are_left_to_uproot_and_their_numbers_are_not(real_data: Path):
    file = describe(str(real_data / "delphes_W.root"), tree="Delphes")
    with open_tree(file.path, "Delphes") as tree:
        streams = tree.streams(file.columns, 0)
    left = {column.name for column, stream in zip(file.columns, streams, strict=True) if stream is None}
    assert {"Jet.Constituents", "Jet.Tau[5]", "Electron.Particle", "EFlowPhoton.Edges[4]"} <= left
    assert not left & {"Jet.PT", "Jet_size", "Event.Number", "EFlowTrack.Charge"}


ROOT = Path(__file__).parents[2]
GIANT = """
import sys
from hepnb.loaders.catalogue import describe
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches
from tests.loaders.round_trip import peak_memory
file = describe(sys.argv[1], tree="Events")
before, events, total = peak_memory(), 0, 0
for batch in read_batches(EntryRange(file.path, 0, file.entries), tree="Events", schema=file.schema):
    events += len(batch)
    total += int(batch["a"].to_numpy()[::1000].sum())
print(file.entries, events, total, peak_memory() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak of a process")
@pytest.mark.parametrize("compression", [uproot.ZLIB(1), None], ids=["ZLIB", "none"])
def test_giant_baskets_are_not_held_in_memory(tmp_path: Path, compression: Any):
    entries = 20_000_000
    values = np.arange(entries, dtype=np.int64) // 1000
    path = tmp_path / "giant.root"
    with uproot.recreate(path, compression=compression) as file:
        columns = {"a": values, "b": values, "c": values.astype(np.float64)}
        file.mktree(TREE, {name: array.dtype for name, array in columns.items()}).extend(columns)
    with uproot.open({str(path): TREE}) as tree:
        assert [branch.num_baskets for branch in tree.branches] == [1, 1, 1]
    done = subprocess.run(
        [sys.executable, "-c", GIANT, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    held, read_, total, grown = map(int, done.stdout.split())
    assert (held, read_) == (entries, entries)
    assert total > 0
    assert grown < 3 * 8 * entries / 2  # [B]; three columns of 160 MB; each holds a few blocks of 16 MB


def test_a_basket_of_several_blocks_comes_back(tmp_path: Path):
    values = np.arange(2_500_000, dtype=np.int64)  # 20 MB; the first block ends in the middle of a number
    path = write(tmp_path / "x.root", {"x": values})
    assert np.array_equal(read(path)["x"].to_numpy(), values)

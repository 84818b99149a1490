"""Are the values read those that were written, whatever the storage, type and division."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st

from hepnb.errors import HepnbError, MissingInputError, MissingNameError, UnreadableFileError, WrongTypeError
from hepnb.loaders import read as room
from hepnb.loaders.catalogue import FileDescription, describe
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches

from .round_trip import REAL_TREES, TREE, read, read_range, same, write
from .test_schema import WIDTHS

both_kinds = pytest.mark.parametrize("rntuple", [False, True], ids=["TTree", "RNTuple"])


def extremes(width: str) -> np.ndarray:
    """Least, zero, one, greatest; for floats also the special ones."""
    if width == "bool":
        return np.array([False, True, True])
    limits = np.iinfo(width) if "int" in width else np.finfo(width)
    special = [] if "int" in width else [np.nan, np.inf, -np.inf, -0.0, limits.tiny, 0.1]
    return np.array([limits.min, 0, 1, limits.max, *special], dtype=width)


@both_kinds
@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_of_every_width_come_back_bitwise(tmp_path: Path, width: str, rntuple: bool):
    values = extremes(width)
    path = write(tmp_path / "x.root", {"x": values}, rntuple=rntuple, splits=[2])
    column = read(path)["x"].combine_chunks()
    assert column.type == pa.from_numpy_dtype(values.dtype)
    assert same(column, ak.Array(values))


@both_kinds
@pytest.mark.parametrize("width", WIDTHS)
def test_lists_of_every_width_come_back_bitwise(tmp_path: Path, width: str, rntuple: bool):
    values = extremes(width)
    jagged = ak.unflatten(np.concatenate([values, values]), [0, len(values), 0, 1, len(values) - 1])
    path = write(tmp_path / "x.root", {"x": jagged}, rntuple=rntuple, splits=[1, 4])
    column = read(path, columns=["x"])["x"].combine_chunks()
    assert column.type == pa.list_(pa.from_numpy_dtype(values.dtype))
    assert same(column, jagged)


@both_kinds
@pytest.mark.parametrize(
    "values",
    [
        np.arange(6, dtype=np.int16).reshape(3, 2),
        np.arange(36, dtype=np.float32).reshape(3, 3, 4),
        ["one", "", "żółw µ"],
        ["a" * 300, "b", "c" * 255],
    ],
    ids=["1-d", "2-d", "strings", "long strings"],
)
def test_fixed_arrays_and_strings_come_back(tmp_path: Path, values: Any, rntuple: bool):
    path = write(tmp_path / "x.root", {"x": values}, rntuple=rntuple, splits=[2])
    assert read(path)["x"].to_pylist() == ak.Array(values).to_list()
    assert read_range(path, 1, 3)["x"].to_pylist() == ak.Array(values).to_list()[1:3]


@pytest.mark.parametrize(
    "values", [[[[1.5, 2.5], []], [], [[3.5]]], [["a", "b"], [], ["µ"]], [[[[1]]], [[], [[2], []]], []]]
)
def test_nested_lists_come_back_from_an_rntuple(tmp_path: Path, values: list):
    path = write(tmp_path / "x.root", {"x": values}, rntuple=True, splits=[2])
    assert read(path)["x"].to_pylist() == values


@both_kinds
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_range_of_any_jagged_array_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rntuple: bool, data: st.DataObject
):
    lists = data.draw(st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5), min_size=1, max_size=30))
    entry = st.integers(0, len(lists))
    splits = sorted(data.draw(st.sets(entry, max_size=4)))
    values = ak.values_astype(ak.concatenate([ak.Array([[0]]), ak.Array(lists)])[1:], np.int32)
    columns = {"x": values, "number": np.arange(len(lists))}
    path = write(tmp_path_factory.getbasetemp() / "any.root", columns, rntuple=rntuple, splits=splits)
    assert read(path)["x"].to_pylist() == lists
    start, stop = sorted((data.draw(entry), data.draw(entry)))
    table = read_range(path, start, stop)
    assert table["x"].to_pylist() == lists[start:stop]
    assert table["number"].to_pylist() == list(range(start, stop))


@both_kinds
def test_small_steps_and_small_batches_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rntuple: bool):
    path = write(tmp_path / "x.root", {"x": np.arange(100)}, rntuple=rntuple, splits=[10, 50])
    monkeypatch.setattr(room, "_STEP_BYTES", 1)
    monkeypatch.setattr(room, "_BATCH_ROWS", 7)
    schema = describe(path, tree=TREE).schema
    batches = list(read_batches(EntryRange(path, 5, 60), tree=TREE, schema=schema))
    # Steps are 5 to 10, 10 to 50 and 50 to 60.
    assert [len(batch) for batch in batches] == [5, 7, 7, 7, 7, 7, 5, 7, 3]
    assert np.concatenate([batch["x"] for batch in batches]).tolist() == list(range(5, 60))


def test_columns_come_in_the_order_and_types_of_the_schema(tmp_path: Path):
    path = write(tmp_path / "x.root", {"a": np.array([1], np.uint16), "b": np.array([2], np.int8)})
    schema = pa.schema([("b", pa.int64()), ("a", pa.int32())])
    (batch,) = read_batches(EntryRange(path, 0, 1), tree=TREE, schema=schema)
    assert (batch.schema, batch.to_pylist()) == (schema, [{"b": 2, "a": 1}])


@both_kinds
def test_an_unsigned_number_beyond_int64_is_refused_with_file_and_branch(tmp_path: Path, rntuple: bool):
    path = write(tmp_path / "x.root", {"event": np.array([1, 2**63], np.uint64)}, rntuple=rntuple, splits=[1])
    wanted = pa.schema([("event", pa.int64())])
    (batch,) = read_batches(EntryRange(path, 0, 1), tree=TREE, schema=wanted)
    assert batch["event"].to_pylist() == [1]
    with pytest.raises(
        WrongTypeError, match=rf"branch 'event' of {path}, entries 1 to 2 is uint64 and does not fit int64"
    ):
        list(read_batches(EntryRange(path, 1, 2), tree=TREE, schema=wanted))


def test_a_list_is_no_number(tmp_path: Path):
    path = write(tmp_path / "x.root", {"x": [[1], [2, 3]]})
    with pytest.raises(WrongTypeError, match=r"is list<item: int64> and does not fit int64"):
        list(read_batches(EntryRange(path, 0, 2), tree=TREE, schema=pa.schema([("x", pa.int64())])))


def test_what_is_missing_is_told_before_anything_is_read(tmp_path: Path):
    path = write(tmp_path / "x.root", {"x": [1]})
    wanted = pa.schema([("y", pa.int64())])
    attempts = {
        ("lost.root", TREE): MissingInputError,
        (path, "Event"): MissingNameError,
        (path, TREE): MissingNameError,
    }
    for (file, tree), error in attempts.items():
        with pytest.raises(error):
            next(read_batches(EntryRange(file, 0, 1), tree=tree, schema=wanted))


def place_of_block(path: str, *, rntuple: bool) -> int:
    """The middle of the compressed block of x in the second cluster."""
    with uproot.open({path: TREE}) as tree:
        if rntuple:
            locator = tree.page_link_list[1][0].pages[0].locator
            return locator.offset + locator.num_bytes // 2
        return int(tree["x"].member("fBasketSeek")[1] + tree["x"].member("fBasketBytes")[1] // 2)


def damaged(path: Path, *, rntuple: bool) -> FileDescription:
    """Three clusters of a thousand events, four bytes wrong in the second."""
    file = describe(write(path, {"x": np.arange(3000) % 7}, rntuple=rntuple, splits=[1000, 2000]), tree=TREE)
    data, place = bytearray(path.read_bytes()), place_of_block(file.path, rntuple=rntuple)
    data[place : place + 4] = bytes(byte ^ 0xFF for byte in data[place : place + 4])
    path.write_bytes(data)
    return file


@both_kinds
def test_a_damaged_block_is_told_with_file_branch_and_entries(tmp_path: Path, rntuple: bool):
    file = damaged(tmp_path / "x.root", rntuple=rntuple)
    told = rf"^The branch 'x' of {file.path}, entries 1000 to 2000 cannot be read: .+\.$"
    with pytest.raises(UnreadableFileError, match=told):
        list(read_batches(EntryRange(file.path, 1000, 2000), tree=TREE, schema=file.schema))


@both_kinds
@pytest.mark.parametrize("start", [0, 2000])
def test_a_damaged_block_spoils_no_other_cluster(tmp_path: Path, rntuple: bool, start: int):
    file = damaged(tmp_path / "x.root", rntuple=rntuple)
    (batch,) = read_batches(EntryRange(file.path, start, start + 1000), tree=TREE, schema=file.schema)
    assert batch["x"].to_pylist() == (np.arange(start, start + 1000) % 7).tolist()


@pytest.mark.parametrize(("name", "tree"), REAL_TREES)
def test_real_data_are_what_uproot_reads(real_data: Path, name: str, tree: str):
    path = str(real_data / name)
    file, table = describe(path, tree=tree), read(path, tree=tree)
    with uproot.open({path: tree}) as reference:
        assert len(table) == reference.num_entries
        different = [
            column.name
            for column in file.columns
            if not same(table[column.name].combine_chunks(), reference[column.branch].array())
        ]
        leaves = [branch for branch in reference.itervalues(recursive=True) if not branch.branches]
    assert different == []
    assert len(leaves) == len(file.columns) + len(file.left_out)


def test_the_real_sample_has_its_published_muons(double_mu_parked: Path):
    muons = read(str(double_mu_parked), columns=["nMuon", "Muon_pt"])
    number = muons["nMuon"].to_numpy()
    assert [number.sum(), (number == 1).sum(), (number == 2).sum()] == [235_286, 13_447, 48_976]
    assert len(muons["Muon_pt"].combine_chunks().flatten()) == 235_286


def test_the_real_ttbar_sample_begins_as_published(real_data: Path):
    names = ["Jet_pt", "Electron_pt", "MET_pt"]
    table = read(str(real_data / "nanoAOD_2015_CMS_Open_Data_ttbar.root"), columns=names)
    assert table["Jet_pt"][0].as_py() == [17.921875, 15.734375]
    assert table["Electron_pt"][1].as_py() == [np.float32(32.679607)]
    assert table["MET_pt"].to_pylist()[:3] == pytest.approx([33.261875, 33.803047, 70.08252], rel=1e-7)
    assert sum(len(pts) > 0 for pts in table["Electron_pt"].to_pylist()) == 63


def test_a_file_that_changed_since_the_planning_is_told(tmp_path: Path):
    path = write(tmp_path / "x.root", {"x": np.arange(10)})
    file = describe(path, tree=TREE)
    write(tmp_path / "x.root", {"y": np.arange(10)})
    with pytest.raises(HepnbError, match=r"There is no branch 'x'"):
        list(read_batches(EntryRange(path, 0, 10), tree=TREE, schema=file.schema))

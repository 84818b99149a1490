"""Is the packed file the parts in order, and blind to how the work was divided."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepnb.writers import parquet
from hepnb.writers.parquet import pack

SCHEMA = pa.schema([("event", pa.int64()), ("pts", pa.list_(pa.float32()))])


def rows(start: int, stop: int) -> pa.Table:
    return pa.table({"event": range(start, stop), "pts": [[float(n)] * (n % 3) for n in range(start, stop)]}, SCHEMA)


def write_parts(folder: Path, edges: Sequence[int]) -> Path:
    """Parts with the rows between neighbouring edges, named as Spark names them."""
    folder.mkdir()
    for number in range(len(edges) - 1):
        pq.write_table(rows(edges[number], edges[number + 1]), folder / f"part-{number:05}-c000.snappy.parquet")
    (folder / "_SUCCESS").touch()
    return folder


def row_groups(file: Path) -> list[int]:
    metadata = pq.ParquetFile(file).metadata
    return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_ROW_GROUP", 4)


def test_parts_are_joined_in_the_order_of_the_tasks(tmp_path: Path):
    parts = write_parts(tmp_path / "parts", range(0, 36, 3))
    assert pack(parts, tmp_path / "x.parquet") == 33
    assert pq.read_table(tmp_path / "x.parquet").equals(rows(0, 33))


@pytest.mark.usefixtures("small_groups")
def test_groups_are_filled_evenly(tmp_path: Path):
    pack(write_parts(tmp_path / "parts", [0, 1, 3, 9, 9, 10]), tmp_path / "x.parquet")
    assert row_groups(tmp_path / "x.parquet") == [4, 4, 2]


@pytest.mark.usefixtures("small_groups")
def test_rows_that_fill_the_groups_leave_no_empty_one(tmp_path: Path):
    pack(write_parts(tmp_path / "parts", [0, 3, 8]), tmp_path / "x.parquet")
    assert row_groups(tmp_path / "x.parquet") == [4, 4]


@settings(max_examples=30, deadline=None)
@given(edges=st.lists(st.integers(0, 23), max_size=8).map(sorted))
def test_the_file_does_not_show_how_the_work_was_divided(tmp_path_factory: pytest.TempPathFactory, edges: list[int]):
    folder = tmp_path_factory.mktemp("division")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "_ROW_GROUP", 4)
        assert pack(write_parts(folder / "parts", [0, *edges, 23]), folder / "x.parquet") == 23
    assert row_groups(folder / "x.parquet") == [4, 4, 4, 4, 4, 3]
    assert pq.read_table(folder / "x.parquet").equals(rows(0, 23))


def test_a_group_is_a_million_rows_in_earnest(tmp_path: Path):
    (tmp_path / "parts").mkdir()
    for number, size in enumerate([700_000, 700_000]):
        pq.write_table(pa.table({"x": pa.nulls(size, pa.int8())}), tmp_path / "parts" / f"part-{number}.parquet")
    assert pack(tmp_path / "parts", tmp_path / "x.parquet") == 1_400_000
    assert row_groups(tmp_path / "x.parquet") == [1_048_576, 1_400_000 - 1_048_576]


@pytest.mark.parametrize("edges", [[0, 0], [0, 0, 0, 0]])
def test_empty_parts_make_an_empty_file_of_that_type(tmp_path: Path, edges: list[int]):
    assert pack(write_parts(tmp_path / "parts", edges), tmp_path / "x.parquet") == 0
    assert pq.read_table(tmp_path / "x.parquet").equals(rows(0, 0))


def test_empty_parts_among_full_ones_change_nothing(tmp_path: Path):
    parts = write_parts(tmp_path / "parts", [0, 0, 2, 2, 2, 5, 5])
    assert pack(parts, tmp_path / "x.parquet") == 5
    assert pq.read_table(tmp_path / "x.parquet").equals(rows(0, 5))


def test_only_parts_are_joined(tmp_path: Path):
    parts = write_parts(tmp_path / "parts", [0, 2])
    pq.write_table(rows(7, 9), parts / "other.parquet")
    assert pack(parts, tmp_path / "x.parquet") == 2


def test_the_notes_of_the_program_that_wrote_the_parts_are_dropped(tmp_path: Path):
    (tmp_path / "parts").mkdir()
    noted = rows(0, 3).replace_schema_metadata({"org.apache.spark.version": "4"})
    pq.write_table(noted, tmp_path / "parts" / "part-0.parquet")
    pack(tmp_path / "parts", tmp_path / "x.parquet")
    assert pq.read_schema(tmp_path / "x.parquet").metadata is None
    assert pq.ParquetFile(tmp_path / "x.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_the_hundred_thousandth_task_comes_after_the_one_before(tmp_path: Path):
    for number in (99_999, 100_000):
        pq.write_table(pa.table({"x": [number]}), tmp_path / f"part-{number:05}-c000.snappy.parquet")
    pack(tmp_path, tmp_path / "packed.parquet")
    assert pq.read_table(tmp_path / "packed.parquet")["x"].to_pylist() == [99_999, 100_000]

"""Is the packed file the parts in order, and blind to how the work was divided."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepnb.writers import parquet
from hepnb.writers.parquet import pack, write_rows

SCHEMA = pa.schema([("event", pa.int64()), ("pts", pa.list_(pa.float32()))])


def rows(start: int, stop: int) -> pa.Table:
    return pa.table({"event": range(start, stop), "pts": [[float(n)] * (n % 3) for n in range(start, stop)]}, SCHEMA)


def write_parts(folder: Path, edges: Sequence[int]) -> list[Path]:
    """Parts with the rows between neighbouring edges."""
    parts = [folder / f"{number}.parquet" for number in range(len(edges) - 1)]
    for part, (start, stop) in zip(parts, pairwise(edges), strict=True):
        pq.write_table(rows(start, stop), part)
    return parts


def packed(folder: Path, edges: Sequence[int]) -> Path:
    """The file made of such parts."""
    path = folder / "packed.parquet"
    assert pack(write_parts(folder, edges), path, schema=SCHEMA) == edges[-1] - edges[0]
    return path


def row_groups(file: Path) -> list[int]:
    metadata = pq.ParquetFile(file).metadata
    return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_ROW_GROUP", 4)


def test_parts_are_joined_in_the_order_given(tmp_path: Path):
    assert pq.read_table(packed(tmp_path, range(0, 36, 3))).equals(rows(0, 33))
    first, second = write_parts(tmp_path, [0, 2, 5])
    assert pack([second, first], tmp_path / "turned.parquet", schema=SCHEMA) == 5
    assert pq.read_table(tmp_path / "turned.parquet")["event"].to_pylist() == [2, 3, 4, 0, 1]


@pytest.mark.usefixtures("small_groups")
def test_groups_are_filled_evenly(tmp_path: Path):
    assert row_groups(packed(tmp_path, [0, 1, 3, 9, 9, 10])) == [4, 4, 2]


@pytest.mark.usefixtures("small_groups")
def test_rows_that_fill_the_groups_leave_no_empty_one(tmp_path: Path):
    assert row_groups(packed(tmp_path, [0, 3, 8])) == [4, 4]


@settings(max_examples=30, deadline=None)
@given(edges=st.lists(st.integers(0, 23), max_size=8).map(sorted))
def test_the_file_does_not_show_how_the_work_was_divided(tmp_path_factory: pytest.TempPathFactory, edges: list[int]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "_ROW_GROUP", 4)
        divided = packed(tmp_path_factory.mktemp("divided"), [0, *edges, 23])
        whole = packed(tmp_path_factory.mktemp("whole"), [0, 23])
    assert row_groups(divided) == [4, 4, 4, 4, 4, 3]
    assert pq.read_table(divided).equals(rows(0, 23))
    assert divided.read_bytes() == whole.read_bytes()


def test_a_group_is_a_million_rows_in_earnest(tmp_path: Path):
    part = pa.table({"x": pa.nulls(700_000, pa.int8())})
    pq.write_table(part, tmp_path / "part.parquet")
    twice = [tmp_path / "part.parquet"] * 2
    assert pack(twice, tmp_path / "x.parquet", schema=part.schema) == 1_400_000
    assert row_groups(tmp_path / "x.parquet") == [1_048_576, 1_400_000 - 1_048_576]


@pytest.mark.parametrize("edges", [[0], [0, 0], [0, 0, 0, 0]])
def test_empty_parts_or_none_make_an_empty_file_of_that_type(tmp_path: Path, edges: list[int]):
    assert pq.read_table(packed(tmp_path, edges)).equals(rows(0, 0))


def test_empty_parts_among_full_ones_change_nothing(tmp_path: Path):
    assert pq.read_table(packed(tmp_path, [0, 0, 2, 2, 2, 5, 5])).equals(rows(0, 5))


def test_the_notes_of_the_program_that_wrote_the_parts_are_dropped(tmp_path: Path):
    noted = rows(0, 3).replace_schema_metadata({"org.apache.spark.version": "4"})
    pq.write_table(noted, tmp_path / "noted.parquet")
    pack([tmp_path / "noted.parquet"], tmp_path / "x.parquet", schema=SCHEMA)
    assert pq.read_schema(tmp_path / "x.parquet").metadata is None


def compression(file: Path) -> str:
    return pq.ParquetFile(file).metadata.row_group(0).column(0).compression


def test_rows_are_compressed_with_zstd_unless_told_otherwise(tmp_path: Path):
    batches = rows(0, 5).to_batches(max_chunksize=2)
    assert write_rows(tmp_path / "zstd.parquet", batches, schema=SCHEMA) == 5
    assert write_rows(tmp_path / "none.parquet", iter(batches), schema=SCHEMA, compression="none") == 5
    assert [compression(tmp_path / f"{name}.parquet") for name in ("zstd", "none")] == ["ZSTD", "UNCOMPRESSED"]
    assert pq.read_table(tmp_path / "none.parquet").equals(rows(0, 5))

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hepnb.errors import FormatError, InputError, MissingInputError, MissingNameError, UnreadableFileError
from hepnb.events import SPLITS
from hepnb.features.job import convert_published
from hepnb.features.published import dense
from hepnb.runners.local import InProcess

VECTOR = pa.struct(
    [("type", pa.int8()), ("size", pa.int32()), ("indices", pa.list_(pa.int32())), ("values", pa.list_(pa.float64()))]
)
HLF = np.random.default_rng(1).uniform(size=(60, 14))
LABELS = np.arange(60) % 3


def vectors(rows: np.ndarray, *, sparse: bool) -> pa.Array:
    """As Spark writes its vectors."""
    return pa.array(
        [
            {"type": 0, "size": len(row), "indices": np.flatnonzero(row), "values": row[row != 0]}
            if sparse
            else {"type": 1, "values": row}
            for row in rows
        ],
        VECTOR,
    )


def arrays(rows: np.ndarray) -> pa.Array:
    return pa.array(rows.tolist(), pa.list_(pa.float64()))


def sequences() -> pa.Array:
    """Three rows of 19 for each event."""
    return pa.array(np.arange(60 * 3 * 19, dtype=float).reshape(60, 3, 19).tolist(), pa.list_(pa.list_(pa.float64())))


def public_file(path: Path, **columns: pa.Array) -> str:
    pq.write_table(pa.table(columns), path, row_group_size=25)
    return str(path)


def converted(path: str, folder: Path, **options):
    folder.mkdir()
    return convert_published(InProcess(), [path], folder, **options)


def content(report) -> dict[int, tuple[list[float], list[float]]]:
    """Of each label the high-level features and particles, as a sorted list."""
    tables = [pq.read_table(path) for split in SPLITS for path in report.folder.files(split)]
    rows = [row for table in tables for row in table.to_pylist()]
    return {
        label: sorted((row["HLF_input"], row["GRU_input"]) for row in rows if row["label"] == label)
        for label in range(3)
    }


@pytest.mark.parametrize("as_vectors", [False, True])
def test_public_files_become_a_folder_of_features(as_vectors: bool, tmp_path: Path):
    one_hot = np.eye(3)[LABELS]
    path = public_file(
        tmp_path / "public.parquet",
        label=pa.array(LABELS),
        HLF_input=vectors(HLF, sparse=False) if as_vectors else arrays(HLF),
        GRU_input=sequences(),
        encoded_label=vectors(one_hot, sparse=True) if as_vectors else arrays(one_hot),
    )
    report = converted(path, tmp_path / "features")
    assert {key: one.kept for key, one in report.classes.items()} == {"qcd": 20, "ttbar": 20, "wjets": 20}
    assert report.folder.particle_scaling is None
    assert report.folder.mean_particles == 3
    for label, rows in content(report).items():
        expected = HLF[label == LABELS].astype(np.float32)
        assert np.array_equal([hlf for hlf, _ in rows], sorted(expected.tolist()))
        assert {len(particles) for _, particles in rows} == {57}


def test_files_of_high_level_features_alone_have_no_particles(tmp_path: Path):
    path = public_file(tmp_path / "hlf.parquet", HLF_input=arrays(HLF), encoded_label=arrays(np.eye(3)[LABELS]))
    assert converted(path, tmp_path / "features", balance=True).folder.mean_particles == 0


def test_sparse_vectors_are_filled_with_zeros():
    rows = np.array([[0, 5, 0.0], [1, 0, 2]])
    assert np.array_equal(dense(vectors(rows, sparse=True), 3), rows)
    mixed = pa.concat_arrays([vectors(rows, sparse=True), vectors(rows, sparse=False)])
    assert np.array_equal(dense(mixed, 3), [*rows, *rows])


@pytest.mark.parametrize(
    ("columns", "error", "says"),
    [
        ({"HLF_input": arrays(HLF)}, MissingNameError, "There is no column 'encoded_label' in .*; it has 'HLF_input'"),
        (
            {"HLF_input": arrays(HLF[:, :13]), "encoded_label": arrays(np.eye(3)[LABELS])},
            FormatError,
            "does not have the columns of the public files: there are rows that do not have 14 numbers",
        ),
        (
            {"HLF_input": pa.array(["a"] * 60), "encoded_label": arrays(np.eye(3)[LABELS])},
            FormatError,
            "does not have the columns of the public files",
        ),
        (
            {"HLF_input": arrays(HLF[:0]), "encoded_label": arrays(np.eye(3)[:0])},
            InputError,
            "There are no events in .*public.parquet",
        ),
        (
            {"HLF_input": arrays(HLF * np.nan), "encoded_label": arrays(np.eye(3)[LABELS])},
            InputError,
            "NaN or infinite: HT in 60",
        ),
    ],
    ids=["column", "width", "type", "empty", "nan"],
)
def test_other_files_are_refused_with_a_sentence(columns, error, says: str, tmp_path: Path):
    path = public_file(tmp_path / "public.parquet", **columns)
    with pytest.raises(error, match=says):
        converted(path, tmp_path / "features")


def test_a_file_that_is_no_parquet_is_refused_with_a_sentence(tmp_path: Path):
    (tmp_path / "x.parquet").write_text("no parquet, but long enough to be looked into")
    with pytest.raises(UnreadableFileError, match=r"x\.parquet is no Parquet file"):
        converted(str(tmp_path / "x.parquet"), tmp_path / "features")
    with pytest.raises(MissingInputError, match=r"There is no file .*gone\.parquet"):
        converted(str(tmp_path / "gone.parquet"), tmp_path / "other")

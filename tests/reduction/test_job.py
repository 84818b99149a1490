import math
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot
from pyspark.sql import SparkSession

from hepnb.errors import MissingNameError, UnreadableFileError, WrongTypeError
from hepnb.spark.reduction import reduce_files
from tests.files import muon, write_muons

PI = math.pi
PAIR = [muon(5), muon(5, phi=PI, charge=-1)]


def pair(pt: float) -> list:
    return [muon(pt), muon(pt, phi=PI, charge=-1)]


def masses(folder: Path) -> list[float]:
    return pq.read_table(folder / "events.parquet")["dimuon_mass"].to_pylist()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "a folder with [brackets]"
    path.mkdir()
    return path


def damaged_copy(source: Path, target: Path) -> Path:
    """Flip bytes inside the compressed values of Muon_pt."""
    content = bytearray(source.read_bytes())
    branch = uproot.open(source)["Events"]["Muon_pt"]
    start = branch.member("fBasketSeek")[0] + branch.member("fBasketBytes")[0] // 2
    for position in range(start, start + 64):
        content[position] ^= 0xFF
    target.write_bytes(content)
    return target


def test_the_results_are_in_the_order_of_files_and_events(spark: SparkSession, tmp_path: Path, folder: Path):
    first = write_muons(tmp_path / "2.root", [pair(pt) for pt in (4, 3, 2)], cluster=1)
    empty = write_muons(tmp_path / "empty.root", [])
    last = write_muons(tmp_path / "1.root", [pair(1), [muon(9)]])
    result = reduce_files(spark, [str(path) for path in (first, empty, last)], folder)
    assert masses(folder) == pytest.approx([8, 6, 4, 2])
    assert [line.events for line in result.cutflow] == [5, 4, 4]
    assert result.mean_mass == pytest.approx(5.0)
    counts = pq.read_table(folder / "counts.parquet").to_pydict()
    assert counts == {"file": [str(first), str(empty), str(last)], "count": [3, 0, 2]}
    assert sorted(path.name for path in folder.iterdir()) == ["counts.parquet", "events.parquet", "spectrum.root"]


def test_one_event_is_enough(spark: SparkSession, tmp_path: Path, folder: Path):
    result = reduce_files(spark, [str(write_muons(tmp_path / "one.root", [PAIR]))], folder)
    assert masses(folder) == pytest.approx([10.0])
    histogram = uproot.open(folder / "spectrum.root")["dimuon_mass"]
    assert histogram.values().sum() == 1
    assert len(histogram.values()) == 30_000
    assert result.spectrum.sum() == 1


def test_no_event_gives_empty_results_and_no_mean(spark: SparkSession, tmp_path: Path, folder: Path):
    result = reduce_files(spark, [str(write_muons(tmp_path / "none.root", []))], folder)
    assert masses(folder) == []
    assert [line.events for line in result.cutflow] == [0, 0, 0]
    assert result.mean_mass is None
    assert result.spectrum.sum() == 0


def test_real_collisions_fill_the_histograms(spark: SparkSession, double_mu_parked: Path, folder: Path):
    result = reduce_files(spark, [str(double_mu_parked)], folder)
    file = uproot.open(folder / "spectrum.root")
    assert file["dimuon_mass"].values(flow=True).sum() == 37_183
    assert file["dimuon_mass_log"].values(flow=True).sum() == 37_183
    peak = file["dimuon_mass"].axis().centers()[290:330][file["dimuon_mass"].values()[290:330].argmax()]
    assert peak == pytest.approx(3.097, abs=0.4)
    assert 0 < result.bytes_read <= result.dataset_bytes == double_mu_parked.stat().st_size


def test_unreadable_files_stop_the_work_or_are_left_out_whole(
    spark: SparkSession, generated: Path, tmp_path: Path, folder: Path
):
    good = write_muons(tmp_path / "good.root", [PAIR] * 3)
    text = tmp_path / "text.root"
    text.write_text("not ROOT at all, only text")
    damaged = damaged_copy(generated, tmp_path / "damaged.root")
    files = [str(path) for path in (text, good, damaged)]
    with pytest.raises(UnreadableFileError, match=r"text\.root is not a ROOT file"):
        reduce_files(spark, files, folder)
    with pytest.raises(UnreadableFileError, match=r"'Muon_pt' of .*damaged\.root, entries 0 to 100000 cannot be read"):
        reduce_files(spark, files[1:], folder)
    result = reduce_files(spark, files, folder, on_error="skip")
    assert result.files == (str(good),)
    assert [Path(failure.path).name for failure in result.skipped] == ["text.root", "damaged.root"]
    assert masses(folder) == pytest.approx([10.0] * 3)
    assert [line.events for line in result.cutflow] == [3, 3, 3]


def test_nothing_readable_is_an_error_also_when_skipping(spark: SparkSession, tmp_path: Path, folder: Path):
    (tmp_path / "a.root").write_text("text")
    with pytest.raises(
        UnreadableFileError, match=r"None of the 1 files can be read. The first: .*a.root is truncated|not a ROOT"
    ):
        reduce_files(spark, [str(tmp_path / "a.root")], folder, on_error="skip")


def test_a_missing_branch_and_a_branch_of_another_type_name_the_file(spark: SparkSession, tmp_path: Path, folder: Path):
    def write(name: str, **types: str) -> str:
        columns = dict.fromkeys(("Muon_eta", "Muon_phi", "Muon_mass"), "var * float32") | types
        with uproot.recreate(tmp_path / name) as file:
            file.mktree("Events", columns)
        return str(tmp_path / name)

    no_charge = write("no_charge.root", Muon_pt="var * float32", Muon_Charge="var * int32")
    with pytest.raises(
        MissingNameError, match=r"no branch 'Muon_charge' in .*no_charge.root; the nearest are 'Muon_Charge'"
    ):
        reduce_files(spark, [no_charge], folder)
    scalar = write("scalar.root", Muon_pt="float32", Muon_charge="var * int32")
    with pytest.raises(WrongTypeError, match=r"an array of numbers in 'Muon_pt', but in .*scalar.root it is float"):
        reduce_files(spark, [scalar], folder)


def test_files_of_other_number_types_and_layouts_join(spark: SparkSession, tmp_path: Path, folder: Path):
    native = tmp_path / "native.root"
    wide = ak.values_astype(ak.Array([[{"pt": 7, "eta": 0, "phi": phi, "mass": 0} for phi in (0, 1)]]), "float64")
    with uproot.recreate(native) as file:
        file["Events"] = {"Muon": ak.with_field(wide, np.array([[1, -1]], dtype="i4"), "charge")}
    narrow = write_muons(tmp_path / "a.root", [PAIR])
    result = reduce_files(spark, [str(native), str(narrow)], folder)
    assert len(result.files) == 2
    assert masses(folder) == pytest.approx([7 * math.sqrt(2 - 2 * math.cos(1)), 10.0])
    with pytest.raises(WrongTypeError, match=r"'Muon_pt' of .*native\.root, .* is list<item: double> and does not fit"):
        reduce_files(spark, [str(narrow), str(native)], folder)
    result = reduce_files(spark, [str(narrow), str(native)], folder, on_error="skip")
    assert [Path(failure.path).name for failure in result.skipped] == ["native.root"]
    assert masses(folder) == pytest.approx([10.0])

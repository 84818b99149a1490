import re
import warnings
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from hepnb.errors import LeftOutWarning, MissingInputError, MissingNameError, UnreadableFileError
from hepnb.generators.dimuon import generate
from hepnb.spark.root_source import read_root
from hepnb.writers.root import write_events
from tests.files import muon, write_muons


def test_a_dataframe_has_the_rows_of_all_files_in_order(spark: SparkSession, tmp_path: Path):
    for name, pts in {"b": [1, 2, 3], "a": [4], "empty": []}.items():
        write_muons(tmp_path / f"{name}.root", [[muon(pt)] for pt in pts], cluster=1)
    events = read_root(spark, [str(tmp_path / f"{name}.root") for name in ("b", "empty", "a")])
    assert [row["Muon_pt"] for row in events.select("Muon_pt").collect()] == [[1.0], [2.0], [3.0], [4.0]]


def test_a_file_without_events_is_an_empty_dataframe_with_its_columns(spark: SparkSession, tmp_path: Path):
    events = read_root(spark, str(write_muons(tmp_path / "empty.root", [])))
    assert events.count() == 0
    assert events.columns == ["nMuon", "Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge"]


def test_more_partitions_than_events_lose_none(spark: SparkSession, tmp_path: Path):
    path = write_muons(tmp_path / "three.root", [[muon(pt)] for pt in (1, 2, 3)], cluster=1)
    assert read_root(spark, str(path)).repartition(8).count() == 3


@pytest.mark.parametrize("rntuple", [False, True])
def test_types_are_spelled_as_spark_spells_them(spark: SparkSession, tmp_path: Path, rntuple: bool):
    path = tmp_path / "types.root"
    columns = {
        **{f"i{bits}": np.array([-1, 2], dtype=f"i{bits // 8}") for bits in (8, 16, 32, 64)},
        **{
            f"u{bits}": np.array([2**bits - 1 if bits < 64 else 2**63 - 1, 2], dtype=f"u{bits // 8}")
            for bits in (8, 16, 32, 64)
        },
        "f32": np.array([0.1, 2], dtype="f4"),
        "f64": np.array([0.1, 2]),
        "flag": np.array([True, False]),
        "jagged": ak.Array([[1.5], []]),
    }
    with uproot.recreate(path) as file:
        types = {name: ak.Array(array).type.content for name, array in columns.items()}
        target = file.mkrntuple("t", types) if rntuple else file.mktree("t", types)
        target.extend(columns)
    events = read_root(spark, str(path), tree="t", columns=list(columns))
    assert dict(events.dtypes) == {
        "i8": "tinyint",
        "i16": "smallint",
        "i32": "int",
        "i64": "bigint",
        "u8": "smallint",
        "u16": "int",
        "u32": "bigint",
        "u64": "bigint",
        "f32": "float",
        "f64": "double",
        "flag": "boolean",
        "jagged": "array<double>",
    }
    first = events.first().asDict()
    assert first == {name: ak.to_list(array)[0] for name, array in columns.items()}


def test_format_root_reads_the_same_as_read_root(spark: SparkSession, generated: Path):
    by_format = spark.read.format("root").option("tree", "Events").load(str(generated))
    by_function = read_root(spark, str(generated))
    assert by_format.schema == by_function.schema
    assert by_format.count() == by_function.count() == 250_000


def test_format_root_takes_several_paths_columns_and_a_schema(spark: SparkSession, generated: Path):
    reader = spark.read.format("root")
    assert reader.option("columns", "nMuon, Muon_pt").load([str(generated)] * 1).columns == ["nMuon", "Muon_pt"]
    narrow = spark.read.format("root").schema("Muon_pt array<double>").load(str(generated))
    assert narrow.dtypes == [("Muon_pt", "array<double>")]
    expected = uproot.open(generated)["Events"]["Muon_pt"].array(entry_stop=1)[0]
    assert narrow.first()["Muon_pt"] == expected.tolist()


def test_what_is_made_of_a_dataframe_does_not_change_it(spark: SparkSession, tmp_path: Path):
    path = write_muons(tmp_path / "a.root", [[muon(1)] * (number % 3) for number in range(9)])
    events = read_root(spark, str(path), columns=["nMuon"])
    assert events.where("nMuon > 0").count() == 6
    assert events.count() == 9
    none, two = events.where("nMuon < 1"), events.where("nMuon > 1")
    assert [row.nMuon for row in none.union(two).collect()] == [0] * 3 + [2] * 3


def test_only_the_columns_asked_for_are_read(spark: SparkSession, generated: Path):
    assert read_root(spark, str(generated), columns=["Muon_eta", "nMuon"]).columns == ["Muon_eta", "nMuon"]


def test_branches_that_differ_in_case_are_different_columns(spark: SparkSession, tmp_path: Path):
    path = tmp_path / "case.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {"E": "float64", "e": "float64"}).extend({"E": np.array([1.0]), "e": np.array([2.0])})
    assert read_root(spark, str(path)).select("e", "E").first().asDict() == {"e": 2.0, "E": 1.0}


def test_what_cannot_be_shown_is_left_out_with_one_warning_that_names_it(spark: SparkSession, real_data: Path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        events = read_root(spark, str(real_data / "delphes_W.root"), tree="Delphes")
    (warning,) = [one for one in caught if issubclass(one.category, LeftOutWarning)]
    assert "'Jet.fBits' (bookkeeping of TObject" in str(warning.message)
    assert warning.filename == __file__
    assert events.count() == 300


@pytest.mark.parametrize(("file", "tree", "entries", "columns"), [("nano_dy.root", "Events", 40, 1499)])
def test_a_full_nanoaod_goes_through(spark: SparkSession, real_data: Path, file, tree, entries, columns):
    events = read_root(spark, str(real_data / file), tree=tree)
    assert len(events.columns) == columns
    assert len(events.toArrow()) == entries


def test_the_rntuple_equals_the_first_thousand_events_of_the_ttree(
    spark: SparkSession, real_data: Path, double_mu_parked: Path
):
    columns = ["nMuon", "Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge"]
    rntuple = real_data / "Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root"
    thousand = read_root(spark, str(rntuple), columns=columns).toArrow()
    assert len(thousand) == 1000
    assert thousand.equals(read_root(spark, str(double_mu_parked), columns=columns).limit(1000).toArrow())


def test_bad_paths_trees_and_columns_are_said_in_one_sentence(spark: SparkSession, generated: Path, tmp_path: Path):
    with pytest.raises(MissingInputError, match=r"There is no file .*dimuom\.root; .* the nearest is 'dimuon\.root'"):
        read_root(spark, str(generated.with_name("dimuom.root")))
    with pytest.raises(MissingNameError, match=r"no tree 'Event' in .*; the nearest is 'Events'"):
        read_root(spark, str(generated), tree="Event")
    with pytest.raises(
        MissingNameError, match=r"no branch 'Muon_Pt' in tree 'Events' of .*; the nearest are 'Muon_pt'"
    ):
        read_root(spark, str(generated), columns=["Muon_Pt"])
    (tmp_path / "text.root").write_text("hello")
    with pytest.raises(UnreadableFileError, match=r"is not a ROOT file: it begins with b'hell'"):
        read_root(spark, str(tmp_path / "text.root"))


def test_format_root_puts_the_sentence_before_any_traceback(spark: SparkSession, generated: Path):
    with pytest.raises(AnalysisException) as caught:
        spark.read.format("root").option("tree", "Event").load(str(generated))
    message = str(caught.value)
    assert re.search(r"no tree 'Event' in .*; the nearest is 'Events'", message)
    assert "Traceback" not in message


def test_many_files_are_looked_into_by_the_workers(spark: SparkSession, tmp_path: Path):
    for number in range(40):
        write_events(
            tmp_path / f"{number:02}.root", generate(10 + number, seed=number), tree="Events", rntuple=number % 2 == 1
        )
    events = read_root(spark, str(tmp_path), columns=["event", "Muon_pt"])
    assert events.count() == sum(10 + number for number in range(40))
    (tmp_path / "17.root").write_bytes(b"root")
    with pytest.raises(UnreadableFileError, match=r"17\.root is truncated"):
        read_root(spark, str(tmp_path))

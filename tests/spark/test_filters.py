"""Do filters at the reader drop events before they reach Spark, and leave those of every other query alone."""

from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from hepnb.errors import WrongTypeError
from hepnb.loaders.catalogue import describe
from hepnb.spark.data_source import RootReader, make_plan
from hepnb.spark.root_source import read_root
from hepnb.spark.types import spark_schema
from tests.files import muon, write_muons


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Events of 0, 1, 2, 3 muons."""
    path = tmp_path_factory.mktemp("filters") / "x.root"
    return str(write_muons(path, [[muon(pt) for pt in range(1, number + 1)] for number in range(4)]))


def test_filtered_events_do_not_cross_to_spark(events: str):
    file = describe(events, tree="Events", columns=["Muon_pt", "nMuon"])
    plan = make_plan([file], tree="Events", kernel=None, filters=[("nMuon", ">=", 2)])
    reader = RootReader(plan, spark_schema(file.schema))
    rows = [batch for partition in reader.partitions() for batch in reader.read(partition)]
    assert [len(batch) for batch in rows] == [2]


def test_filters_belong_to_their_dataframe_alone(spark: SparkSession, events: str):
    some = read_root(spark, events, columns=["Muon_pt"], filters=[("nMuon", ">=", 2)])
    every = read_root(spark, events, columns=["Muon_pt"])
    assert some.columns == ["Muon_pt"]
    assert [row.Muon_pt for row in some.collect()] == [[1.0, 2.0], [1.0, 2.0, 3.0]]
    assert some.union(every).count() == 6
    assert (some.count(), every.count()) == (2, 4)


def test_where_leaves_other_queries_of_a_dataframe_alone(spark: SparkSession, events: str):
    every = read_root(spark, events)
    assert every.where("nMuon = 3").count() == 1
    assert every.count() == 4
    assert every.where("nMuon = 0").union(every.where("nMuon > 1")).count() == 3


def test_filters_come_before_the_reduction(spark: SparkSession, tmp_path: Path):
    pair = [muon(5), muon(5, phi=3.0, charge=-1)]
    path = write_muons(tmp_path / "x.root", [pair, [muon(7)], pair])
    assert read_root(spark, str(path), reduce="dimuon-spectrum").count() == 2
    assert read_root(spark, str(path), reduce="dimuon-spectrum", filters=[("nMuon", "<", 2)]).count() == 0


def test_format_root_takes_filters_as_json(spark: SparkSession, events: str):
    reader = spark.read.format("root").option("columns", "Muon_pt").option("filters", '[["nMuon", "==", 3]]')
    assert [row.Muon_pt for row in reader.load(events).collect()] == [[1.0, 2.0, 3.0]]
    bad = spark.read.format("root").option("filters", '[["Muon_pt", "==", 3]]')
    with pytest.raises(AnalysisException, match="compares plain values"):
        bad.load(events).count()


def test_a_filter_on_lists_is_refused(spark: SparkSession, events: str):
    with pytest.raises(WrongTypeError, match=r"'Muon_pt > 2' compares plain values; 'Muon_pt' is list<item: float>"):
        read_root(spark, events, filters=[("Muon_pt", ">", 2)])

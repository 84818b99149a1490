"""Do reductions run where events are read, so that their rows alone cross to Spark."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest
import uproot
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from hepnb.errors import InputError, KernelError, MissingNameError, WrongTypeError
from hepnb.loaders.batches import iterate
from hepnb.loaders.catalogue import describe
from hepnb.reduction.dimuon import reduce
from hepnb.reduction.kernels import Kernel, find_kernel
from hepnb.spark.data_source import RootReader, make_plan
from hepnb.spark.failures import explained
from hepnb.spark.root_source import read_root
from hepnb.spark.types import spark_schema
from tests.files import muon, write_muons


def rows_of(path: Path, kernel: Kernel, schema: pa.Schema | None = None) -> list[pa.RecordBatch]:
    """What the reader hands to Spark."""
    file = describe(str(path), tree="Events", columns=kernel.columns, optional=kernel.optional)
    plan = make_plan([file], tree="Events", kernel=kernel)
    reader = RootReader(plan, spark_schema(schema or kernel.schema(file.schema)))
    return [rows for partition in reader.partitions() for rows in reader.read(partition)]


@pytest.mark.parametrize("selection", ["spectrum", "cms2012"])
def test_only_rows_cross_to_spark(generated: Path, selection: str):
    kernel = find_kernel(f"dimuon-{selection}")
    rows = pa.Table.from_batches(rows_of(generated, kernel))
    expected = [reduce(events, selection=selection).rows for events in iterate(str(generated))]
    assert rows["dimuon_mass"].to_pylist() == pa.Table.from_batches(expected)["dimuon_mass"].to_pylist()
    assert 0 < len(rows) < 150_000  # of 250,000 events


def test_read_root_takes_a_kernel_by_its_name(spark: SparkSession, generated: Path):
    pairs = read_root(spark, str(generated), reduce="dimuon-spectrum")
    assert pairs.dtypes == [
        ("run", "bigint"),
        ("luminosityBlock", "bigint"),
        ("event", "bigint"),
        ("dimuon_mass", "double"),
    ]
    expected = pa.Table.from_batches([reduce(events).rows for events in iterate(str(generated))])
    found = pairs.where("event >= 1000").toArrow()
    kept = expected.filter(pa.compute.greater_equal(expected["event"], 1000))
    assert found["dimuon_mass"].to_pylist() == kept["dimuon_mass"].to_pylist()
    by_option = spark.read.format("root").option("reduce", "dimuon-spectrum").load(str(generated))
    assert by_option.schema == pairs.schema
    assert by_option.count() == len(expected)


def test_a_kernel_of_a_notebook_travels_by_value(spark: SparkSession, tmp_path: Path):
    scale = 2.0  # what a cell defines

    def hardest(events: pa.RecordBatch) -> dict[str, Any]:
        pts = ak.from_arrow(events)["Muon_pt"]
        return {"twice": scale * ak.fill_none(ak.max(pts, axis=1), 0), "muons": ak.num(pts)}

    path = write_muons(tmp_path / "a.root", [[muon(3), muon(4)], [], [muon(5)]])
    events = read_root(spark, str(path), reduce=Kernel("hardest", ("Muon_pt",), hardest))
    assert [tuple(row) for row in events.collect()] == [(8.0, 2), (0.0, 0), (10.0, 1)]


def test_a_reduction_and_columns_exclude_each_other(spark: SparkSession, generated: Path):
    told = "A reduction says itself which columns it reads"
    with pytest.raises(InputError, match=told):
        read_root(spark, str(generated), columns=["Muon_pt"], reduce="dimuon-spectrum")
    reader = spark.read.format("root").option("reduce", "dimuon-spectrum").option("columns", "Muon_pt")
    with pytest.raises(AnalysisException, match=told):
        reader.load(str(generated))


def test_an_unknown_kernel_is_answered_with_the_nearest(spark: SparkSession, generated: Path):
    with pytest.raises(MissingNameError, match=r"no kernel 'dimuon'; the nearest"):
        read_root(spark, str(generated), reduce="dimuon")


def test_a_kernel_that_fails_is_named(spark: SparkSession, tmp_path: Path):
    def picky(events: pa.RecordBatch) -> dict[str, Any]:
        if len(events):
            raise ArithmeticError("too many")
        return {"x": np.zeros(0)}

    path = str(write_muons(tmp_path / "a.root", [[muon(3)]] * 2))
    told = r"^The kernel 'picky' failed on 2 events: ArithmeticError: too many\.$"
    with pytest.raises(KernelError, match=told), explained():
        read_root(spark, path, reduce=Kernel("picky", ("Muon_pt",), picky)).collect()
    with pytest.raises(KernelError, match="The kernel 'hard' failed on 0 events: IndexError"):
        read_root(spark, path, reduce=Kernel("hard", ("Muon_pt",), lambda events: {"x": [events["Muon_pt"][0]]}))


def test_a_kernel_whose_rows_change_their_columns_or_types_is_named(tmp_path: Path):
    path = write_muons(tmp_path / "a.root", [[muon(3)]] * 2)
    renaming = Kernel("renaming", ("Muon_pt",), lambda events: {"y" if len(events) else "x": np.zeros(len(events))})
    with pytest.raises(MissingNameError, match=r"no column 'x' in the rows of the kernel 'renaming'; it has 'y'"):
        rows_of(path, renaming)
    widening = Kernel(
        "widening", ("Muon_pt",), lambda events: {"x": np.zeros(len(events), "f8" if len(events) else "f4")}
    )
    with pytest.raises(
        WrongTypeError, match=r"'x' in the rows of the kernel 'widening' is double and does not fit float"
    ):
        rows_of(path, widening)


def test_an_event_number_beyond_the_integers_of_spark_is_refused(tmp_path: Path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file["Events"] = {"event": np.array([1, 2**63], dtype=np.uint64)}
    numbers = Kernel("numbers", ("event",), lambda events: events)
    with pytest.raises(WrongTypeError, match=r"'event' in the rows of the kernel 'numbers' is uint64 .* not fit int64"):
        rows_of(tmp_path / "a.root", numbers)

import hist
import numpy as np
import pytest
from pyspark.sql import SparkSession

from hepnb.errors import MissingNameError, WrongTypeError
from hepnb.spark.histogram import fill


def test_values_fall_into_their_bins_and_beyond(spark: SparkSession):
    rows = spark.createDataFrame([(x,) for x in (-1.0, 0.0, 0.5, 1.0, 2.999, 3.0, float("nan"), None)], "x double")
    filled = fill(rows, "x", hist.axis.Regular(3, 0, 3))
    assert filled.values().tolist() == [2, 1, 1]
    assert filled.values(flow=True)[0] == 1
    assert filled.values(flow=True)[-1] == 2  # 3.0 and NaN; the null is not filled


@pytest.mark.parametrize(
    "axis",
    [
        hist.axis.Regular(50, -3, 3, name="x"),
        hist.axis.Regular(50, -3, 3, flow=False),
        hist.axis.Regular(40, 0.01, 3, transform=hist.axis.transform.log),
        hist.axis.Variable([-2, -1, 0.5, 2]),
    ],
)
def test_many_partitions_fill_what_one_histogram_would(spark: SparkSession, axis):
    values = np.random.default_rng(5).normal(size=10_000)
    rows = spark.createDataFrame([(float(x),) for x in values], "x double").repartition(7)
    expected = hist.Hist(axis).fill(values)
    filled = fill(rows, "x", axis)
    assert filled.values(flow=True).tolist() == expected.values(flow=True).tolist()
    assert filled.axes[0] == expected.axes[0]


def test_each_element_of_a_jagged_column_is_filled(spark: SparkSession):
    rows = spark.createDataFrame([([0.5, 1.5],), ([],), ([1.5],), (None,)], "`Jet.PT` array<float>")
    assert fill(rows, "Jet.PT", hist.axis.Regular(2, 0, 2)).values().tolist() == [1, 2]


def test_an_axis_of_integers_counts_muons(spark: SparkSession):
    rows = spark.createDataFrame([(n,) for n in (0, 2, 2, 5)], "nMuon int")
    assert fill(rows, "nMuon", hist.axis.Integer(0, 3)).values(flow=True).tolist() == [0, 1, 0, 2, 1]


def test_no_rows_make_an_empty_histogram(spark: SparkSession):
    empty = spark.createDataFrame([], "x int")
    assert fill(empty, "x", hist.axis.Regular(3, 0, 3)).sum(flow=True) == 0


def test_an_unknown_column_is_named_with_the_nearest(spark: SparkSession):
    with pytest.raises(MissingNameError, match=r"no column 'mas' .* the nearest is 'mass'"):
        fill(spark.createDataFrame([(1.0,)], "mass double"), "mas", hist.axis.Regular(1, 0, 1))


def test_text_is_refused(spark: SparkSession):
    with pytest.raises(WrongTypeError, match=r"'name' is string; a histogram takes numbers"):
        fill(spark.createDataFrame([("Z",)], "name string"), "name", hist.axis.Regular(1, 0, 1))

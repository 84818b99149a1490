"""How many rows fall into which bin, counted where the rows are."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import hist
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, NumericType

from hepnb.errors import MissingNameError, WrongTypeError, nearest

_PARTIAL_SCHEMA: Final = "bin int, entries long"


def fill(df: DataFrame, column: str, axis: Any) -> hist.Hist[hist.storage.Double]:
    """Histogram a column.

    Each task fills a histogram of its own and hands on the bins that are not empty; Spark adds them up, so
    that no more than one number per bin reaches the driver.

    Args:
        df: the rows.
        column: name of a column of numbers, or of lists of numbers (each element is filled).
        axis: an axis from ``hist.axis`` that takes numbers.

    Returns:
        A histogram over this axis, underflow and overflow included where the axis has
        them. Nulls are not filled; NaN counts as overflow.

    Raises:
        MissingNameError: there is no such column.
        WrongTypeError: the column does not hold numbers.
    """
    _check_numbers(df, column)
    partial_counts = df.select(F.col(f"`{column}`").alias("value")).mapInArrow(_partial_fill(axis), _PARTIAL_SCHEMA)
    totals = partial_counts.groupBy("bin").agg(F.sum("entries").alias("entries")).toArrow()
    result = hist.Hist(axis, storage=hist.storage.Double())
    result.view(flow=True)[totals["bin"].to_numpy()] = totals["entries"].to_numpy()
    return result


def _partial_fill(axis: Any) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def fill_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        partial = hist.Hist(axis, storage=hist.storage.Int64())
        for batch in batches:
            partial.fill(_values(batch.column(0)))
        counts = partial.view(flow=True)
        bins = np.flatnonzero(counts)
        yield pa.RecordBatch.from_arrays(
            [pa.array(bins, pa.int32()), pa.array(counts[bins], pa.int64())], ["bin", "entries"]
        )

    return fill_partition


def _values(array: pa.Array) -> npt.NDArray[np.number[Any]]:
    while pa.types.is_list(array.type):
        array = pc.list_flatten(array)
    values = array.drop_null()
    # Axes of integers take integers alone, and decimals have no NumPy type of their own.
    return np.asarray(values if pa.types.is_integer(values.type) else values.cast(pa.float64()))


def _check_numbers(df: DataFrame, column: str) -> None:
    if column not in df.columns:
        raise MissingNameError(
            f"There is no column '{column}' to fill a histogram from; {nearest(column, df.columns)}."
        )
    type_ = df.schema[column].dataType
    while isinstance(type_, ArrayType):
        type_ = type_.elementType
    if not isinstance(type_, NumericType):
        raise WrongTypeError(
            f"The column '{column}' is {df.schema[column].dataType.simpleString()}; a histogram takes numbers."
        )

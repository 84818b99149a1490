"""Which rows cross to Spark: its filters, on the columns that Arrow compares as Spark does."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.datasource import (
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
    Not,
)

_COMPARISONS: Final[Mapping[type[Filter], Callable[[pa.Array, pa.Scalar], pa.Array]]] = {
    EqualTo: pc.equal,
    GreaterThan: pc.greater,
    GreaterThanOrEqual: pc.greater_equal,
    LessThan: pc.less,
    LessThanOrEqual: pc.less_equal,
}


def is_known(condition: Filter, schema: pa.Schema) -> bool:
    """Whether `kept_rows` can apply a filter: a comparison of one top-level number, string or boolean with a value."""
    plain: Any = condition.child if isinstance(condition, Not) else condition
    if type(plain) not in (*_COMPARISONS, In):
        return False
    name, *members = plain.attribute
    return not members and name in schema.names and _is_plain(schema.field(name).type)


def _is_plain(type_: pa.DataType) -> bool:
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string)
    return any(kind(type_) for kind in kinds)


def kept_rows(batch: pa.RecordBatch, conditions: Sequence[Filter]) -> pa.RecordBatch:
    """The rows that pass all filters, and perhaps some that do not: those that are not a number (NaN).

    For Spark NaN is equal to itself and greater than all numbers, for Arrow it is neither.
    """
    if not conditions or not len(batch):
        return batch
    return batch.filter(reduce(pc.and_, [_passes(batch, condition) for condition in conditions]))


def _passes(batch: pa.RecordBatch, condition: Filter) -> pa.Array:
    plain: Any = condition.child if isinstance(condition, Not) else condition
    column = batch.column(plain.attribute[0])
    if isinstance(plain, In):
        passes = pc.is_in(column, value_set=pa.array(plain.value, type=column.type))
    else:
        passes = _COMPARISONS[type(plain)](column, pa.scalar(plain.value, type=column.type))
    if isinstance(condition, Not):
        passes = pc.invert(passes)
    return pc.or_(passes, pc.is_nan(column)) if pa.types.is_floating(column.type) else passes

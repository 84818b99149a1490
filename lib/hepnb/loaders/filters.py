"""Which events are worth handing on, by the values of plain columns."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from hepnb.errors import InputError, WrongTypeError
from hepnb.loaders.damage import reason

Condition: TypeAlias = tuple[str, str, Any]
"""A column, one of ``== != < <= > >= in``, ``not in``, and a value: ``("nMuon", ">=", 2)``."""

Filters: TypeAlias = Sequence[Condition]
"""Conditions that must all hold, as `pyarrow.parquet.read_table` takes them. NaN fulfils ``!=`` alone."""


def filter_columns(filters: Filters) -> list[str]:
    """The columns that conditions look at, each once.

    Raises:
        InputError: a condition is not one.
    """
    for condition in filters:
        if len(condition) != 3:
            raise InputError(f'{condition!r} is no condition; write filters=[("column", ">", value), …].')
    return list(dict.fromkeys(name for name, _, _ in filters))


def with_filter_columns(columns: Sequence[str] | None, filters: Filters) -> list[str] | None:
    """What must be read for these columns and conditions; ``None`` means all."""
    return None if columns is None else list(dict.fromkeys([*columns, *filter_columns(filters)]))


def check_filters(filters: Filters, schema: pa.Schema) -> None:
    """Check that conditions can be put to events of this schema.

    Raises:
        InputError: a condition is not one.
        WrongTypeError: it compares a column that is not plain, or with a value of another kind.
    """
    for condition in filters:
        name, operator, value = condition
        type_ = schema.field(name).type
        if pa.types.is_nested(type_):
            raise WrongTypeError(f"The filter '{name} {operator} {value}' compares plain values; '{name}' is {type_}.")
        try:
            _kept(pa.RecordBatch.from_pylist([], schema=schema), [condition])
        except pa.ArrowException as error:
            raise WrongTypeError(f"The filter '{name} {operator} {value}' does not fit {type_}.") from error
        except (TypeError, ValueError) as error:
            raise InputError(f"The filter '{name} {operator} {value}' makes no sense: {reason(error)}.") from error


def filtered(batches: Iterator[pa.RecordBatch], filters: Filters) -> Iterator[pa.RecordBatch]:
    """The events that fulfil all conditions; batches without any are left out."""
    for batch in batches:
        if len(kept := _kept(batch, filters)):
            yield kept


def _kept(batch: pa.RecordBatch, filters: Filters) -> pa.RecordBatch:
    return batch.filter(pq.filters_to_expression([tuple(condition) for condition in filters])) if filters else batch

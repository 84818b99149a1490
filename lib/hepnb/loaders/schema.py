"""How does a batch get exactly the Arrow types that are wanted.

Spark's driver imports it: it must not need awkward, which takes half a second to import.
"""

from typing import Final

import pyarrow as pa

from hepnb.errors import MissingNameError, WrongTypeError, nearest
from hepnb.loaders.damage import reason

_WIDENED: Final = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    # The widest integer of SQL. Values beyond it are refused when they are read.
    pa.uint64(): pa.int64(),
    pa.float16(): pa.float32(),
}


def fitted(array: pa.Array, type_: pa.DataType) -> pa.Array:
    """An array as one of exactly this type, converted only where nothing is lost.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit, or not every value of the type could.
    """
    if array.type == type_:
        return array
    if not _holds(type_, array.type):
        raise pa.ArrowInvalid("not every value could be kept")
    return array.cast(type_)


def fitted_batch(batch: pa.RecordBatch, schema: pa.Schema, *, what: str) -> pa.RecordBatch:
    """A batch with exactly this schema; columns are converted as by `fitted`.

    Args:
        batch: the given one; columns that are not wanted are dropped.
        schema: the wanted one.
        what: the batch, for the sentence.

    Raises:
        MissingNameError: a column is missing.
        WrongTypeError: a value does not fit, or not every value of the type could.
    """
    if batch.schema == schema:
        return batch
    return pa.RecordBatch.from_arrays([_fitted_column(batch, field, what) for field in schema], schema=schema)


def _fitted_column(batch: pa.RecordBatch, field: pa.Field, what: str) -> pa.Array:
    if field.name not in batch.schema.names:
        raise MissingNameError(
            f"There is no column '{field.name}' in {what}; {nearest(field.name, batch.schema.names)}."
        )
    column = batch.column(field.name)
    try:
        return fitted(column, field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise WrongTypeError(
            f"The column '{field.name}' in {what} is {column.type} and does not fit {field.type}: {reason(error)}."
        ) from error


def _holds(wanted: pa.DataType, given: pa.DataType) -> bool:
    """Whether a conversion keeps the values, or Arrow checks that it does (integers); it rounds floats silently."""
    if _is_any_list(given) and pa.types.is_list(wanted):
        return _holds(wanted.value_type, given.value_type)
    if pa.types.is_integer(given):
        return bool(pa.types.is_integer(wanted) or pa.types.is_floating(wanted))
    if pa.types.is_floating(given) and pa.types.is_floating(wanted):
        return bool(wanted.bit_width >= given.bit_width)
    return bool(wanted.id == given.id)


def _is_any_list(type_: pa.DataType) -> bool:
    return bool(pa.types.is_list(type_) or pa.types.is_fixed_size_list(type_))


def sql_schema(schema: pa.Schema) -> pa.Schema:
    """The same columns in the types that Spark and other SQL engines have.

    Unsigned integers become the next wider signed ones, half precision becomes single precision.
    """
    return pa.schema([pa.field(field.name, _signed(field.type)) for field in schema])


def _signed(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_list(type_):
        return pa.list_(_signed(type_.value_type))
    if pa.types.is_struct(type_):
        return pa.struct([pa.field(field.name, _signed(field.type)) for field in type_])
    return _WIDENED.get(type_, type_)

"""What Arrow type does a branch have."""

from typing import Final

import awkward as ak
import pyarrow as pa
from awkward.forms import (
    BitMaskedForm,
    ByteMaskedForm,
    Form,
    IndexedOptionForm,
    ListOffsetForm,
    NumpyForm,
    RecordForm,
    RegularForm,
    UnmaskedForm,
)

from hepnb.errors import HepnbError, MissingNameError, WrongTypeError, nearest
from hepnb.loaders.damage import reason

_OPTIONS: Final = (BitMaskedForm, ByteMaskedForm, IndexedOptionForm, UnmaskedForm)

_PRIMITIVES: Final = {
    "bool": pa.bool_(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint16": pa.uint16(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
    "float16": pa.float16(),
    "float32": pa.float32(),
    "float64": pa.float64(),
}


_WIDENED: Final = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    # The widest integer of SQL. Values beyond it are refused when they are read.
    pa.uint64(): pa.int64(),
    pa.float16(): pa.float32(),
}


class UnrepresentableError(HepnbError, TypeError):
    """A branch that no Arrow type can hold."""


def arrow_type(form: Form) -> pa.DataType:
    """The Arrow type of the values that an awkward form describes.

    Fixed-size arrays become lists, so that a column has one type whatever the file calls it.

    Raises:
        UnrepresentableError: the form has a part without an Arrow type, such as a union.
    """
    if isinstance(form, NumpyForm):
        return _numbers(form)
    if isinstance(form, ListOffsetForm):
        return _STRINGS.get(form.parameter("__array__")) or pa.list_(arrow_type(form.content))
    if isinstance(form, RegularForm):
        return pa.list_(arrow_type(form.content))
    if isinstance(form, RecordForm) and form.contents:
        members = zip(form.fields, form.contents, strict=True)
        return pa.struct([pa.field(name, arrow_type(content)) for name, content in members if not _is_internal(name)])
    if isinstance(form, _OPTIONS):
        return arrow_type(form.content)
    raise UnrepresentableError(f"{type(form).__name__.removesuffix('Form')} has no Arrow type")


def _is_internal(member: str) -> bool:
    """Whether uproot announces this member of an object (``@other1`` of a TRef) but leaves it out of its arrays."""
    return member.startswith("@")


_STRINGS: Final = {"string": pa.string(), "bytestring": pa.binary()}


def _numbers(form: NumpyForm) -> pa.DataType:
    if form.primitive not in _PRIMITIVES:
        raise UnrepresentableError(f"{form.primitive} has no Arrow type")
    result = _PRIMITIVES[form.primitive]
    for _ in form.inner_shape:
        result = pa.list_(result)
    return result


def arrow_array(values: ak.Array) -> pa.Array:
    """Events as an Arrow array of the type that `arrow_type` tells, or of one as good.

    Args:
        values: one entry per event, of any awkward type that `arrow_type` knows.
    """
    return ak.to_arrow(values, extensionarray=False, list_to32=True, string_to32=True)


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

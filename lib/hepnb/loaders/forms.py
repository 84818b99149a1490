"""Which Arrow type do values have that awkward describes."""

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

from hepnb.errors import HepnbError

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

"""Has every awkward form its Arrow type, and does conversion lose nothing."""

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest
from awkward.forms import EmptyForm, ListOffsetForm, NumpyForm, RecordForm, UnionForm

from hepnb.loaders.forms import UnrepresentableError, arrow_array, arrow_type
from hepnb.loaders.schema import fitted

WIDTHS = [*(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)), "float32", "float64", "bool"]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_keeps_its_width(width: str):
    expected = pa.from_numpy_dtype(np.dtype(width))
    array = arrow_array(ak.Array(np.array([0, 1], dtype=width)))
    assert arrow_type(NumpyForm(width)) == expected
    assert (array.type, array.to_pylist()) == (expected, [0, 1])


def test_lists_of_any_kind_become_lists():
    one, two = pa.list_(pa.float64()), pa.list_(pa.list_(pa.float64()))
    assert arrow_type(ak.Array([[1.0], []]).layout.form) == one
    assert arrow_type(ak.Array([[[1.0]], []]).layout.form) == two
    assert arrow_type(ak.to_regular(ak.Array([[1.0, 2.0]])).layout.form) == one
    assert arrow_type(NumpyForm("float64", inner_shape=(2, 3))) == two


def test_strings_and_bytes_are_no_lists_of_numbers():
    assert arrow_type(ak.Array(["a"]).layout.form) == pa.string()
    assert arrow_type(ak.Array([["a"]]).layout.form) == pa.list_(pa.string())
    assert arrow_type(ak.Array([b"a"]).layout.form) == pa.binary()


def test_a_record_is_a_struct():
    record = RecordForm([NumpyForm("int32"), NumpyForm("float32")], ["a", "b"])
    assert arrow_type(record) == pa.struct([("a", pa.int32()), ("b", pa.float32())])


def test_a_member_that_uproot_announces_and_never_reads_is_no_part_of_the_struct():
    reference = RecordForm([NumpyForm("uint32"), NumpyForm("uint16")], ["ref", "@other1"])
    assert arrow_type(ListOffsetForm("i64", reference)) == pa.list_(pa.struct([("ref", pa.uint32())]))


def test_a_missing_value_does_not_change_the_type():
    assert arrow_type(ak.Array([1, None]).layout.form) == pa.int64()
    assert fitted(arrow_array(ak.Array([1, None])), pa.int64()).to_pylist() == [1, None]


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (NumpyForm("complex128"), "complex128 has no Arrow type"),
        (NumpyForm("datetime64"), "datetime64 has no Arrow type"),
        (UnionForm("i8", "i64", [NumpyForm("bool"), NumpyForm("float64")]), "Union has no Arrow type"),
        (EmptyForm(), "Empty has no Arrow type"),
        (RecordForm([], []), "Record has no Arrow type"),
        (ListOffsetForm("i64", NumpyForm("complex64")), "complex64 has no Arrow type"),
    ],
)
def test_what_arrow_cannot_hold_is_refused_by_name(form: ak.forms.Form, reason: str):
    with pytest.raises(UnrepresentableError, match=f"^{reason}$"):
        arrow_type(form)


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        (np.array([7], dtype=np.uint32), pa.int64(), [7]),
        (np.array([2**63 - 1], dtype=np.uint64), pa.int64(), [2**63 - 1]),
        (np.array([[1, 2]], dtype=np.int8), pa.list_(pa.int16()), [[1, 2]]),
        (np.array([0.5], dtype=np.float32), pa.float64(), [0.5]),
    ],
)
def test_values_become_wider(values: np.ndarray, type_: pa.DataType, expected: list):
    array = fitted(arrow_array(ak.Array(values)), type_)
    assert (array.type, array.to_pylist()) == (type_, expected)


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (np.array([2**63], dtype=np.uint64), pa.int64()),
        (np.array([300]), pa.int8()),
        (np.array([-1]), pa.uint8()),
        (np.array([0.5]), pa.int32()),
    ],
)
def test_a_value_that_does_not_fit_is_refused(values: np.ndarray, type_: pa.DataType):
    with pytest.raises(pa.ArrowInvalid):
        fitted(arrow_array(ak.Array(values)), type_)


def test_not_a_number_keeps_its_bits():
    bits = np.array([0x7FC00001, 0xFFC00000, 0x80000000, 0x7F800000], dtype=np.uint32)
    array = fitted(arrow_array(ak.Array(bits.view(np.float32))), pa.float32())
    assert array.to_numpy().tobytes() == bits.tobytes()

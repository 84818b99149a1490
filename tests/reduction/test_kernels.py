"""Can a user give a function a name, and what is said when it does not work."""

from collections.abc import Callable, Iterator
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from hepnb.errors import KernelError, MissingNameError, WrongTypeError
from hepnb.reduction import dimuon, kernels
from hepnb.reduction.kernels import Kernel, find_kernel, register

EVENTS = pa.RecordBatch.from_pydict({"pts": pa.array([[3.0, 4.0], [], [5.0]]), "event": [7, 8, 9]})


@pytest.fixture(autouse=True)
def own_names() -> Iterator[None]:
    """Forget afterwards what a test registers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "_KERNELS", dict(kernels._KERNELS))
        yield


def kernel(function: Callable[[pa.RecordBatch], Any]) -> Kernel:
    return Kernel("mine", ("pts",), function)


def test_two_lines_make_a_kernel():
    @register("sums", columns=["pts"], optional=["event"])
    def sums(events: pa.RecordBatch) -> dict[str, ak.Array]:
        return {"sum": ak.sum(ak.from_arrow(events)["pts"], axis=1)}

    found = find_kernel("sums")
    assert (found.columns, found.optional) == (("pts",), ("event",))
    assert found(EVENTS).to_pydict() == {"sum": [7.0, 0.0, 5.0]}
    assert sums(EVENTS)["sum"].to_list() == [7.0, 0.0, 5.0]  # the function stays what it was


def test_the_selections_are_kernels_that_take_event_numbers_along():
    assert {f"dimuon-{name}" for name in dimuon.SELECTIONS} == {"dimuon-spectrum", "dimuon-cms2012"}
    for name in ("dimuon-spectrum", "dimuon-cms2012"):
        assert find_kernel(name).optional == ("run", "luminosityBlock", "event")
        assert find_kernel(name).columns[:2] == ("Muon_pt", "Muon_eta")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(MissingNameError, match=r"no kernel 'dimuon-spektrum'; the nearest .* 'dimuon-spectrum'"):
        find_kernel("dimuon-spektrum")


def test_a_name_that_is_taken_goes_to_the_new_function():
    register("mine", columns=["pts"])(lambda events: {"x": np.zeros(len(events))})
    register("mine", columns=["event"])(lambda events: {"y": np.ones(len(events))})
    assert find_kernel("mine").columns == ("event",)
    assert find_kernel("mine")(EVENTS).to_pydict() == {"y": [1.0, 1.0, 1.0]}


@pytest.mark.parametrize(
    "function",
    [
        lambda events: pa.RecordBatch.from_pydict({"event": events.column("event")}),
        lambda events: {"event": events.column("event")},
        lambda events: {"event": pa.chunked_array([events.column("event")[:1], events.column("event")[1:]])},
        lambda events: {"event": events.column("event").to_numpy()},
        lambda events: {"event": ak.from_arrow(events)["event"]},
        lambda events: {"event": events.column("event").to_pylist()},
    ],
    ids=["batch", "Arrow", "chunked", "NumPy", "awkward", "list"],
)
def test_rows_may_be_of_any_library(function: Callable[[pa.RecordBatch], Any]):
    rows = kernel(function)(EVENTS)
    assert isinstance(rows, pa.RecordBatch)
    assert rows.schema == pa.schema([("event", pa.int64())])
    assert rows.column("event").to_pylist() == [7, 8, 9]


def test_rows_need_not_be_as_many_as_events():
    each = kernel(lambda events: {"pt": pc.list_flatten(pc.list_slice(events.column("pts"), 0, 1)).to_numpy()})
    assert each(EVENTS).to_pydict() == {"pt": [3.0, 5.0]}
    twice = kernel(lambda events: {"event": np.repeat(events.column("event").to_numpy(), 2)})
    assert twice(EVENTS).to_pydict() == {"event": [7, 7, 8, 8, 9, 9]}


def test_jagged_rows_are_lists():
    halves = kernel(lambda events: {"halves": ak.from_arrow(events)["pts"] / 2})
    assert halves(EVENTS).to_pydict() == {"halves": [[1.5, 2.0], [], [2.5]]}
    assert halves.schema(EVENTS.schema) == pa.schema([("halves", pa.list_(pa.float64()))])


def raising(error: BaseException) -> Callable[[pa.RecordBatch], Any]:
    def function(_: pa.RecordBatch) -> Any:
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda events: {"x": events.column("Pts")}, r"KeyError: .*Pts"),
        (raising(ZeroDivisionError("by zero.")), r"ZeroDivisionError: by zero\.$"),
        (raising(RuntimeError("one\ntwo")), r"RuntimeError: one\.$"),
        (raising(AssertionError()), r"AssertionError\.$"),
        (raising(pa.ArrowNotImplementedError("no kernel")), r"ArrowNotImplementedError: no kernel\.$"),
        (lambda _: None, r"it returned NoneType, and not a record batch or columns by name\.$"),
        (lambda _: [1, 2, 3], r"it returned list, and not a record batch or columns by name\.$"),
        (lambda _: {"x": [1, 2], "y": [1]}, r"ValueError: Arrays were not all the same length: 1 vs 2\.$"),
    ],
    ids=["column", "arithmetic", "two lines", "no message", "Arrow", "nothing", "list", "lengths"],
)
def test_a_kernel_that_fails_is_named(function: Callable[[pa.RecordBatch], Any], told: str):
    with pytest.raises(KernelError, match=r"^The kernel 'mine' failed on 3 events: .*" + told):
        kernel(function)(EVENTS)


@pytest.mark.parametrize("error", [MissingNameError("There is no cut 'q'."), WrongTypeError("Not a number.")])
def test_an_error_of_the_house_is_passed_on_as_it_is(error: Exception):
    with pytest.raises(type(error)) as caught:
        kernel(raising(error))(EVENTS)
    assert caught.value is error


def test_an_interrupt_is_no_failure_of_the_kernel():
    with pytest.raises(KeyboardInterrupt):
        kernel(raising(KeyboardInterrupt()))(EVENTS)


def test_the_schema_is_found_on_a_batch_without_events_and_a_kernel_must_take_it():
    hardest = kernel(lambda events: {"hardest": [max(events.column("event").to_pylist())]})
    assert hardest(EVENTS).to_pydict() == {"hardest": [9]}
    with pytest.raises(KernelError, match="The kernel 'mine' failed on 0 events: ValueError: max"):
        hardest.schema(EVENTS.schema)

"""Reductions that run where events are read, each a named pure function on a batch of events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import awkward as ak
import numpy as np
import pyarrow as pa

from hepnb.errors import HepnbError, KernelError, MissingNameError, nearest
from hepnb.loaders.forms import arrow_array

Rows: TypeAlias = Mapping[str, Any] | pa.RecordBatch
"""What a kernel returns: a record batch, or columns of one length by name, as Arrow, NumPy or awkward arrays."""

Function = TypeVar("Function", bound=Callable[[pa.RecordBatch], Rows])


@dataclass(frozen=True)
class Kernel:
    """A named reduction.

    Attributes:
        name: what ``reduce=`` calls it.
        columns: the columns it needs.
        function: takes events and returns rows, of whatever number. It must be pure, its columns and their types
            must not depend on the values, and it must take a batch without events.
        optional: columns that it takes along where a file has them.
    """

    name: str
    columns: tuple[str, ...]
    function: Callable[[pa.RecordBatch], Rows]
    optional: tuple[str, ...] = ()

    def __call__(self, events: pa.RecordBatch) -> pa.RecordBatch:
        """Reduce a batch of events.

        Args:
            events: with `columns`, and any others.

        Raises:
            KernelError: the function failed, or returned something that is no rows.
            HepnbError: what the function itself raised of this kind.
        """
        try:
            return _as_batch(self.function(events))
        except HepnbError:
            raise
        except Exception as error:  # a user's function may fail in any way
            told = next(iter(str(error).splitlines()), "").rstrip(".")
            raise KernelError(
                f"The kernel '{self.name}' failed on {len(events)} events: "
                f"{type(error).__name__}{f': {told}' if told else ''}."
            ) from error

    def schema(self, events: pa.Schema) -> pa.Schema:
        """The schema of its rows, found out on a batch without events.

        Args:
            events: schema of the events.

        Raises:
            KernelError: the function does not take a batch without events.
        """
        return self(pa.RecordBatch.from_pylist([], schema=events)).schema


_KERNELS: dict[str, Kernel] = {}


def register(name: str, *, columns: Sequence[str], optional: Sequence[str] = ()) -> Callable[[Function], Function]:
    """Give a function a name under which ``reduce=`` finds it; a decorator.

    A name that is taken is given to the new function, as a cell of a notebook that runs again expects.

    Args:
        name: what to call it.
        columns: the columns it needs.
        optional: columns it takes along where a file has them.
    """

    def decorate(function: Function) -> Function:
        _KERNELS[name] = Kernel(name, tuple(columns), function, tuple(optional))
        return function

    return decorate


def find_kernel(name: str) -> Kernel:
    """The kernel of that name.

    Raises:
        MissingNameError: there is none of that name.
    """
    from hepnb.reduction import dimuon  # noqa: F401  # registers its kernels, and needs this module to do so

    if name not in _KERNELS:
        raise MissingNameError(f"There is no kernel '{name}'; {nearest(name, _KERNELS)}.")
    return _KERNELS[name]


def _as_batch(rows: Rows) -> pa.RecordBatch:
    if isinstance(rows, pa.RecordBatch):
        return rows
    if not isinstance(rows, Mapping):
        raise TypeError(f"it returned {type(rows).__name__}, and not a record batch or columns by name")
    return pa.RecordBatch.from_pydict({name: _as_array(values) for name, values in rows.items()})


def _as_array(values: Any) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    if isinstance(values, ak.Array):
        return arrow_array(values)
    return values if isinstance(values, pa.Array) else pa.array(np.asarray(values))

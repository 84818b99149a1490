"""From muons to the mass of the pair, and how many events each cut keeps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepnb import events as names
from hepnb.errors import MissingNameError, WrongTypeError, nearest
from hepnb.physics.dimuon import is_leading, is_loose
from hepnb.physics.kinematics import invariant_mass
from hepnb.reduction.kernels import register

Order = Literal["pt", "file"]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Cut:
    """One line of a cut flow.

    Attributes:
        cut: what is asked of an event.
        events: how many passed it and all cuts before.
    """

    cut: str
    events: int


@dataclass(frozen=True)
class Reduced:
    """What is left of a batch of events.

    Attributes:
        rows: one per event kept: `hepnb.events.EVENT_ID` where the events have it, and ``dimuon_mass`` [GeV, float64].
        passed: how many events there were, and how many passed each cut and all before it.
    """

    rows: pa.RecordBatch
    passed: tuple[int, ...]


class _Muons:
    """The muons of a batch of events, one after the other."""

    def __init__(self, events: pa.RecordBatch, columns: Sequence[str]) -> None:
        lists = {name: events.column(name) for name in columns}
        offsets = [array.offsets.to_numpy() for array in lists.values()]
        self.offsets = _from_zero(offsets[0])
        for name, other in zip(columns, offsets, strict=True):
            shared = other.ctypes.data == offsets[0].ctypes.data  # as the loaders make them
            if not shared and not np.array_equal(_from_zero(other), self.offsets):
                raise WrongTypeError(f"'{name}' has other numbers of elements than '{columns[0]}' in some events.")
        self._values: dict[str, npt.NDArray[Any]] = {
            name: array.flatten().to_numpy(zero_copy_only=False) for name, array in lists.items()
        }

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._values[name]


def _from_zero(offsets: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Offsets into the lists' own values, also where the lists are a slice of others."""
    return np.subtract(offsets, offsets[0]) if offsets[0] else offsets


@dataclass(frozen=True)
class _Pairs:
    """Two muons of some events.

    Attributes:
        event: which events, ``(n_pairs,)``.
        first: one muon of each, ``(n_pairs,)``.
        second: another one of each.
        passed: how many events passed each cut.
    """

    event: Indices
    first: Indices
    second: Indices
    passed: tuple[int, ...]


@dataclass(frozen=True)
class Selection:
    """Which events count, and which two of their muons.

    Attributes:
        name: what the user types.
        columns: the branches it looks at.
        cuts: the names of its cuts, in the order they are applied.
        pairs: finds the muons.
    """

    name: str
    columns: tuple[str, ...]
    cuts: tuple[str, ...]
    pairs: Callable[[_Muons, Order], _Pairs]


_FOUR_MOMENTUM: Final = (names.MUON_PT, names.MUON_ETA, names.MUON_PHI, names.MUON_MASS)
_KINEMATICS: Final = (*_FOUR_MOMENTUM, names.MUON_CHARGE)


def _spectrum(muons: _Muons, order: Order) -> _Pairs:  # noqa: ARG001  # the mass does not depend on it
    two = np.flatnonzero(np.diff(muons.offsets) == 2)
    first = muons.offsets.take(two).astype(np.intp)
    charge = muons[names.MUON_CHARGE]
    opposite = np.flatnonzero(charge.take(first) != charge.take(first + 1))
    first = first.take(opposite)
    return _Pairs(two.take(opposite), first, first + 1, (len(two), len(first)))


def _cms2012(muons: _Muons, order: Order) -> _Pairs:
    pt, eta, isolation = muons[names.MUON_PT], muons[names.MUON_ETA], muons[names.MUON_ISOLATION]
    event_of = np.repeat(np.arange(len(muons.offsets) - 1), np.diff(muons.offsets))
    loose = np.flatnonzero(is_loose(pt, eta, isolation, muons[names.MUON_IS_GLOBAL]))
    if order == "pt":  # equal ones keep the order of the file
        loose = loose[np.lexsort((-pt[loose], event_of[loose]))]
    event, start, number = np.unique(event_of[loose], return_index=True, return_counts=True)
    several = number > 1
    event, first, second = event[several], loose[start[several]], loose[start[several] + 1]

    leading = is_leading(pt[first], eta[first], isolation[first])
    charge = muons[names.MUON_CHARGE]
    kept = leading & (charge[first] != charge[second])
    return _Pairs(event[kept], first[kept], second[kept], (len(event), int(leading.sum()), int(kept.sum())))


SELECTIONS: Final[Mapping[str, Selection]] = {
    selection.name: selection
    for selection in (
        Selection(names.SPECTRUM, _KINEMATICS, ("two muons", "opposite charge"), _spectrum),
        Selection(
            names.CMS2012,
            (*_KINEMATICS, names.MUON_ISOLATION, names.MUON_IS_GLOBAL),
            ("two loose muons", "leading muon", "opposite charge"),
            _cms2012,
        ),
    )
}
"""``spectrum``: exactly two muons of opposite charge (ROOT tutorial df102).
``cms2012``: the reduction of the CMS Big Data project (arXiv:1711.00375), on NanoAOD's names."""


def find_selection(name: str) -> Selection:
    """The selection of that name.

    Raises:
        MissingNameError: there is none of that name.
    """
    if name not in SELECTIONS:
        raise MissingNameError(f"There is no selection '{name}'; {nearest(name, SELECTIONS)}.")
    return SELECTIONS[name]


def reduce(
    events: pa.RecordBatch, *, selection: str = names.SPECTRUM, massless: bool = False, order: Order = "pt"
) -> Reduced:
    """Keep the events with a pair of muons, and compute its mass.

    Args:
        events: NanoAOD-like events, one row each, the muons' columns lists.
        selection: a name in `SELECTIONS`.
        massless: take the muons as massless, as the older analyses did.
        order: which loose muons make the pair of ``cms2012``: the two of highest pt, or the first two in the
            file, as the Scala original had it. ``spectrum`` has no choice.

    Raises:
        MissingNameError: there is no such selection, or `events` lacks a column it needs.
        WrongTypeError: a column it needs is not a list of numbers.
    """
    chosen = find_selection(selection)
    check_columns(events.schema, chosen, where="the batch")
    muons = _Muons(events, chosen.columns)
    pairs = chosen.pairs(muons, order)
    first, second = (_at(muons, index) for index in (pairs.first, pairs.second))
    masses = {} if massless else {"mass1": first.mass, "mass2": second.mass}
    mass = invariant_mass(np, first.pt, first.eta, first.phi, second.pt, second.eta, second.phi, **masses)
    kept = pa.array(pairs.event)
    event_id = {name: events.column(name).take(kept) for name in names.EVENT_ID if name in events.schema.names}
    rows = pa.RecordBatch.from_pydict(event_id | {names.DIMUON_MASS: pa.array(mass, pa.float64())})
    return Reduced(rows, (len(events), *pairs.passed))


class _Muon(NamedTuple):
    """One muon of each pair, ``(n_pairs,)`` each."""

    pt: npt.NDArray[Any]
    eta: npt.NDArray[Any]
    phi: npt.NDArray[Any]
    mass: npt.NDArray[Any]


def _at(muons: _Muons, index: Indices) -> _Muon:
    return _Muon(*(muons[name].take(index) for name in _FOUR_MOMENTUM))


def check_columns(schema: pa.Schema, selection: Selection, *, where: str) -> None:
    """Check that events of this schema can go through a selection.

    Args:
        schema: of the events.
        selection: see `find_selection`.
        where: what the schema belongs to, for the sentence.

    Raises:
        MissingNameError: a column is missing.
        WrongTypeError: a column is not a list of numbers, or of booleans for a flag.
    """
    for name in selection.columns:
        if name not in schema.names:
            raise MissingNameError(
                f"The selection '{selection.name}' needs the branch '{name}', which {where} lacks; "
                f"{nearest(name, schema.names)}."
            )
        type_ = schema.field(name).type
        fits, what = (pa.types.is_boolean, "booleans") if name == names.MUON_IS_GLOBAL else (_is_number, "numbers")
        if not (pa.types.is_list(type_) and fits(type_.value_type)):
            raise WrongTypeError(
                f"The selection '{selection.name}' needs a list of {what} in '{name}', but in {where} it is {type_}."
            )


def _is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))


def _rows(events: pa.RecordBatch, *, selection: str) -> pa.RecordBatch:
    return reduce(events, selection=selection).rows


for _selection in SELECTIONS.values():
    register(f"dimuon-{_selection.name}", columns=_selection.columns, optional=names.EVENT_ID)(
        partial(_rows, selection=_selection.name)
    )

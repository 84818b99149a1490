"""From muons to the mass of the pair, on DataFrames: the same selections as `hepnb.reduction.dimuon`, in SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce as fold
from operator import and_
from typing import Any, Final

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from hepnb import events as names
from hepnb.physics.dimuon import is_leading, is_loose
from hepnb.physics.kinematics import invariant_mass
from hepnb.reduction.dimuon import Cut, Order, check_columns, find_selection
from hepnb.spark.types import arrow_schema


@dataclass(frozen=True)
class _Muon:
    pt: Column
    eta: Column
    phi: Column
    mass: Column
    charge: Column


@dataclass(frozen=True)
class _Pair:
    first: _Muon
    second: _Muon
    cuts: Mapping[str, Column]


_KINEMATICS: Final = (names.MUON_PT, names.MUON_ETA, names.MUON_PHI, names.MUON_MASS, names.MUON_CHARGE)


def _spectrum(order: Order) -> _Pair:  # noqa: ARG001  # the mass does not depend on it
    first, second = (_Muon(*(F.get(F.col(name), index) for name in _KINEMATICS)) for index in (0, 1))
    return _Pair(
        first, second, {"two muons": F.size(names.MUON_PT) == 2, "opposite charge": first.charge != second.charge}
    )


def _cms2012(order: Order) -> _Pair:
    muons = F.arrays_zip(*(F.col(name) for name in (*_KINEMATICS, names.MUON_ISOLATION, names.MUON_IS_GLOBAL)))
    loose = F.filter(
        muons,
        lambda muon: is_loose(
            muon[names.MUON_PT], muon[names.MUON_ETA], muon[names.MUON_ISOLATION], muon[names.MUON_IS_GLOBAL]
        ),
    )
    ranked = F.array_sort(loose, _harder_first) if order == "pt" else loose
    leading, trailing = F.get(ranked, 0), F.get(ranked, 1)
    first, second = (_Muon(*(muon[name] for name in _KINEMATICS)) for muon in (leading, trailing))
    return _Pair(
        first,
        second,
        {
            "two loose muons": F.size(loose) > 1,
            "leading muon": is_leading(first.pt, first.eta, leading[names.MUON_ISOLATION]),
            "opposite charge": first.charge != second.charge,
        },
    )


def _harder_first(one: Column, other: Column) -> Column:
    """Spark's comparator: negative where `one` comes first; equal ones keep the order of the file."""
    pt1, pt2 = one[names.MUON_PT], other[names.MUON_PT]
    return F.when(pt1 > pt2, -1).when(pt1 < pt2, 1).otherwise(0)


_PAIRS: Final[Mapping[str, Callable[[Order], _Pair]]] = {names.SPECTRUM: _spectrum, names.CMS2012: _cms2012}


def reduce(
    events: DataFrame,
    *,
    selection: str = names.SPECTRUM,
    massless: bool = False,
    order: Order = "pt",
    observation: Observation | None = None,
) -> DataFrame:
    """Keep the events with a pair of muons, and compute its mass.

    Args:
        events: NanoAOD-like events, one row each.
        selection: a name in `hepnb.reduction.dimuon.SELECTIONS`.
        massless: take the muons as massless, as the older analyses did.
        order: which loose muons make the pair of ``cms2012``: the two of highest pt, or the first two in the
            file, as the Scala original had it. ``spectrum`` has no choice.
        observation: counts events on their way through; `cutflow` reads it after the first action.

    Returns:
        One row per event kept: `hepnb.events.EVENT_ID` where `events` has it, and ``dimuon_mass`` [GeV, double].

    Raises:
        MissingNameError: there is no such selection, or `events` lacks a column it needs.
        WrongTypeError: a column it needs is not an array of numbers.
    """
    chosen = find_selection(selection)
    check_columns(arrow_schema(events.schema), chosen, where="the DataFrame")
    pair = _PAIRS[chosen.name](order)
    passed = [fold(and_, list(pair.cuts.values())[: count + 1]) for count in range(len(pair.cuts))]
    if observation is not None:
        counts = [F.count_if(condition).alias(_key(number)) for number, condition in enumerate(passed, start=1)]
        events = events.observe(observation, F.count(F.lit(1)).alias(_key(0)), *counts)
    masses = {} if massless else {"mass1": pair.first.mass, "mass2": pair.second.mass}
    mass = invariant_mass(
        F, pair.first.pt, pair.first.eta, pair.first.phi, pair.second.pt, pair.second.eta, pair.second.phi, **masses
    )
    event_id = [F.col(name) for name in names.EVENT_ID if name in events.columns]
    return events.where(passed[-1]).select(*event_id, mass.alias(names.DIMUON_MASS))


def cutflow(observation: Observation, *, selection: str) -> tuple[Cut, ...]:
    """How many events there were, and how many passed each cut.

    Args:
        observation: the one given to `reduce`; the call waits for the first action on its result to end.
        selection: the one given to `reduce`.
    """
    counts: dict[str, Any] = observation.get
    return tuple(
        Cut(name, counts[_key(number)]) for number, name in enumerate(("events", *find_selection(selection).cuts))
    )


def _key(number: int) -> str:
    return f"cut {number}"

"""How the things of many events lie side by side in flat arrays."""

from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Objects:
    """Things that fly somewhere, ``(n,)`` each, those of one event next to each other, by rising event."""

    event: Ints  # from 0
    pt: Floats  # [GeV]
    eta: Floats
    phi: Floats  # [rad]

    def take(self, chosen: Flags | Ints) -> Self:
        """Some of them: a flag for each, or their places by rising event."""
        return type(self)(**{column.name: getattr(self, column.name)[chosen] for column in fields(self)})

    def of(self, kept: Flags) -> Self:
        """Those of some events, which are numbered anew; a flag for each event."""
        number = np.cumsum(kept) - 1
        some = self.take(kept[self.event])
        return type(self)(**{**vars(some), "event": number[some.event]})


@dataclass(frozen=True)
class FourMomenta:
    """Energies and momenta [GeV] of things of many events, ``(n,)`` each."""

    event: Ints
    energy: Floats
    px: Floats
    py: Floats
    pz: Floats


Kind = TypeVar("Kind", bound=Objects)


@dataclass(frozen=True)
class Particles(Objects):
    """What comes out of a collision, lives long enough to be seen, and can be."""

    energy: Floats  # [GeV]
    pid: Ints  # PDG number
    charge: Ints  # [e]
    x: Floats  # where it began [mm], as the next two
    y: Floats
    z: Floats


@dataclass(frozen=True)
class Tracks(Objects):
    """What the tracker measured of charged particles."""

    pid: Ints  # of the particle
    charge: Ints  # [e]
    x: Floats  # where the particle began [mm], as the next two
    y: Floats
    z: Floats


@dataclass(frozen=True)
class Leptons(Objects):
    """Identified electrons or muons."""

    charge: Ints  # [e]


@dataclass(frozen=True)
class Flavoured(Objects):
    """Partons, or hadrons with a heavy quark."""

    flavour: Ints  # the heaviest quark: `hepnb.generators.cms.BEAUTY` or `CHARM`, or 0


@dataclass(frozen=True)
class Jets(Objects):
    """Jets."""

    mass: Floats  # [GeV]
    btag: Ints  # 1 where it is taken for a b-jet


def joined(*parts: Kind) -> Kind:
    """All of them, by rising event; of one event, in the order of the parts."""
    order = np.argsort(np.concatenate([part.event for part in parts]), kind="stable")
    columns: dict[str, Any] = {
        column.name: np.concatenate([getattr(part, column.name) for part in parts])[order]
        for column in fields(parts[0])
    }
    return type(parts[0])(**columns)


def spans(first: Ints, counts: Ints) -> Ints:
    """Consecutive numbers: ``first[i]``, ``first[i] + 1``, …, ``counts[i]`` of them for each i."""
    return np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())


def companions(one: Objects, other: Objects) -> tuple[Ints, Ints]:
    """Every pair of something and something else of the same event.

    Returns:
        Places in `one` and in `other`, ``(n_pairs,)`` each.
    """
    first = np.searchsorted(other.event, one.event)
    counts = np.searchsorted(other.event, one.event, side="right") - first
    return np.repeat(np.arange(one.event.size), counts), spans(first, counts)


def neighbours(one: Objects, other: Objects, *, radius: float) -> tuple[Ints, Ints]:
    r"""Pairs as those of `companions` with :math:`\Delta R = \sqrt{\Delta\eta^2 + \Delta\phi^2}` below a radius."""
    left, right = companions(one, other)
    delta_phi = wrapped(one.phi[left] - other.phi[right])
    delta_eta = one.eta[left] - other.eta[right]
    near = delta_eta * delta_eta + delta_phi * delta_phi < radius * radius
    return left[near], right[near]


def pseudorapidity(pt: Floats, pz: Floats) -> Floats:
    """Of momenta [GeV] of any size; along the beam it ends where the numbers do."""
    return np.arcsinh(pz / np.maximum(pt, 1e-12))


def wrapped(angle: Floats) -> Floats:
    """Angles [rad] brought between -pi and pi."""
    return np.asarray(angle - 2 * np.pi * np.round(angle / (2 * np.pi)))


def sums(place: Ints, values: Floats, size: int) -> Floats:
    """Sums of the values that belong to each place, ``(size,)``."""
    return np.bincount(place, values, minlength=size).astype(np.float64)  # of no values it makes integers


def vector_sum(parts: tuple[Objects, ...], *, events: int) -> tuple[Floats, Floats]:
    """Sums of the transverse momenta of each event: px and py [GeV], ``(events,)`` each."""
    px, py = np.zeros(events), np.zeros(events)
    for part in parts:
        px += sums(part.event, part.pt * np.cos(part.phi), events)
        py += sums(part.event, part.pt * np.sin(part.phi), events)
    return px, py

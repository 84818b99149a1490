"""The particles that a detector sees in many events, one after the other."""

from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Candidates:
    """Particles of many events, ``(n,)`` each, taken as massless.

    Attributes:
        event: which event, never falling.
        pt: transverse momentum, or energy [GeV].
        eta: pseudorapidity.
        phi: azimuth [rad], from -pi to pi.
    """

    event: Integers
    pt: Floats
    eta: Floats
    phi: Floats

    def __len__(self) -> int:
        """How many particles."""
        return len(self.event)

    def taken(self, index: npt.NDArray[Any]) -> Self:
        """Some of them: those of these numbers, or where this is true."""
        if index.dtype == np.bool_:
            index = np.flatnonzero(index)  # once, and not for each column
        return type(self)(*(getattr(self, field.name)[index] for field in fields(self)))

    def of_events(self, kept: Flags) -> Self:
        """Those of some events, which are numbered anew.

        Args:
            kept: which events, ``(n_events,)``.
        """
        number = np.cumsum(kept) - 1
        some = self.taken(kept[self.event])
        return type(self)(number[some.event], *(getattr(some, field.name) for field in fields(some)[1:]))

    def occupied(self, events: int) -> Flags:
        """Whether each event has any of them, ``(events,)``."""
        result = np.zeros(events, np.bool_)
        result[self.event] = True
        return result

    def four_momenta(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Energy, px, py and pz [GeV], ``(n,)`` each."""
        return (
            self.pt * np.cosh(self.eta),
            self.pt * np.cos(self.phi),
            self.pt * np.sin(self.phi),
            self.pt * np.sinh(self.eta),
        )


Kind = TypeVar("Kind", bound=Candidates)


@dataclass(frozen=True)
class Tracks(Candidates):
    """Charged particles.

    Attributes:
        charge: [e].
        x: of the vertex [mm].
        y: of the vertex [mm].
        z: of the vertex [mm].
    """

    charge: Floats
    x: Floats
    y: Floats
    z: Floats


@dataclass(frozen=True)
class Jets(Candidates):
    """Jets.

    Attributes:
        b_tagged: whether it is taken for the jet of a b quark.
    """

    b_tagged: Flags


@dataclass(frozen=True)
class IdentifiedLeptons(Candidates):
    """Electrons or muons.

    Attributes:
        charge: [e].
    """

    charge: Floats


@dataclass(frozen=True)
class Surroundings:
    """What momentum can be near a particle.

    Attributes:
        tracks: of charged particles.
        neutral_hadrons: from the hadron calorimeter; pT is their transverse energy.
        photons: from the electromagnetic one; likewise.
    """

    tracks: Tracks
    neutral_hadrons: Candidates
    photons: Candidates

    def kinds(self) -> tuple[Tracks, Candidates, Candidates]:
        """All three, in this order."""
        return self.tracks, self.neutral_hadrons, self.photons

    def of_events(self, kept: Flags) -> "Surroundings":
        """Those of some events, which are numbered anew; a flag for each event."""
        tracks, neutral_hadrons, photons = self.kinds()
        return Surroundings(tracks.of_events(kept), neutral_hadrons.of_events(kept), photons.of_events(kept))


def joined(*parts: Kind) -> Kind:
    """All of them, by rising event; of one event, in the order of the parts."""
    order = np.argsort(np.concatenate([part.event for part in parts]), kind="stable")
    columns = (np.concatenate([getattr(part, field.name) for part in parts])[order] for field in fields(parts[0]))
    return type(parts[0])(*columns)


def numbers_within(event: Integers) -> Integers:
    """The number of each particle in its event: 0, 1, … and 0 again where a new one begins.

    Args:
        event: which event, never falling.
    """
    return np.arange(len(event)) - np.searchsorted(event, event)


def spans(first: Integers, counts: Integers) -> Integers:
    """Consecutive numbers: ``first[i]``, ``first[i] + 1``, …, ``counts[i]`` of them for each i."""
    return np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())


def wrapped(angle: Floats) -> Floats:
    """The same direction [rad] between -pi and pi."""
    return np.asarray(angle - 2 * np.pi * np.rint(angle / (2 * np.pi)))


_CHARGE_AGAINST_SIGN = (11, 13, 15, 3112, 3312, 3334)
"""PDG numbers of e-, mu-, tau-, Sigma-, Xi- and Omega-: a positive number, a negative charge."""


def charge_of(pid: npt.NDArray[Any]) -> Floats:
    """Charge [e] of charged particles that a tracker sees, from their PDG numbers.

    Source: the numbering scheme of the Particle Data Group, section 45 of its Review.
    """
    sign = np.sign(pid).astype(np.float64)
    return np.asarray(np.where(np.isin(np.abs(pid), _CHARGE_AGAINST_SIGN), -sign, sign))

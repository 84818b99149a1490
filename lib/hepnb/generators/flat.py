"""How the things of many events lie side by side in flat arrays."""

from dataclasses import dataclass

import numpy as np

from hepnb.physics.candidates import Candidates, Floats, Integers, Jets, Tracks, joined, spans, wrapped


@dataclass(frozen=True)
class FourMomenta:
    """Energies and momenta [GeV] of things of many events, ``(n,)`` each."""

    event: Integers
    energy: Floats
    px: Floats
    py: Floats
    pz: Floats


@dataclass(frozen=True)
class Particles(Candidates):
    """What comes out of a collision, lives long enough to be seen, and can be."""

    energy: Floats  # [GeV]
    pid: Integers  # PDG number
    charge: Floats  # [e]
    x: Floats  # where it began [mm], as the next two
    y: Floats
    z: Floats


@dataclass(frozen=True)
class KnownTracks(Tracks):
    """Tracks of particles that one knows."""

    pid: Integers  # of the particle


@dataclass(frozen=True)
class Flavoured(Candidates):
    """Partons, or hadrons with a heavy quark."""

    flavour: Integers  # the heaviest quark: `hepnb.generators.cms.BEAUTY` or `CHARM`, or 0


@dataclass(frozen=True)
class MassiveJets(Jets):
    """Jets with their masses."""

    mass: Floats  # [GeV]


def flying(*parts: Candidates) -> Candidates:
    """All of them, whatever they are, by rising event."""
    return joined(*(Candidates(part.event, part.pt, part.eta, part.phi) for part in parts))


def companions(one: Candidates, other: Candidates) -> tuple[Integers, Integers]:
    """Every pair of something and something else of the same event.

    Returns:
        Places in `one` and in `other`, ``(n_pairs,)`` each.
    """
    first = np.searchsorted(other.event, one.event)
    counts = np.searchsorted(other.event, one.event, side="right") - first
    return np.repeat(np.arange(one.event.size), counts), spans(first, counts)


def neighbours(one: Candidates, other: Candidates, *, radius: float) -> tuple[Integers, Integers]:
    r"""Pairs as those of `companions` with :math:`\Delta R = \sqrt{\Delta\eta^2 + \Delta\phi^2}` below a radius."""
    left, right = companions(one, other)
    delta_phi = wrapped(one.phi[left] - other.phi[right])
    delta_eta = one.eta[left] - other.eta[right]
    near = delta_eta * delta_eta + delta_phi * delta_phi < radius * radius
    return left[near], right[near]


def pseudorapidity(pt: Floats, pz: Floats) -> Floats:
    """Of momenta [GeV] of any size; along the beam it ends where the numbers do."""
    return np.arcsinh(pz / np.maximum(pt, 1e-12))


def sums(place: Integers, values: Floats, size: int) -> Floats:
    """Sums of the values that belong to each place, ``(size,)``."""
    return np.bincount(place, values, minlength=size).astype(np.float64)  # of no values it makes integers


def vector_sum(parts: tuple[Candidates, ...], *, events: int) -> tuple[Floats, Floats]:
    """Sums of the transverse momenta of each event: px and py [GeV], ``(events,)`` each."""
    px, py = np.zeros(events), np.zeros(events)
    for part in parts:
        px += sums(part.event, part.pt * np.cos(part.phi), events)
        py += sums(part.event, part.pt * np.sin(part.phi), events)
    return px, py

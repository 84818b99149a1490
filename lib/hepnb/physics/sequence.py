"""The particles of an event as a sequence of rows with 19 features each (arXiv:1807.00083, section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from hepnb.events import (
    MAX_NEUTRAL_HADRONS,
    MAX_PARTICLES,
    MAX_PHOTONS,
    MAX_TRACKS,
    PARTICLE_FEATURES,
)
from hepnb.physics.candidates import (
    Candidates,
    Floats,
    Integers,
    Kind,
    Surroundings,
    Tracks,
    numbers_within,
    wrapped,
)
from hepnb.physics.conventions import Conventions
from hepnb.physics.isolation import MomentumMap
from hepnb.physics.trigger import Leptons

Rows = npt.NDArray[np.float32]

_COLUMN: Final = {name: column for column, name in enumerate(PARTICLE_FEATURES)}

_FAR: Final = 1024.0

SAME_DIRECTION: Final = 1e-4
"""Distance Delta R below which a track is the lepton's own."""


@dataclass(frozen=True)
class Particles:
    """The particles of many events, one after the other.

    Attributes:
        counts: of each event, ``(n_events,)``.
        rows: their features in the order of `hepnb.events.PARTICLE_FEATURES`, ``(n_particles, 19)``, float32.
    """

    counts: Integers
    rows: Rows


def particle_sequences(leptons: Leptons, surroundings: Surroundings, *, conventions: Conventions) -> Particles:
    """Make the sequences.

    An event has its lepton and at most 450 tracks, 150 photons and 200 neutral hadrons, the hardest if there are more.
    They stand in order of falling distance Delta R from the lepton, which comes last.

    Args:
        leptons: the one that fired the trigger in each event, ``(n_events,)``.
        surroundings: what is `hepnb.physics.trigger.above_thresholds`, of these events.
        conventions: charges, caps, padding and isolation.
    """
    tracks = _capped(_others(surroundings.tracks, leptons), MAX_TRACKS, conventions)
    photons = _capped(surroundings.photons, MAX_PHOTONS, conventions)
    neutral_hadrons = _capped(surroundings.neutral_hadrons, MAX_NEUTRAL_HADRONS, conventions)
    momentum = MomentumMap(surroundings, across_pi=not conventions.cones_cut_at_pi)
    kinds: list[tuple[Candidates, Rows]] = [
        (leptons, _lepton_rows(leptons)),
        (tracks, _track_rows(tracks, momentum, conventions)),
        (photons, _surrounded_rows(photons, "isGamma", momentum, conventions)),
        (neutral_hadrons, _surrounded_rows(neutral_hadrons, "isNeuHad", momentum, conventions)),
    ]
    if conventions.padding_among_particles:
        kinds.append(_padding([kind for kind, _ in kinds], len(leptons)))
    rows = np.concatenate([rows for _, rows in kinds])[_falling_distance([kind for kind, _ in kinds], leptons)]
    counts = sum(np.bincount(kind.event, minlength=len(leptons)) for kind, _ in kinds)
    if conventions.padding_among_particles:
        rows = _standardised(rows.reshape(len(leptons), MAX_PARTICLES, -1)).reshape(rows.shape)
    return Particles(np.asarray(counts), rows)


def _others(tracks: Tracks, leptons: Leptons) -> Tracks:
    """The tracks but the leptons' own."""
    return tracks.taken(_distance(tracks, leptons) > SAME_DIRECTION)


def _distance(particles: Candidates, leptons: Leptons) -> Floats:
    """Delta R between each particle and the lepton of its event."""
    d_eta = particles.eta - leptons.eta[particles.event]
    return np.hypot(d_eta, wrapped(particles.phi - leptons.phi[particles.event]))


def _capped(particles: Kind, most: int, conventions: Conventions) -> Kind:
    """At most so many of each event, in the order they had."""
    rank = numbers_within(particles.event)
    if rank.max(initial=0) < most:
        return particles
    if not conventions.caps_in_file_order:
        by_pt = np.lexsort((-particles.pt, particles.event))
        rank[by_pt] = numbers_within(particles.event)
    return particles.taken(rank < most)


def _momentum_rows(particles: Candidates) -> Rows:
    rows = np.zeros((len(particles), len(PARTICLE_FEATURES)), np.float32)
    momenta = (*particles.four_momenta(), particles.pt, particles.eta, particles.phi)
    for name, values in zip(("Energy", "Px", "Py", "Pz", "Pt", "Eta", "Phi"), momenta, strict=True):
        rows[:, _COLUMN[name]] = values
    return rows


def _lepton_rows(leptons: Leptons) -> Rows:
    rows = _momentum_rows(leptons)
    rows[:, _COLUMN["ChPFIso"]] = leptons.charged
    rows[:, _COLUMN["GammaPFIso"]] = leptons.photons
    rows[:, _COLUMN["NeuPFIso"]] = leptons.neutral
    rows[:, _COLUMN["isEle"]] = leptons.is_electron
    rows[:, _COLUMN["isMu"]] = ~leptons.is_electron
    rows[:, _COLUMN["Charge"]] = leptons.charge
    return rows


def _track_rows(tracks: Tracks, momentum: MomentumMap, conventions: Conventions) -> Rows:
    rows = _surrounded_rows(tracks, "isChHad", momentum, conventions)
    rows[:, _COLUMN["vtxX"]] = tracks.x
    rows[:, _COLUMN["vtxY"]] = tracks.y
    rows[:, _COLUMN["vtxZ"]] = tracks.z
    rows[:, _COLUMN["Charge"]] = tracks.charge
    return rows


def _surrounded_rows(
    particles: Candidates,
    flag: Literal["isChHad", "isGamma", "isNeuHad"],
    momentum: MomentumMap,
    conventions: Conventions,
) -> Rows:
    """Momentum, flag and isolation; a particle is no part of what surrounds it."""
    rows = _momentum_rows(particles)
    rows[:, _COLUMN[flag]] = 1
    near = momentum.around(particles)
    own = "isChHad" if conventions.charged_isolation_less_one else flag
    for column, of, nearby in (
        ("ChPFIso", "isChHad", near.charged),
        ("GammaPFIso", "isGamma", near.photons),
        ("NeuPFIso", "isNeuHad", near.neutral),
    ):
        rows[:, _COLUMN[column]] = nearby / particles.pt - (of == own)
    return rows


def _padding(kinds: Sequence[Candidates], events: int) -> tuple[Candidates, Rows]:
    """Rows of zeros, as many as each event lacks."""
    missing = MAX_PARTICLES - sum(np.bincount(kind.event, minlength=events) for kind in kinds)
    event = np.repeat(np.arange(events), missing)
    zeros = np.zeros(len(event))
    return Candidates(event, zeros, zeros, zeros), np.zeros((len(event), len(PARTICLE_FEATURES)), np.float32)


def _falling_distance(kinds: Sequence[Candidates], leptons: Leptons) -> Integers:
    """The order of the rows of all kinds, of which the first are the leptons."""
    # A photon may have the lepton's direction, too; the lepton is the last all the same.
    distance = np.concatenate([np.full(len(leptons), -1.0), *(_distance(kind, leptons) for kind in kinds[1:])])
    event = np.concatenate([kind.event for kind in kinds])
    # One key is sorted in half the time of two; the largest distance is far below an event's share of it.
    return np.argsort(event * _FAR - distance, kind="stable")


def _standardised(rows: Rows) -> Rows:
    """Mean 0 and standard deviation 1 of each feature within each event, ``(n_events, n_rows, 19)``."""
    precise = rows.astype(np.float64)
    deviation = precise.std(axis=1, keepdims=True)
    centered = precise - precise.mean(axis=1, keepdims=True)
    return np.asarray(centered / np.where(deviation > 0, deviation, 1), np.float32)

"""From a batch of Delphes events to the features of those that pass the trigger."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepnb.features.delphes import particles_of
from hepnb.features.identity import event_keys
from hepnb.physics.candidates import Floats, Integers
from hepnb.physics.conventions import HEPNB, Conventions
from hepnb.physics.sequence import Particles, particle_sequences
from hepnb.physics.topology import high_level_features
from hepnb.physics.trigger import above_thresholds, triggering_leptons

_AT_ONCE: Final = 500  # events; their particles stay in the processor's cache


@dataclass(frozen=True)
class Features:
    """The features of the events that pass the trigger.

    Attributes:
        read: how many events there were.
        entry: which of them passed, ``(n,)``.
        keys: what identifies them, ``(n,)``, see `hepnb.features.identity`.
        hlf: high-level features, ``(n, 14)``.
        particles: the sequences.
    """

    read: int
    entry: Integers
    keys: npt.NDArray[np.uint64]
    hlf: Floats
    particles: Particles


def extract(batch: pa.RecordBatch, *, conventions: Conventions = HEPNB) -> Features:
    """Compute the features of the events that pass the trigger.

    Args:
        batch: events with the branches of `hepnb.features.delphes.required`, one row each.
        conventions: correct physics, or what is to be compared with.

    Raises:
        MissingNameError: a branch is missing.
        WrongTypeError: a branch is not a list of numbers.
    """
    starts = range(0, max(len(batch), 1), _AT_ONCE)
    parts = [_extracted(batch.slice(start, _AT_ONCE), start, conventions) for start in starts]
    return Features(
        read=len(batch),
        entry=np.concatenate([part.entry for part in parts]),
        keys=np.concatenate([part.keys for part in parts]),
        hlf=np.concatenate([part.hlf for part in parts]),
        particles=Particles(
            np.concatenate([part.particles.counts for part in parts]),
            np.concatenate([part.particles.rows for part in parts]),
        ),
    )


def _extracted(batch: pa.RecordBatch, start: int, conventions: Conventions) -> Features:
    events = particles_of(batch, conventions=conventions)
    surroundings = above_thresholds(events.surroundings)
    leptons = triggering_leptons(events.electrons, events.muons, surroundings, conventions=conventions)
    passed = leptons.occupied(events.size)
    leptons, surroundings = leptons.of_events(passed), surroundings.of_events(passed)
    met, met_phi = events.met[passed], events.met_phi[passed]
    return Features(
        read=events.size,
        entry=start + np.flatnonzero(passed),
        keys=event_keys(events.number[passed], met, met_phi, leptons.pt, leptons.eta, leptons.phi),
        hlf=high_level_features(
            leptons, events.jets.of_events(passed), met=met, met_phi=met_phi, conventions=conventions
        ),
        particles=particle_sequences(leptons, surroundings, conventions=conventions),
    )

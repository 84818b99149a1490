"""Events of the topology classifier from formulas: QCD, top quark pairs, and W bosons with jets.

What is measured and how well is as in the Pythia engine; what is there to be measured is `hepnb.generators.hard` and
`hepnb.generators.hadrons`. The classes overlap as much as those of arXiv:1807.00083.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import awkward as ak
import numpy as np

from hepnb.events import Process
from hepnb.generators import hard, trigger
from hepnb.generators.beams import crossings
from hepnb.generators.calorimeter import ECAL, HCAL, Calorimeter
from hepnb.generators.cms import PHOTON_ID, TRACKER_ETA, smeared
from hepnb.generators.cones import cones
from hepnb.generators.delphes import Seen, as_written, gathered
from hepnb.generators.flat import Flags, Objects, Particles, joined
from hepnb.generators.hadrons import fragmented, particles_of, soft
from hepnb.generators.hard import Hard
from hepnb.generators.jets import no_jets, with_jets
from hepnb.generators.measurement import identified, measured_tracks
from hepnb.generators.request import Request

_BATCH: Final = 2000  # events; also the size of a cluster in the file
_CHUNK: Final = 1000  # collisions that are made together

_LEPTON_PT: Final = 20.0  # [GeV]: no softer lepton is measured to be as hard as the trigger asks


def generate(process: Process, events: int, *, seed: int, pileup: float = 0.0) -> Iterator[ak.Array]:
    """Generate events that pass the trigger.

    Args:
        process: what happens in them.
        events: how many.
        seed: the same seed gives the same events, with one version of NumPy.
        pileup: mean number of other collisions in an event.

    Yields:
        Batches of records as `hepnb.generators.delphes.record` describes them.

    Raises:
        InputError: less than one event, or a negative seed or pile-up.
    """
    request = Request(process, events, seed, pileup)
    for batch in request.batches(_BATCH):
        yield gathered(_triggered(request, np.random.default_rng(request.seeds(batch))), batch)


def _triggered(request: Request, rng: np.random.Generator) -> Iterator[Seen]:
    while True:
        collisions = hard.collide(rng, request.process, _CHUNK)
        yield _seen(rng, collisions.of(_has_lepton(collisions)), request.pileup)


def _has_lepton(collisions: Hard) -> Flags:
    """Which collisions have a chance."""
    leptons = collisions.leptons
    result = np.zeros(collisions.events, dtype=np.bool_)
    result[leptons.event[(leptons.pt > _LEPTON_PT) & (np.abs(leptons.eta) < TRACKER_ETA)]] = True
    return result


def _seen(rng: np.random.Generator, collisions: Hard, pileup: float) -> Seen:
    """Those that pass the trigger."""
    place, event, z = crossings(rng, collisions.events, pileup=pileup)
    hadrons = fragmented(rng, collisions.partons)
    produced = joined(particles_of(collisions.leptons), hadrons)
    particles = joined(replace(produced, z=produced.z + place[produced.event]), soft(rng, event, z))
    tracks, _ = measured_tracks(rng, particles)
    neutral = particles.take(particles.charge == 0)
    is_photon = neutral.pid == PHOTON_ID
    photons = _measured(rng, ECAL, neutral.take(is_photon))
    neutral_hadrons = _measured(rng, HCAL, neutral.take(~is_photon))
    electrons, muons = identified(rng, tracks)
    seen = Seen(collisions.events, tracks, photons, neutral_hadrons, electrons, muons, no_jets())
    kept = trigger.passes(seen)
    seen, partons = seen.of(kept), collisions.partons.of(kept)
    leptons = collisions.leptons.of(kept)
    axes = joined(*(Objects(part.event, part.pt, part.eta, part.phi) for part in (partons, leptons)))
    return with_jets(rng, seen, cones(seen.flow(), axes), partons)


def _measured(rng: np.random.Generator, calorimeter: Calorimeter, particles: Particles) -> Objects:
    """Particles that a calorimeter sees, each alone."""
    energy = smeared(rng, particles.energy, calorimeter.resolution(particles.energy, particles.eta))
    kept = energy > calorimeter.least(energy, particles.eta)
    some = particles.take(kept)
    eta, phi = as_written(some.eta), as_written(some.phi)
    return Objects(some.event, as_written(energy[kept] / np.cosh(some.eta)), eta, phi)

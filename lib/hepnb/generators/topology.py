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
from hepnb.generators import hard
from hepnb.generators.beams import crossings
from hepnb.generators.calorimeter import ECAL, HCAL, Calorimeter
from hepnb.generators.cms import PHOTON_ID, TRACKER_ETA, smeared
from hepnb.generators.cones import cones
from hepnb.generators.delphes import Seen, as_written, gathered
from hepnb.generators.flat import Particles, flying
from hepnb.generators.hadrons import fragmented, particles_of, soft
from hepnb.generators.hard import Hard
from hepnb.generators.jets import no_jets, with_jets
from hepnb.generators.measurement import identified, measured_tracks
from hepnb.generators.request import Request
from hepnb.physics.candidates import Candidates, Flags, joined

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
        yield _seen(rng, collisions.of_events(_has_lepton(collisions)), request.pileup)


def _has_lepton(collisions: Hard) -> Flags:
    """Which collisions have a chance."""
    leptons = collisions.leptons
    hopeful = leptons.taken((leptons.pt > _LEPTON_PT) & (np.abs(leptons.eta) < TRACKER_ETA))
    return hopeful.occupied(collisions.events)


def _seen(rng: np.random.Generator, collisions: Hard, pileup: float) -> Seen:
    """Those that pass the trigger."""
    place, event, z = crossings(rng, collisions.events, pileup=pileup)
    hadrons = fragmented(rng, collisions.partons)
    produced = joined(particles_of(collisions.leptons), hadrons)
    particles = joined(replace(produced, z=produced.z + place[produced.event]), soft(rng, event, z))
    tracks, _ = measured_tracks(rng, particles)
    neutral = particles.taken(particles.charge == 0)
    is_photon = neutral.pid == PHOTON_ID
    photons = _measured(rng, ECAL, neutral.taken(is_photon))
    neutral_hadrons = _measured(rng, HCAL, neutral.taken(~is_photon))
    electrons, muons = identified(rng, tracks)
    seen = Seen(collisions.events, tracks, photons, neutral_hadrons, electrons, muons, no_jets())
    kept = seen.triggering()
    seen, partons = seen.of_events(kept), collisions.partons.of_events(kept)
    leptons = collisions.leptons.of_events(kept)
    return with_jets(rng, seen, cones(seen.flow(), flying(partons, leptons)), partons)


def _measured(rng: np.random.Generator, calorimeter: Calorimeter, particles: Particles) -> Candidates:
    """Particles that a calorimeter sees, each alone."""
    energy = smeared(rng, particles.energy, calorimeter.resolution(particles.energy, particles.eta))
    kept = energy > calorimeter.least(energy, particles.eta)
    some = particles.taken(kept)
    eta, phi = as_written(some.eta), as_written(some.phi)
    return Candidates(some.event, as_written(energy[kept] / np.cosh(some.eta)), eta, phi)

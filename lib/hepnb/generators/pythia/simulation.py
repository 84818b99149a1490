"""What a detector like CMS sees of collisions."""

from dataclasses import replace

import numpy as np

from hepnb.generators.calorimeter import ECAL, HCAL, Calorimeter
from hepnb.generators.delphes import Seen, as_written
from hepnb.generators.flat import Flavoured, KnownTracks, Particles
from hepnb.generators.jets import no_jets, with_jets
from hepnb.generators.measurement import identified, measured_tracks
from hepnb.generators.pythia.anti_kt import anti_kt
from hepnb.generators.pythia.towers import Deposits, unexplained
from hepnb.physics.candidates import Candidates, Floats


def triggered(rng: np.random.Generator, particles: Particles, heavy: Flavoured, *, events: int) -> Seen:
    """The events that pass the trigger, as they are seen.

    Args:
        rng: source of the errors of measurement.
        particles: all of them.
        heavy: hadrons with heavy quarks.
        events: how many events there are.
    """
    # Tracks and what they leave in the calorimeters must agree on the tower, where it ends, too.
    eta, phi = as_written(particles.eta), as_written(particles.phi)
    particles = replace(particles, eta=eta, phi=phi)
    tracks, energy = measured_tracks(rng, particles)
    photons = _unexplained(rng, ECAL, particles, tracks, energy)
    neutral = _unexplained(rng, HCAL, particles, tracks, energy)
    electrons, muons = identified(rng, tracks)
    seen = Seen(events, tracks, photons, neutral, electrons, muons, no_jets())
    kept = seen.triggering()
    seen = seen.of_events(kept)  # jets cost most, so they are made last
    return with_jets(rng, seen, anti_kt(seen.flow(), events=seen.events), heavy.of_events(kept))


def _unexplained(
    rng: np.random.Generator, calorimeter: Calorimeter, particles: Particles, tracks: KnownTracks, energy: Floats
) -> Candidates:
    everything = _deposits(particles, calorimeter.share(particles.pid) * particles.energy)
    return unexplained(rng, calorimeter, everything, _deposits(tracks, calorimeter.share(tracks.pid) * energy))


def _deposits(things: Candidates, energy: Floats) -> Deposits:
    some = energy > 0
    return Deposits(things.event[some], things.eta[some], things.phi[some], energy[some])

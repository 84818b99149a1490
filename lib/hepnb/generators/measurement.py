"""What a detector like CMS makes of the charged particles that cross it."""

import numpy as np

from hepnb.generators import cms
from hepnb.generators.delphes import as_written
from hepnb.generators.flat import KnownTracks, Particles
from hepnb.physics.candidates import Floats, IdentifiedLeptons


def measured_tracks(rng: np.random.Generator, particles: Particles) -> tuple[KnownTracks, Floats]:
    """The tracks of those charged particles that leave one.

    Returns:
        The tracks, and the energy [GeV] of each particle that left one, ``(n_tracks,)``.
    """
    efficiency = cms.tracking_efficiency(particles.pid, particles.pt, particles.eta)
    found = particles.taken((particles.charge != 0) & (rng.random(efficiency.size) < efficiency))
    pt = cms.smeared(rng, found.pt, found.pt * cms.track_resolution(found.pid, found.pt, found.eta))
    tracks = KnownTracks(
        found.event,
        as_written(pt),
        as_written(found.eta),
        as_written(found.phi),
        pid=found.pid,
        charge=found.charge,
        x=found.x,
        y=found.y,
        z=found.z,
    )
    return tracks, found.energy * pt / found.pt


def identified(rng: np.random.Generator, tracks: KnownTracks) -> tuple[IdentifiedLeptons, IdentifiedLeptons]:
    """Electrons and muons: tracks that were recognised, with what was measured of them, by falling pt in each event."""
    efficiency = cms.identification_efficiency(tracks.pid, tracks.pt, tracks.eta)
    found = tracks.taken(rng.random(efficiency.size) < efficiency)
    found = found.taken(np.lexsort((-found.pt, found.event)))
    leptons = IdentifiedLeptons(found.event, found.pt, found.eta, found.phi, found.charge)
    return leptons.taken(cms.is_electron(found.pid)), leptons.taken(cms.is_muon(found.pid))

"""Which events does the trigger of the topology classifier keep.

The trigger is that of arXiv:1807.00083: an electron or a muon, hard and not too deep in other things.
"""

from typing import Final

import numpy as np

from hepnb.generators.delphes import Seen
from hepnb.generators.flat import Flags, Floats, Leptons, Objects, neighbours, sums

MIN_PT: Final = 23.0  # [GeV]
MAX_ISOLATION: Final = 0.45  # relative to pt
RADIUS: Final = 0.3
TRACK_PT: Final = 0.5  # [GeV], of what counts around a lepton, as the next
TOWER_ET: Final = 1.0


def passes(seen: Seen) -> Flags:
    """Whether each event has an electron or muon that the trigger asks for, ``(events,)``."""
    kept = np.zeros(seen.events, dtype=np.bool_)
    tracks = seen.tracks.take(seen.tracks.pt > TRACK_PT)
    photons, neutral_hadrons = (part.take(part.pt > TOWER_ET) for part in (seen.photons, seen.neutral_hadrons))
    for leptons in (seen.electrons, seen.muons):
        hard = leptons.take(leptons.pt > MIN_PT)
        around = sum(momentum_around(hard, part, radius=RADIUS) for part in (tracks, photons, neutral_hadrons))
        kept[hard.event[around / hard.pt - 1 < MAX_ISOLATION]] = True
    return kept


def momentum_around(leptons: Leptons, others: Objects, *, radius: float) -> Floats:
    """Sum of the transverse momenta [GeV] closer to each lepton than a radius, its own track's among them."""
    lepton, other = neighbours(leptons, others, radius=radius)
    return sums(lepton, others.pt[other], leptons.pt.size)

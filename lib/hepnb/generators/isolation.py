"""Which leptons stand alone, and are not jets."""

from typing import Final

import numpy as np

from hepnb.generators.delphes import Seen
from hepnb.generators.flat import MassiveJets, neighbours, sums
from hepnb.physics.candidates import Candidates, Flags, Floats, joined

RADIUS: Final = 0.5
MIN_PT: Final = 0.5  # [GeV], of what counts
MAX_ELECTRON: Final = 0.12  # relative to pt, as the next
MAX_MUON: Final = 0.25

JET_RADIUS: Final = 0.4

CENTRAL_ETA: Final = 2.5
FORWARD_ETA: Final = 4.0
_CELL: Final = 0.5  # in eta and, nearly, in phi
_PHI_CELLS: Final = 12


def density(flow: Candidates, *, events: int) -> tuple[Floats, Floats]:
    """Transverse momentum per area, where nothing happens: the median over cells of half a unit.

    Args:
        flow: everything that was seen, once.
        events: how many events there are.

    Returns:
        The density [GeV per unit of eta times phi] below `CENTRAL_ETA` and from there to `FORWARD_ETA`,
        ``(events,)`` each.
    """
    return _median(flow, 0.0, CENTRAL_ETA, events), _median(flow, CENTRAL_ETA, FORWARD_ETA, events)


def without_lepton_jets(seen: Seen) -> MassiveJets:
    """The jets but for those around an isolated electron or muon, which are nothing but that lepton.

    Isolation is that of Delphes's card for CMS (arXiv:1307.6346), less what the density of pile-up adds. A lepton
    that is not isolated belongs to its jet: the jet stays.
    """
    flow = seen.flow()
    flow = flow.taken(flow.pt > MIN_PT)
    background = density(flow, events=seen.events)[0] * np.pi * RADIUS**2
    alone = []
    for leptons, most in ((seen.electrons, MAX_ELECTRON), (seen.muons, MAX_MUON)):
        lepton, other = neighbours(leptons, flow, radius=RADIUS)
        around = sums(lepton, flow.pt[other], len(leptons)) - background[leptons.event]
        alone.append(leptons.taken(around / leptons.pt - 1 < most))  # its own track is around it, too
    jet, _ = neighbours(seen.jets, joined(*alone), radius=JET_RADIUS)
    kept: Flags = np.ones(seen.jets.pt.size, dtype=np.bool_)
    kept[jet] = False
    return seen.jets.taken(kept)


def _median(flow: Candidates, low: float, high: float, events: int) -> Floats:
    """Over both sides of the detector."""
    inside = flow.taken((np.abs(flow.eta) >= low) & (np.abs(flow.eta) < high))
    side_cells = round((high - low) / _CELL)
    ring = ((np.abs(inside.eta) - low) / _CELL).astype(np.int64) + side_cells * (inside.eta < 0)
    slice_ = ((inside.phi / (2 * np.pi) + 0.5) * _PHI_CELLS).astype(np.int64) % _PHI_CELLS
    cell = (inside.event * 2 * side_cells + ring) * _PHI_CELLS + slice_
    cells = 2 * side_cells * _PHI_CELLS
    content = sums(cell, inside.pt, events * cells).reshape(events, cells)
    return np.asarray(np.median(content, axis=1) / (_CELL * 2 * np.pi / _PHI_CELLS))

"""What is made of clusters of everything that was seen: jets, some of them taken for b-jets."""

from dataclasses import replace
from typing import Final

import numpy as np

from hepnb.generators import cms
from hepnb.generators.delphes import Seen, as_written
from hepnb.generators.flat import Flavoured, FourMomenta, MassiveJets, neighbours, pseudorapidity
from hepnb.generators.isolation import CENTRAL_ETA, JET_RADIUS, density, without_lepton_jets
from hepnb.physics.candidates import Candidates, Floats, Integers

MIN_PT: Final = 20.0  # [GeV]
AREA: Final = np.pi * JET_RADIUS**2
_LEAST_LEFT: Final = 1e-3


def no_jets() -> MassiveJets:
    """What there is before they are made."""
    empty, none = np.empty(0), np.empty(0, dtype=np.int64)
    return MassiveJets(none, empty, empty, empty, b_tagged=np.empty(0, dtype=np.bool_), mass=empty)


def with_jets(rng: np.random.Generator, seen: Seen, clusters: FourMomenta, heavy: Flavoured) -> Seen:
    """Events with their jets, see `make_jets`, but for those that are nothing but an isolated lepton."""
    whole = replace(seen, jets=make_jets(rng, seen, clusters, heavy))
    return replace(whole, jets=without_lepton_jets(whole))


def make_jets(rng: np.random.Generator, seen: Seen, clusters: FourMomenta, heavy: Flavoured) -> MassiveJets:
    """Jets, less what pile-up adds, with b-tags.

    Args:
        rng: source of the tags.
        seen: the events.
        clusters: of what was seen in them.
        heavy: their heavy quarks or hadrons; the heaviest within the jet's radius is its flavour.

    Returns:
        The jets, by falling pt in each event.
    """
    event, pt = clusters.event, np.hypot(clusters.px, clusters.py)
    eta = pseudorapidity(pt, clusters.pz)
    phi = np.arctan2(clusters.py, clusters.px)
    mass = np.sqrt(np.maximum(clusters.energy**2 - pt**2 - clusters.pz**2, 0.0))
    left = _share_left(pt, eta, event, density(seen.flow(), events=seen.events))
    untagged = np.zeros(event.size, dtype=np.bool_)
    jets = MassiveJets(event, as_written(pt * left), as_written(eta), as_written(phi), untagged, mass * left)
    jets = jets.taken(jets.pt > MIN_PT)
    tagged = rng.random(jets.pt.size) < cms.b_tag_efficiency(flavour(jets, heavy), jets.pt, jets.eta)
    jets = replace(jets, b_tagged=tagged)
    return jets.taken(np.lexsort((-jets.pt, jets.event)))


def flavour(jets: Candidates, heavy: Flavoured) -> Integers:
    """The heaviest quark of the hadrons within the radius of each jet, 0 where there is none."""
    heaviest = np.zeros(jets.pt.size, dtype=np.int64)
    jet, hadron = neighbours(jets, heavy, radius=JET_RADIUS)
    np.maximum.at(heaviest, jet, heavy.flavour[hadron])
    return heaviest


def _share_left(pt: Floats, eta: Floats, event: Integers, densities: tuple[Floats, Floats]) -> Floats:
    """Which share of a jet is its own, when each area has its share of the density taken away."""
    central, forward = densities
    added = AREA * np.where(np.abs(eta) < CENTRAL_ETA, central[event], forward[event])
    return np.maximum(1 - added / pt, _LEAST_LEFT)

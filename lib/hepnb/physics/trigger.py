"""Which events the single-lepton trigger keeps, and which lepton fired it (arXiv:1807.00083, section 2)."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hepnb.physics.candidates import (
    Candidates,
    Flags,
    Floats,
    IdentifiedLeptons,
    Integers,
    Kind,
    Surroundings,
    joined,
)
from hepnb.physics.conventions import Conventions
from hepnb.physics.isolation import CONE, MomentumMap

MIN_LEPTON_PT: Final = 23.0  # [GeV]
MAX_ISOLATION: Final = 0.45  # relative to the lepton's pT
MIN_TRACK_PT: Final = 0.5  # [GeV]
MIN_NEUTRAL_ET: Final = 1.0  # [GeV]; of photons, too


@dataclass(frozen=True)
class Leptons(Candidates):
    """Electrons and muons with their isolation.

    Attributes:
        charge: [e].
        is_electron: a muon otherwise.
        charged: momentum of other tracks in the cone, relative to the lepton's pT.
        photons: likewise of photons.
        neutral: likewise of neutral hadrons.
    """

    charge: Floats
    is_electron: Flags
    charged: Floats
    photons: Floats
    neutral: Floats


def above_thresholds(surroundings: Surroundings) -> Surroundings:
    """What is hard enough to count: tracks above 0.5 GeV, photons and neutral hadrons above 1 GeV."""
    return Surroundings(
        tracks=surroundings.tracks.taken(surroundings.tracks.pt > MIN_TRACK_PT),
        neutral_hadrons=surroundings.neutral_hadrons.taken(surroundings.neutral_hadrons.pt > MIN_NEUTRAL_ET),
        photons=surroundings.photons.taken(surroundings.photons.pt > MIN_NEUTRAL_ET),
    )


def triggering_leptons(
    electrons: IdentifiedLeptons, muons: IdentifiedLeptons, surroundings: Surroundings, *, conventions: Conventions
) -> Leptons:
    """The lepton of each event that passes the trigger.

    An event passes with an electron or muon of pT > 23 GeV whose isolation, the momentum of everything else within
    Delta R < 0.3 over its pT, is below 0.45. The one of highest pT counts.

    Args:
        electrons: all of them.
        muons: all of them.
        surroundings: what is `above_thresholds`; the leptons' own tracks are among them.
        conventions: which one counts, which events are dropped, how far a cone reaches.

    Returns:
        One lepton for each event that passes, in the order of the events.
    """
    isolated = _isolated(_hard(electrons, muons), surroundings, conventions)
    chosen = _first_of_each_event(
        isolated, _by_larger_eta(isolated) if conventions.lepton_of_larger_eta else _by_pt(isolated)
    )
    if conventions.every_kind_needed:
        present = [np.isin(chosen.event, kind.event) for kind in surroundings.kinds()]
        chosen = chosen.taken(np.logical_and.reduce(present))
    return chosen


def _hard(electrons: IdentifiedLeptons, muons: IdentifiedLeptons) -> Leptons:
    """Both, those above the threshold, event by event, electrons first; the isolation still to be found."""
    both = []
    for leptons, is_electron in ((electrons, True), (muons, False)):
        some = leptons.taken(leptons.pt > MIN_LEPTON_PT)
        flags, unknown = np.full(len(some), is_electron), np.full(len(some), np.nan)
        both.append(Leptons(some.event, some.pt, some.eta, some.phi, some.charge, flags, unknown, unknown, unknown))
    return joined(*both)


def _isolated(leptons: Leptons, surroundings: Surroundings, conventions: Conventions) -> Leptons:
    surroundings = _within_reach(surroundings, leptons)
    near = MomentumMap(surroundings, across_pi=not conventions.cones_cut_at_pi).around(leptons)
    charged, photons, neutral = near.charged / leptons.pt - 1, near.photons / leptons.pt, near.neutral / leptons.pt
    known = replace(leptons, charged=charged, photons=photons, neutral=neutral)
    return known.taken(charged + photons + neutral < MAX_ISOLATION)


def _within_reach(surroundings: Surroundings, leptons: Leptons) -> Surroundings:
    """What may be in the cone of a lepton, found sooner than a map of everything would be made."""
    some = [int(particles.event[-1]) for particles in (leptons, *surroundings.kinds()) if len(particles)]
    events = 1 + max(some, default=0)
    reach = 1.01 * CONE  # rounding included
    low, high = np.full(events, np.inf), np.full(events, -np.inf)
    np.fmin.at(low, leptons.event, leptons.eta - reach)
    np.fmax.at(high, leptons.event, leptons.eta + reach)

    def reached(kind: Kind) -> Kind:
        return kind.taken((kind.eta > low[kind.event]) & (kind.eta < high[kind.event]))

    return Surroundings(
        reached(surroundings.tracks), reached(surroundings.neutral_hadrons), reached(surroundings.photons)
    )


def _by_pt(leptons: Leptons) -> Integers:
    return np.lexsort((-leptons.pt, leptons.event))


def _by_larger_eta(leptons: Leptons) -> Integers:
    """Of each event the first electron and the first muon in file order, the one of larger eta first."""
    kind_and_event = leptons.event * 2 + leptons.is_electron
    first = np.unique(kind_and_event, return_index=True)[1]
    order = np.lexsort((leptons.is_electron[first], -leptons.eta[first], leptons.event[first]))
    return np.asarray(first[order])


def _first_of_each_event(leptons: Leptons, order: Integers) -> Leptons:
    ordered = leptons.taken(order)
    return ordered.taken(np.unique(ordered.event, return_index=True)[1])

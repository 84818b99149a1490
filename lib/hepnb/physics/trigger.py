"""Which events the single-lepton trigger keeps, and which lepton fired it (arXiv:1807.00083, section 2)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from hepnb.physics.candidates import Candidates, Floats, IdentifiedLeptons, Integers, Surroundings
from hepnb.physics.conventions import Conventions
from hepnb.physics.isolation import MomentumMap

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
    is_electron: npt.NDArray[np.bool_]
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
        kinds = (surroundings.tracks, surroundings.neutral_hadrons, surroundings.photons)
        chosen = chosen.taken(np.logical_and.reduce([np.isin(chosen.event, kind.event) for kind in kinds]))
    return chosen


def _hard(electrons: IdentifiedLeptons, muons: IdentifiedLeptons) -> Leptons:
    """Both, those above the threshold, event by event, electrons first; the isolation still to be found."""
    both = [leptons.taken(leptons.pt > MIN_LEPTON_PT) for leptons in (electrons, muons)]
    event, pt, eta, phi, charge = (
        np.concatenate([getattr(leptons, name) for leptons in both]) for name in ("event", "pt", "eta", "phi", "charge")
    )
    is_electron = np.repeat([True, False], [len(leptons) for leptons in both])
    unknown = np.full(len(event), np.nan)
    order = np.argsort(event, kind="stable")
    return Leptons(event, pt, eta, phi, charge, is_electron, unknown, unknown, unknown).taken(order)


def _isolated(leptons: Leptons, surroundings: Surroundings, conventions: Conventions) -> Leptons:
    near = MomentumMap(surroundings, across_pi=not conventions.cones_cut_at_pi).around(leptons)
    charged, photons, neutral = near.charged / leptons.pt - 1, near.photons / leptons.pt, near.neutral / leptons.pt
    known = Leptons(
        leptons.event,
        leptons.pt,
        leptons.eta,
        leptons.phi,
        leptons.charge,
        leptons.is_electron,
        charged,
        photons,
        neutral,
    )
    return known.taken(charged + photons + neutral < MAX_ISOLATION)


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

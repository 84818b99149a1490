"""The 14 high-level features of an event (arXiv:1807.00083, section 3)."""

from typing import Final

import numpy as np

from hepnb.physics.candidates import Floats, Jets
from hepnb.physics.conventions import Conventions
from hepnb.physics.trigger import Leptons

MIN_JET_PT: Final = 30.0  # [GeV]
MAX_JET_ETA: Final = 2.6


def high_level_features(
    leptons: Leptons, jets: Jets, *, met: Floats, met_phi: Floats, conventions: Conventions
) -> Floats:
    """Compute the features.

    Args:
        leptons: the one that fired the trigger in each event, ``(n_events,)``.
        jets: all of these events.
        met: missing transverse energy [GeV], ``(n_events,)``.
        met_phi: its azimuth [rad], ``(n_events,)``.
        conventions: whether ``MT`` is squared.

    Returns:
        The features in the order of `hepnb.events.HLF_NAMES`, ``(n_events, 14)``. Jets have pT > 30 GeV and
        abs(eta) < 2.6.
    """
    jets = jets.taken((jets.pt > MIN_JET_PT) & (np.abs(jets.eta) < MAX_JET_ETA))
    events = len(leptons)
    squared = 2 * met * leptons.pt * (1 - np.cos(leptons.phi - met_phi))
    return np.column_stack(
        [
            np.bincount(jets.event, jets.pt, minlength=events),
            met,
            met_phi,
            squared if conventions.squared_transverse_mass else np.sqrt(squared),
            np.bincount(jets.event, minlength=events),
            np.bincount(jets.event, jets.b_tagged, minlength=events),
            leptons.pt,
            leptons.eta,
            leptons.phi,
            leptons.charged,
            leptons.photons,
            leptons.neutral,
            leptons.charge,
            leptons.is_electron,
        ]
    )

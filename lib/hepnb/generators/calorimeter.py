"""What the calorimeters of a detector like CMS take for a signal.

Shares, thresholds and resolutions are Delphes's for CMS (arXiv:1307.6346).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from hepnb.generators import cms
from hepnb.physics.candidates import Floats, Integers

_DECAYING_NEUTRALS: Final = (310, 3122)  # K0S and Lambda
_NEUTRALS_IN_ECAL: Final = 0.3


def ecal_share(pid: Integers) -> Floats:
    """Which part of their energy particles leave in the first calorimeter, from their PDG numbers."""
    number = np.abs(pid)
    electromagnetic = np.isin(number, (cms.ELECTRON_ID, cms.PHOTON_ID))
    return np.where(electromagnetic, 1.0, np.where(np.isin(number, _DECAYING_NEUTRALS), _NEUTRALS_IN_ECAL, 0.0))


def hcal_share(pid: Integers) -> Floats:
    """The same for the second one: the rest, but for muons, which leave nothing anywhere."""
    return np.where(cms.is_muon(pid), 0.0, 1.0 - ecal_share(pid))


@dataclass(frozen=True)
class Calorimeter:
    """A cylinder of towers, all of one size, and what it makes of energies."""

    eta_width: float
    phi_cells: int
    share: Callable[[Integers], Floats]  # PDG numbers -> share of the energy that stays here
    resolution: Callable[[Floats, Floats], Floats]  # energy [GeV] and eta -> standard deviation [GeV]
    least_energy: float  # [GeV]
    least_significance: float  # energy in standard deviations

    def least(self, measured: Floats, eta: Floats) -> Floats:
        """Energy [GeV] that is taken for a signal, where so much [GeV] was measured."""
        return np.maximum(self.least_energy, self.least_significance * self.resolution(measured, eta))


ECAL: Final = Calorimeter(0.0174, 360, ecal_share, cms.ecal_resolution, least_energy=0.5, least_significance=2.0)
HCAL: Final = Calorimeter(0.087, 72, hcal_share, cms.hcal_resolution, least_energy=1.0, least_significance=2.0)
"""The towers are those of the barrel everywhere."""

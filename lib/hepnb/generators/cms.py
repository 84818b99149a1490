"""How well does a detector like CMS see a particle.

Efficiencies and resolutions are those of the card ``delphes_card_CMS.tcl`` of Delphes 3 (arXiv:1307.6346), whose
tracks are measured as well as CMS says in arXiv:1405.6569, and b-jets are found as arXiv:1211.4462 says.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hepnb.physics.candidates import Flags, Floats, Integers

ELECTRON_ID: Final = 11
MUON_ID: Final = 13
PHOTON_ID: Final = 22
CHARM: Final = 4
BEAUTY: Final = 5

TRACKER_ETA: Final = 2.5
BARREL_ETA: Final = 1.5

_TRACK_PT: Final = (0.1, 1.0, 100.0)  # [GeV], edges of the rows below
_TRACK_ETA: Final = (BARREL_ETA, TRACKER_ETA)  # edges of the columns
_TRACKING: Final = np.array(
    [
        [(0, 0, 0), (0.70, 0.60, 0), (0.95, 0.85, 0), (0.95, 0.85, 0)],  # hadrons
        [(0, 0, 0), (0.73, 0.50, 0), (0.95, 0.83, 0), (0.99, 0.90, 0)],  # electrons
        [(0, 0, 0), (0.75, 0.70, 0), (0.99, 0.98, 0), (0.99, 0.98, 0)],  # muons
    ]
)

_RESOLUTION_ETA: Final = (0.5, BARREL_ETA)
_SCATTERING: Final = np.array([(0.01, 0.015, 0.025), (0.03, 0.05, 0.15), (0.01, 0.015, 0.025)])
_SAGITTA: Final = np.array([(1.5e-4, 2.5e-4, 5.5e-4), (1.3e-3, 1.7e-3, 3.1e-3), (1.0e-4, 1.5e-4, 3.5e-4)])  # [1/GeV]

_LEPTON_PT: Final = 10.0  # [GeV]
_ELECTRON_ETA: Final = (BARREL_ETA, TRACKER_ETA)
_ELECTRON_FOUND: Final = np.array([0.95, 0.85, 0.0])
_MUON_ETA: Final = (BARREL_ETA, 2.4)
_MUON_FOUND: Final = np.array([0.95, 0.95, 0.0])


def tracking_efficiency(pid: Integers, pt: Floats, eta: Floats) -> Floats:
    """Share of the charged particles that leave a track, from their PDG numbers, pt [GeV] and eta."""
    return np.asarray(_TRACKING[_row(pid), np.searchsorted(_TRACK_PT, pt), np.searchsorted(_TRACK_ETA, np.abs(eta))])


def track_resolution(pid: Integers, pt: Floats, eta: Floats) -> Floats:
    """Standard deviation of a track's pt relative to pt, from PDG numbers, pt [GeV] and eta."""
    row, column = _row(pid), np.searchsorted(_RESOLUTION_ETA, np.abs(eta))
    return np.asarray(np.hypot(_SCATTERING[row, column], _SAGITTA[row, column] * pt))


def identification_efficiency(pid: Integers, pt: Floats, eta: Floats) -> Floats:
    """Share of the tracks of electrons and muons that are recognised as such; 0 for all else."""
    distance = np.abs(eta)
    electrons = _ELECTRON_FOUND[np.searchsorted(_ELECTRON_ETA, distance)]
    muons = _MUON_FOUND[np.searchsorted(_MUON_ETA, distance)]
    found = np.where(is_electron(pid), electrons, np.where(is_muon(pid), muons, 0.0))
    return np.where(pt > _LEPTON_PT, found, 0.0)


def ecal_resolution(energy: Floats, eta: Floats) -> Floats:
    """Standard deviation [GeV] of the energy [GeV] in a tower of the electromagnetic calorimeter."""
    distance = np.abs(eta)
    central = np.sqrt((0.008 * energy) ** 2 + 0.11**2 * energy + 0.40**2)
    forward = np.sqrt((0.107 * energy) ** 2 + 2.08**2 * energy)
    barrel, endcap = (1 + 0.64 * eta**2) * central, (2.16 + 5.6 * (distance - 2) ** 2) * central
    return np.where(distance <= BARREL_ETA, barrel, np.where(distance <= TRACKER_ETA, endcap, forward))


def hcal_resolution(energy: Floats, eta: Floats) -> Floats:
    """Standard deviation [GeV] of the energy [GeV] in a tower of the hadronic calorimeter."""
    central = np.sqrt((0.050 * energy) ** 2 + 1.50**2 * energy)
    forward = np.sqrt((0.130 * energy) ** 2 + 2.70**2 * energy)
    return np.where(np.abs(eta) <= 3.0, central, forward)


def b_tag_efficiency(flavour: Integers, pt: Floats, eta: Floats) -> Floats:
    """Share of the jets that are taken for b-jets.

    Args:
        flavour: the heaviest quark in each: `BEAUTY`, `CHARM`, or 0 for all others.
        pt: transverse momentum of each [GeV].
        eta: its pseudorapidity.
    """
    beauty = 0.85 * np.tanh(0.0025 * pt) * 25.0 / (1 + 0.063 * pt)
    charm = 0.25 * np.tanh(0.018 * pt) / (1 + 0.0013 * pt)
    light = 0.01 + 0.000038 * pt
    tagged = np.where(flavour == BEAUTY, beauty, np.where(flavour == CHARM, charm, light))
    return np.where(np.abs(eta) < TRACKER_ETA, tagged, 0.0)  # without tracks, no tag


def smeared(rng: np.random.Generator, values: Floats, deviations: Floats) -> Floats:
    """Positive values as they are measured: log-normal with this mean and this standard deviation."""
    width = np.sqrt(np.log1p((deviations / values) ** 2))
    return np.asarray(values * np.exp(width * rng.standard_normal(values.shape) - 0.5 * width**2))


def is_electron(pid: Integers) -> Flags:
    """Electrons and positrons."""
    return np.asarray(np.abs(pid) == ELECTRON_ID)


def is_muon(pid: Integers) -> Flags:
    """Muons of both charges."""
    return np.asarray(np.abs(pid) == MUON_ID)


def _row(pid: Integers) -> npt.NDArray[Any]:
    return np.where(is_electron(pid), 1, np.where(is_muon(pid), 2, 0))

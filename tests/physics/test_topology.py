from dataclasses import replace

import numpy as np
import pytest

from hepnb.events import HLF_NAMES
from hepnb.physics.conventions import HEPNB
from hepnb.physics.topology import high_level_features
from tests.physics.particles import jets, leptons

LEPTONS = leptons(
    (0, 50, 1.5, np.pi / 2, -1, 1, 0.1, 0.02, 0.05),
    (1, 40, -0.5, 0, 1, 0, 0, 0.2, 0),
)
JETS = jets(
    (0, 100, 2.5, 0, 1),
    (0, 31, -2.5, 1, 0),
    (0, 30, 0, 2, 1),  # not above 30 GeV
    (0, 500, 2.6, 2, 1),  # not within 2.6
    (0, 45, 0, 2, 2),
)
EXPECTED = {
    "HT": (176, 0),
    "MET": (20, 90),
    "phiMET": (-np.pi / 2, 0),
    "MT": (np.sqrt(2 * 20 * 50 * 2), 0),  # back to back: 1 - cos = 2; and parallel: 0
    "nJets": (3, 0),
    "nBjets": (2, 0),
    "LepPt": (50, 40),
    "LepEta": (1.5, -0.5),
    "LepPhi": (np.pi / 2, 0),
    "LepIsoCh": (0.1, 0),
    "LepIsoGamma": (0.02, 0.2),
    "LepIsoNeu": (0.05, 0),
    "LepCharge": (-1, 1),
    "LepIsEle": (1, 0),
}


def found(**switches: bool) -> np.ndarray:
    met, met_phi = np.array([20.0, 90.0]), np.array([-np.pi / 2, 0.0])
    return high_level_features(LEPTONS, JETS, met=met, met_phi=met_phi, conventions=replace(HEPNB, **switches))


def test_there_are_the_14_features_of_the_paper_in_its_order():
    assert len(HLF_NAMES) == 14
    assert tuple(EXPECTED) == HLF_NAMES


@pytest.mark.parametrize("name", HLF_NAMES)
def test_a_feature_is_what_one_finds_by_hand(name: str):
    assert found()[:, HLF_NAMES.index(name)] == pytest.approx(EXPECTED[name])


def test_the_published_transverse_mass_is_squared():
    assert found(squared_transverse_mass=True)[:, HLF_NAMES.index("MT")] == pytest.approx([4000, 0])


def test_a_lepton_and_a_neutrino_at_right_angles_have_root_two_of_their_mean_momentum():
    """MT² = 2 · 30 · 30 · (1 - 0)."""
    features = high_level_features(
        leptons((0, 30, 0, 0, 1, 1, 0, 0, 0)),
        jets(),
        met=np.array([30.0]),
        met_phi=np.array([np.pi / 2]),
        conventions=HEPNB,
    )
    assert features[0, HLF_NAMES.index("MT")] == pytest.approx(30 * np.sqrt(2))

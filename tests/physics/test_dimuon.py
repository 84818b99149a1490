"""Do the cuts stand where the papers put them, and are the particles the PDG's."""

from dataclasses import FrozenInstanceError
from math import inf, nextafter

import awkward as ak
import numpy as np
import pytest

from hepnb.physics import dimuon
from hepnb.physics.dimuon import Resonance, is_leading, is_loose

RESONANCES = [value for value in vars(dimuon).values() if isinstance(value, Resonance)]


@pytest.mark.parametrize(
    ("pt", "eta", "isolation", "is_global", "expected"),
    [
        (10.001, 2.399, 0.499, True, True),
        (10.001, -2.399, 0.499, True, True),
        (nextafter(10.0, inf), nextafter(2.4, 0.0), nextafter(0.5, 0.0), True, True),
        (10.0, 0.0, 0.0, True, False),
        (50.0, 2.4, 0.0, True, False),
        (50.0, -2.4, 0.0, True, False),
        (50.0, 0.0, 0.5, True, False),
        (50.0, 0.0, 0.0, False, False),
        (50.0, 0.0, 0.0, True, True),
    ],
)
def test_a_loose_muon_is_global_above_10_gev_within_eta_2_4_and_isolation_0_5(pt, eta, isolation, is_global, expected):
    assert bool(is_loose(pt, eta, isolation, is_global)) is expected


@pytest.mark.parametrize(
    ("pt", "eta", "isolation", "expected"),
    [
        (25.001, 2.099, 0.119, True),
        (25.001, -2.099, 0.119, True),
        (nextafter(25.0, inf), nextafter(2.1, 0.0), nextafter(0.12, 0.0), True),
        (25.0, 0.0, 0.0, False),
        (50.0, 2.1, 0.0, False),
        (50.0, -2.1, 0.0, False),
        (50.0, 0.0, 0.12, False),
        (50.0, 0.0, 0.0, True),
    ],
)
def test_a_leading_muon_is_above_25_gev_within_eta_2_1_and_isolation_0_12(pt, eta, isolation, expected):
    assert bool(is_leading(pt, eta, isolation)) is expected


def test_cuts_on_numpy_arrays_give_booleans_of_their_shape():
    pt = np.array([[9.0, 11.0], [24.0, 26.0]], dtype=np.float32)
    flags = np.ones((2, 2), dtype=np.bool_)
    np.testing.assert_array_equal(is_loose(pt, pt * 0, pt * 0, flags), [[False, True], [True, True]])
    np.testing.assert_array_equal(is_leading(pt, pt * 0, pt * 0), [[False, False], [False, True]])


def test_cuts_on_jagged_arrays_keep_the_events_apart():
    pt = ak.Array([[9.0, 11.0], [], [26.0]])
    assert is_loose(pt, pt * 0, pt * 0, pt > 0).to_list() == [[False, True], [], [True]]
    assert is_leading(pt, pt * 0, pt * 0).to_list() == [[False, False], [], [True]]


def test_a_muon_whose_isolation_is_not_a_number_is_not_loose():
    assert not is_loose(50.0, 0.0, np.float32("nan"), True)


@pytest.mark.parametrize(
    ("pdg_id", "mass"),
    [
        (221, 0.5479),
        (113, 0.7753),
        (223, 0.7827),
        (333, 1.0195),
        (443, 3.0969),
        (100443, 3.6861),
        (553, 9.4604),
        (100553, 10.0234),
        (200553, 10.3551),
        (23, 91.188),
    ],
)
def test_the_table_has_the_masses_of_the_pdg(pdg_id, mass):
    (found,) = (resonance for resonance in RESONANCES if resonance.pdg_id == pdg_id)
    assert found.mass == pytest.approx(mass, abs=5e-5)


def test_the_table_has_ten_particles():
    assert len(RESONANCES) == 10


def test_the_psi_2s_is_589_mev_above_the_j_psi():
    assert dimuon.PSI_2S.mass - dimuon.JPSI.mass == pytest.approx(0.5892, abs=1e-4)


@pytest.mark.parametrize("resonance", RESONANCES, ids=lambda resonance: resonance.symbol)
def test_every_particle_can_decay_to_two_muons_inside_the_histogram(resonance):
    low, high = dimuon.SPECTRUM_RANGE
    assert 2 * dimuon.MUON_MASS < low < resonance.mass - resonance.width
    assert resonance.mass + resonance.width < high


def test_only_the_rho_and_the_z_are_wider_than_10_mev():
    assert {resonance for resonance in RESONANCES if resonance.width > 0.010} == {dimuon.RHO, dimuon.Z}


def test_a_bin_of_the_tutorial_is_10_mev_wide():
    low, high = dimuon.SPECTRUM_RANGE
    assert (high - low) / dimuon.SPECTRUM_BINS == pytest.approx(0.010, rel=1e-3)


def test_a_particle_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        dimuon.Z.mass = 90.0

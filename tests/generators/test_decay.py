"""Is a decay to two muons what mechanics says."""

from math import pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.generators.decay import two_body_decay, unequal_decay
from hepnb.physics.dimuon import MUON_MASS, Z

DECAYS = 100_000


def _four_momenta(pt, eta, phi):
    """Energy, px, py and pz [GeV] of muons, (4, ...)."""
    p = pt * np.cosh(eta)
    return np.stack([np.hypot(p, MUON_MASS), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])


def _decays(mass, *, pt, rapidity, seed=1, number=DECAYS):
    one = np.ones(number)
    return two_body_decay(np.random.default_rng(seed), mass * one, pt=pt * one, rapidity=rapidity * one)


@given(st.floats(0.25, 300.0), st.floats(0.1, 200.0), st.floats(-3.0, 3.0), st.integers(0, 1000))
def test_the_muons_carry_energy_and_momentum_of_the_parent(mass, pt, rapidity, seed):
    energy, px, py, pz = _four_momenta(*_decays(mass, pt=pt, rapidity=rapidity, seed=seed, number=20)).sum(axis=2)
    transverse_mass = np.hypot(mass, pt)
    np.testing.assert_allclose(np.hypot(px, py), pt, rtol=1e-6)
    np.testing.assert_allclose(energy, transverse_mass * np.cosh(rapidity), rtol=1e-9)
    np.testing.assert_allclose(pz, transverse_mass * np.sinh(rapidity), rtol=1e-9, atol=1e-9 * transverse_mass)


def test_a_parent_at_rest_gives_back_to_back_muons_of_half_its_mass():
    pt, eta, phi = _decays(Z.mass, pt=0.0, rapidity=0.0)
    momentum = sqrt((Z.mass / 2) ** 2 - MUON_MASS**2)
    np.testing.assert_allclose(pt * np.cosh(eta), momentum, rtol=1e-9)
    np.testing.assert_allclose(eta[:, 0], -eta[:, 1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.abs(phi[:, 0] - phi[:, 1]), pi, rtol=1e-9)


def test_a_parent_just_heavy_enough_shares_its_momentum_equally():
    pt, eta, _ = _decays(2 * MUON_MASS, pt=8.0, rapidity=0.0)
    np.testing.assert_allclose(pt, 4.0, rtol=1e-12)
    np.testing.assert_allclose(eta, 0.0, atol=1e-12)


def test_the_azimuth_lies_between_minus_pi_and_pi():
    _, _, phi = _decays(3.1, pt=5.0, rapidity=1.0)
    assert -pi <= phi.min() < -3.14
    assert 3.14 < phi.max() <= pi


def test_parents_fly_into_every_azimuth_alike():
    pt, eta, phi = _decays(3.1, pt=5.0, rapidity=1.0)
    _, px, py, _ = _four_momenta(pt, eta, phi).sum(axis=2)
    _assert_flat(np.arctan2(py, px) / pi)


def test_a_parent_at_rest_decays_into_every_direction_alike():
    _, eta, phi = _decays(3.1, pt=0.0, rapidity=0.0)
    _assert_flat(np.tanh(eta[:, 0]))
    _assert_flat(phi[:, 0] / pi)


def test_the_energy_of_a_muon_of_a_moving_parent_is_spread_evenly():
    # What an isotropic decay looks like in flight: E = E_parent/2 + p_parent·(p*/m)·cos(theta*).
    mass, pt, rapidity = 3.1, 20.0, 1.5
    energy = _four_momenta(*_decays(mass, pt=pt, rapidity=rapidity))[0, :, 0]
    parent_energy = np.hypot(mass, pt) * np.cosh(rapidity)
    parent_momentum = sqrt(parent_energy**2 - mass**2)
    at_rest = sqrt((mass / 2) ** 2 - MUON_MASS**2)
    _assert_flat((energy - parent_energy / 2) / (parent_momentum * at_rest / mass))


def _assert_flat(values):
    """Values between -1 and 1, as many in each twentieth as chance allows."""
    assert np.abs(values).max() <= 1 + 1e-9
    counts, _ = np.histogram(values, bins=20, range=(-1, 1))
    expected = values.size / 20
    # Chi-squared of 19 degrees of freedom exceeds 60 once in 300,000 samples.
    assert ((counts - expected) ** 2 / expected).sum() < 60


def test_no_parents_give_no_muons():
    empty = np.empty(0)
    pt, eta, phi = two_body_decay(np.random.default_rng(1), empty, pt=empty, rapidity=empty)
    assert pt.shape == eta.shape == phi.shape == (0, 2)


def test_each_parent_keeps_its_place():
    mass = np.array([1.0, 10.0, 100.0])
    muons = _four_momenta(*two_body_decay(np.random.default_rng(1), mass, pt=mass, rapidity=0 * mass))
    energy, *momentum = muons.sum(axis=2)
    np.testing.assert_allclose(energy**2 - sum(p * p for p in momentum), mass**2, rtol=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_seed_decides(seed):
    first, again = (np.stack(_decays(3.1, pt=5.0, rapidity=1.0, seed=seed, number=10)) for _ in range(2))
    other = np.stack(_decays(3.1, pt=5.0, rapidity=1.0, seed=seed + 1, number=10))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


@given(st.floats(90.0, 300.0), st.floats(0.0, 80.0), st.floats(0.0, 10.0), st.integers(0, 1000))
def test_an_unequal_decay_keeps_energy_and_momentum(mass, first_mass, second_mass, seed):
    rng = np.random.default_rng(seed)
    parent, masses = rng.normal(0.0, 100.0, (20, 3)), np.full(20, mass)
    first, second = unequal_decay(rng, parent, mass=masses, daughter_masses=(first_mass, second_mass))
    np.testing.assert_allclose(first + second, parent, atol=1e-9)
    energies = [
        np.sqrt(one**2 + (momentum**2).sum(axis=1))
        for one, momentum in ((mass, parent), (first_mass, first), (second_mass, second))
    ]
    np.testing.assert_allclose(energies[1] + energies[2], energies[0], rtol=1e-9)


def test_a_top_quark_at_rest_gives_its_w_boson_68_gev():
    # p = (mt² - mW²)/(2 mt) where the bottom quark weighs nothing: (172.7² - 80.4²)/345.4 = 67.63.
    at_rest, masses = np.zeros((5, 3)), np.full(5, 172.7)
    boson, _ = unequal_decay(np.random.default_rng(1), at_rest, mass=masses, daughter_masses=(80.4, 0.0))
    np.testing.assert_allclose(np.linalg.norm(boson, axis=1), (172.7**2 - 80.4**2) / 345.4, rtol=1e-9)

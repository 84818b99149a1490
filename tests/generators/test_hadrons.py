"""Do hadrons carry what their partons had."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.generators.beams import SPOT, UNDERLYING, crossings
from hepnb.generators.cms import BEAUTY
from hepnb.generators.flat import Flavoured, sums
from hepnb.generators.hadrons import SOFT_PER_COLLISION, fragmented, particles_of, soft
from hepnb.generators.hard import Bare
from hepnb.physics.candidates import wrapped


def parton(pt: float, eta: float = 1.0, phi: float = 3.0, flavour: int = 0, number: int = 1) -> Flavoured:
    one = np.ones(number)
    return Flavoured(np.arange(number), pt * one, eta * one, phi * one, np.full(number, flavour))


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.floats(1.0, 1000.0), st.floats(-4, 4), st.floats(-3.1, 3.1), st.integers(0, 99))
def test_hadrons_share_the_momentum_of_their_parton_and_stay_near_it(pt, eta, phi, seed):
    jet = fragmented(rng(seed), parton(pt, eta, phi))
    assert jet.pt.sum() == pytest.approx(pt)
    assert np.hypot(jet.eta - eta, wrapped(jet.phi - phi)).max() <= 0.45 + 1e-9


def test_harder_partons_make_more_hadrons():
    few, many = (fragmented(rng(), parton(pt, number=500)).pt.size for pt in (10.0, 100.0))
    assert many > 1.5 * few


def test_charges_belong_to_the_kinds_and_add_up_to_nothing_on_average():
    jet = fragmented(rng(), parton(50.0, number=2000))
    assert set(zip(jet.pid.tolist(), jet.charge.tolist(), strict=True)) == {
        (211, 1),
        (-211, -1),
        (321, 1),
        (-321, -1),
        (2212, 1),
        (-2212, -1),
        (22, 0),
        (130, 0),
        (2112, 0),
    }
    assert abs(jet.charge.mean()) < 0.02
    assert (jet.charge != 0).mean() == pytest.approx(0.6, abs=0.02)


def test_hadrons_of_bottom_quarks_begin_where_the_first_hadron_decayed():
    light, heavy = (fragmented(rng(), parton(50.0, 0.0, 0.0, flavour, number=500)) for flavour in (0, BEAUTY))
    assert not light.x.any()
    away = heavy.x > 0
    assert away.mean() == pytest.approx(0.5, abs=0.05)
    assert heavy.x[away].mean() == pytest.approx(4.5, rel=0.2)  # 0.09 mm/GeV · 50 GeV


def test_leptons_keep_their_direction_and_have_the_charge_of_their_kind():
    leptons = Bare(np.array([0, 1]), np.array([30.0, 40.0]), np.zeros(2), np.ones(2), np.array([11, -13]))
    particles = particles_of(leptons)
    assert particles.charge.tolist() == [-1, 1]
    assert particles.energy.tolist() == [30.0, 40.0]


def test_soft_collisions_have_as_many_particles_as_the_module_says():
    event, z = np.arange(3000) // 3, np.linspace(-100, 100, 3000)
    rain = soft(rng(), event, z)
    # Gamma of shape 2: the number of one collision scatters by 1/sqrt(2).
    assert rain.pt.size / 3000 == pytest.approx(SOFT_PER_COLLISION, rel=5 / np.sqrt(2 * 3000))
    assert np.all(np.diff(rain.event) >= 0)
    assert set(rain.z.tolist()) <= set(z.tolist())
    np.testing.assert_allclose(sums((rain.phi > 0).astype(int), rain.pt, 2) / rain.pt.sum(), 0.5, atol=0.01)


@pytest.mark.parametrize("pileup", [0.0, 6.0])
def test_a_crossing_has_as_many_collisions_as_it_should(pileup):
    hard, event, z = crossings(rng(), 4000, pileup=pileup)
    counts = np.bincount(event, minlength=4000) - UNDERLYING
    assert counts.mean() == pytest.approx(pileup, abs=5 * np.sqrt(pileup / 4000))
    assert counts.var() == pytest.approx(pileup, rel=0.15)
    assert ((z == hard[event]).sum()) == 4000 * UNDERLYING
    assert z.std() == pytest.approx(SPOT, rel=0.05)

"""Do hard collisions send out what their class is known for."""

import numpy as np
import pytest

from hepnb.events import Process
from hepnb.generators.cms import BEAUTY, CHARM
from hepnb.generators.flat import vector_sum
from hepnb.generators.hard import LEPTONIC, collide

EVENTS = 20_000


def hard(process: Process, seed: int = 1):
    return collide(np.random.default_rng(seed), process, EVENTS)


@pytest.mark.parametrize("process", [Process.QCD, Process.WJETS])
def test_one_lepton_comes_out_of_every_collision(process):
    np.testing.assert_array_equal(hard(process).leptons.event, np.arange(EVENTS))


def test_top_quarks_give_one_lepton_or_two():
    counts = np.bincount(hard(Process.TTBAR).leptons.event, minlength=EVENTS)
    assert set(counts.tolist()) == {1, 2}
    # Of two bosons, both give a lepton in p² cases and one does in 2p(1-p).
    assert (counts == 2).mean() == pytest.approx(LEPTONIC / (2 - LEPTONIC), abs=0.01)


def test_top_quarks_give_two_bottom_quarks_and_two_more_for_each_boson_without_a_lepton():
    collisions = hard(Process.TTBAR)
    bottoms = np.bincount(collisions.partons.event[collisions.partons.flavour == BEAUTY], minlength=EVENTS)
    partons = np.bincount(collisions.partons.event, minlength=EVENTS)
    leptons = np.bincount(collisions.leptons.event, minlength=EVENTS)
    assert bottoms.min() == 2
    assert (partons >= 2 + 2 * (2 - leptons)).all()


def test_qcd_has_two_heavy_quarks_back_to_back():
    partons = hard(Process.QCD).partons
    assert np.isin(partons.flavour, (0, CHARM, BEAUTY)).all()
    assert np.bincount(partons.event[partons.flavour > 0], minlength=EVENTS).min() == 2


def test_the_lepton_of_qcd_flies_along_a_heavy_quark():
    collisions = hard(Process.QCD)
    heavy = collisions.partons.taken(collisions.partons.flavour > 0)
    nearest = np.full(EVENTS, np.inf)
    lepton = collisions.leptons
    distance = np.hypot(
        heavy.eta - lepton.eta[heavy.event], np.angle(np.exp(1j * (heavy.phi - lepton.phi[heavy.event])))
    )
    np.minimum.at(nearest, heavy.event, distance)
    assert np.quantile(nearest[lepton.pt > 20], 0.99) < 0.2


def test_what_is_not_seen_of_a_w_boson_is_its_neutrino():
    collisions = hard(Process.WJETS)
    px, py = vector_sum((collisions.partons, collisions.leptons), events=EVENTS)
    lepton = collisions.leptons
    missing = np.hypot(px, py)
    turn = np.arctan2(-py, -px) - lepton.phi
    transverse_mass = np.sqrt(2 * lepton.pt * missing * (1 - np.cos(turn)))
    counts, edges = np.histogram(transverse_mass, bins=30, range=(0, 120))
    # The Jacobian peak of M_T stands at the mass of the boson, and hardly anything lies above.
    assert 72 <= edges[counts.argmax()] <= 80
    assert (transverse_mass > 90).mean() < 0.05


def test_more_w_bosons_are_positive_because_protons_are():
    assert (hard(Process.WJETS).leptons.pid < 0).mean() == pytest.approx(0.58, abs=0.02)


@pytest.mark.parametrize("process", Process)
def test_electrons_and_muons_are_equally_frequent(process):
    assert (np.abs(hard(process).leptons.pid) == 11).mean() == pytest.approx(0.5, abs=0.02)

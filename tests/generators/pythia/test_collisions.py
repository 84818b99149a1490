"""Is what Pythia makes read as it is meant."""

import numpy as np
import pytest

from hepnb.events import Process
from hepnb.generators.pythia.collisions import SETTINGS, collide, collisions, heavy_flavour, start, visible

pytest.importorskip("pythia8mc", reason="it has no wheels for this platform")


@pytest.mark.parametrize(
    ("pid", "flavour"),
    [
        (511, 5),
        (-521, 5),
        (5122, 5),
        (421, 4),
        (-4122, 4),
        (443, 4),
        (553, 5),
        (211, 0),
        (3122, 0),
        (5, 0),
        (100_553, 0),
    ],
)
def test_the_heaviest_quark_is_read_from_the_number_of_a_hadron(pid, flavour):
    assert heavy_flavour(np.array([pid])).tolist() == [flavour]


@pytest.mark.parametrize(
    ("status", "pid", "pt", "eta", "seen"),
    [
        (1, 211, 1.0, 0.0, True),
        (-1, 211, 1.0, 0.0, False),
        (1, -14, 1.0, 0.0, False),
        (1, 22, 0.1, 0.0, False),
        (1, 22, 1.0, -5.1, False),
    ],
)
def test_only_stable_particles_inside_the_detector_are_visible(status, pid, pt, eta, seen):
    one = visible(*(np.array([value]) for value in (status, pid, pt, eta)))
    assert one.tolist() == [seen]


def test_charges_are_those_of_pythia():
    pythia = start(SETTINGS[Process.WJETS], seed=1)
    pids = np.array([211, -211, 11, -13, 22, 2212, 130])
    size, one = pids.size, np.ones(pids.size)
    found = collisions(
        1, np.zeros(size, dtype=int), one.astype(int), pids, [one, one, one, 9 * one], [one] * 3, pythia.particleData
    )
    assert found.particles.charge.tolist() == [1, -1, -1, 1, 0, 1, 0]
    assert found.particles.pt == pytest.approx(np.sqrt(2))
    assert found.particles.phi == pytest.approx(np.pi / 4)


def test_momentum_is_balanced_but_for_what_nobody_sees():
    found = next(collide(start(("HardQCD:gg2gg = on", "PhaseSpace:pTHatMin = 100."), seed=1), chunk=20))
    particles = found.particles
    px = np.bincount(particles.event, particles.pt * np.cos(particles.phi), minlength=20)
    assert np.median(np.abs(px)) < 20  # of jets beyond 100 GeV


def test_one_seed_gives_the_same_collisions():
    pts = [next(collide(start(SETTINGS[Process.TTBAR], seed=seed), chunk=5)).particles.pt for seed in (1, 1, 2)]
    np.testing.assert_array_equal(pts[0], pts[1])
    assert pts[2].size != pts[0].size or (pts[2] != pts[0]).any()


def test_top_quarks_leave_bottom_hadrons():
    found = next(collide(start(SETTINGS[Process.TTBAR], seed=1), chunk=50))
    assert np.isin(np.arange(50), found.heavy.event[found.heavy.flavour == 5]).mean() > 0.95

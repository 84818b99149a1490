"""Do collisions decay until they have the lepton that is asked for."""

import numpy as np
import pytest

from hepnb.events import Process
from hepnb.generators.pythia import redecay
from hepnb.generators.pythia.collisions import LEPTON_ETA, LEPTON_PT, SETTINGS, start
from hepnb.generators.pythia.redecay import MOST_AROUND, collide_until_lepton
from hepnb.physics.candidates import wrapped
from hepnb.physics.isolation import CONE

pytest.importorskip("pythia8mc", reason="it has no wheels for this platform")


@pytest.fixture(scope="module")
def found():
    return next(collide_until_lepton(start(SETTINGS[Process.QCD], seed=1), chunk=25))


def test_each_collision_has_a_hard_lepton_with_little_around_it(found):
    particles = found.particles
    for event in range(25):
        own = particles.taken(particles.event == event)
        around = []
        for number, least in LEPTON_PT.items():
            hard = (np.abs(own.pid) == number) & (own.pt > least) & (np.abs(own.eta) < LEPTON_ETA)
            for place in np.flatnonzero(hard):
                near = np.hypot(own.eta - own.eta[place], wrapped(own.phi - own.phi[place])) < CONE
                around.append(own.pt[near].sum() / own.pt[place] - 1)
        assert min(around) < MOST_AROUND


def test_the_lepton_comes_from_a_heavy_hadron(found):
    assert np.isin(np.arange(25), found.heavy.event).all()
    assert set(np.unique(found.heavy.flavour)) <= {4, 5}


def test_no_particle_is_there_twice(found):
    particles = found.particles
    rows = set(zip(particles.event.tolist(), particles.pt.tolist(), particles.phi.tolist(), strict=True))
    assert len(rows) == particles.pt.size


def test_energy_is_kept_however_often_hadrons_decayed():
    # A decay that had been left in the event would be counted beside the one that pleased.
    pythia = start(SETTINGS[Process.QCD], seed=2)
    for _ in range(15):
        status, _, _, _, _, energy, *_ = redecay._next(pythia).T
        assert energy[status > 0].sum() == pytest.approx(13_000, abs=1)


def test_hadrons_decay_again_and_again_so_that_few_collisions_are_needed():
    class Counting:
        collisions = 0

        def __init__(self, pythia):
            self._pythia = pythia

        def next(self):
            self.collisions += 1
            return self._pythia.next()

        def __getattr__(self, name):
            return getattr(self._pythia, name)

    counting = Counting(start(SETTINGS[Process.QCD], seed=3))
    next(collide_until_lepton(counting, chunk=20))
    # With one decay each it would be a hundred for every lepton, with thirty it is seven.
    assert counting.collisions < 20 * 20

"""Is pile-up drawn from the pool as it is, turned and moved."""

import numpy as np
import pytest

from hepnb.generators.beams import UNDERLYING
from hepnb.generators.flat import Particles
from hepnb.generators.pythia.pileup import Pool, make_pool, overlaid
from hepnb.physics.candidates import wrapped


def particles(*pts: float) -> Particles:
    """All in one direction, beginning 1 mm off the beam to two sides and 10 mm behind the collision."""
    pt = np.array(pts)
    zero, one = np.zeros(pt.size), np.ones(pt.size)
    number = np.full(pt.size, 211)
    return Particles(zero.astype(np.int64), pt, one, zero, pt, number, np.sign(number), x=one, y=one, z=10 * one)


POOL = Pool(particles(1.0, 2.0, 3.0), first=np.array([0, 2]), counts=np.array([2, 1]))


def laid_over(*, events: int, pileup: float, seed: int = 1) -> Particles:
    hard = particles(100.0)
    return overlaid(np.random.default_rng(seed), hard, POOL, events=events, pileup=pileup)


def test_each_event_has_the_underlying_collisions_and_poissonian_others():
    all_particles = laid_over(events=3000, pileup=6.0)
    soft = all_particles.taken(all_particles.pt < 50)
    # A collision of the pool is one or two particles: 1.5 on average.
    counts = np.bincount(soft.event, minlength=3000) / 1.5
    assert counts.mean() == pytest.approx(UNDERLYING + 6.0, abs=0.15)


def test_particles_of_a_collision_stay_together_and_turn_about_the_beam():
    soft = laid_over(events=1, pileup=50.0)
    soft = soft.taken(np.arange(1, len(soft)))
    first, second = soft.taken(soft.pt == 1.0), soft.taken(soft.pt == 2.0)
    np.testing.assert_array_equal(first.phi, second.phi)
    np.testing.assert_array_equal(first.z, second.z)
    np.testing.assert_allclose(np.hypot(soft.x, soft.y), np.sqrt(2))
    np.testing.assert_allclose(wrapped(np.arctan2(soft.y, soft.x) - soft.phi), np.pi / 4)
    assert set(np.sign(soft.eta)) == {-1.0, 1.0}


def test_mirrored_collisions_are_mirrored_altogether():
    soft = laid_over(events=1, pileup=0.0)
    place = soft.z[soft.pt == 100.0] - 10
    rest = soft.taken(soft.pt < 50)
    np.testing.assert_allclose(rest.z - place, 10 * np.sign(rest.eta))


def test_the_pool_has_its_particles_by_collision():
    pytest.importorskip("pythia8mc", reason="it has no wheels for this platform")
    pool = make_pool(1)
    assert pool.counts.sum() == pool.particles.pt.size
    assert pool.counts.size == 1500
    np.testing.assert_array_equal(pool.particles.event, np.repeat(np.arange(1500), pool.counts))
    # CMS counts 5.5 charged hadrons per unit of eta in inelastic collisions (arXiv:1507.05915); these are the busier
    # ones among them, as none is diffractive.
    central = (np.abs(pool.particles.eta) < 0.5) & (pool.particles.charge != 0)
    assert 5.5 < central.sum() / 1500 < 8.5
    assert make_pool(1) is pool

"""What soft collisions add to a hard one: the underlying event, and pile-up."""

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Final

import numpy as np

from hepnb.generators.beams import crossings
from hepnb.generators.flat import Particles
from hepnb.generators.pythia.collisions import MINIMUM_BIAS, collide, start
from hepnb.physics.candidates import Integers, joined, spans, wrapped

_POOL: Final = 1500  # collisions
_CHUNK: Final = 250


@dataclass(frozen=True)
class Pool:
    """Soft collisions to draw from."""

    particles: Particles
    first: Integers  # place of each collision's first particle
    counts: Integers


@lru_cache(maxsize=2)
def make_pool(seed: int) -> Pool:
    """Soft collisions, as many as it takes for no two events to look alike: each is turned and mirrored when drawn.

    Raises:
        MissingPackageError: there is no Pythia.
    """
    chunks = collide(start(MINIMUM_BIAS, seed=seed), chunk=_CHUNK)
    parts = [next(chunks).particles for _ in range(_POOL // _CHUNK)]
    columns = {
        column.name: np.concatenate([getattr(part, column.name) for part in parts])
        for column in fields(Particles)
        if column.name != "event"
    }
    event = np.concatenate([part.event + number * _CHUNK for number, part in enumerate(parts)])
    counts = np.bincount(event, minlength=_POOL)
    return Pool(Particles(event=event, **columns), np.cumsum(counts) - counts, counts)


def overlaid(rng: np.random.Generator, particles: Particles, pool: Pool, *, events: int, pileup: float) -> Particles:
    """Particles of hard collisions and of the soft ones around them.

    Args:
        rng: source of randomness.
        particles: of the hard collisions, which begin at 0.
        pool: soft collisions.
        events: how many hard collisions there are.
        pileup: mean number of soft collisions at other places along the beam.

    Returns:
        All particles, moved to the places of `hepnb.generators.beams.crossings`.
    """
    place, hard, z = crossings(rng, events, pileup=pileup)
    drawn = rng.integers(pool.counts.size, size=hard.size)
    turn = rng.uniform(-np.pi, np.pi, hard.size)
    mirror = rng.choice([-1.0, 1.0], hard.size)

    counts = pool.counts[drawn]
    soft = pool.particles.taken(spans(pool.first[drawn], counts))
    turn, mirror, z = (np.repeat(values, counts) for values in (turn, mirror, z))
    moved = Particles(
        event=np.repeat(hard, counts),
        pt=soft.pt,
        eta=mirror * soft.eta,
        phi=wrapped(soft.phi + turn),
        energy=soft.energy,
        pid=soft.pid,
        charge=soft.charge,
        x=np.cos(turn) * soft.x - np.sin(turn) * soft.y,
        y=np.sin(turn) * soft.x + np.cos(turn) * soft.y,
        z=mirror * soft.z + z,
    )
    return joined(replace(particles, z=particles.z + place[particles.event]), moved)

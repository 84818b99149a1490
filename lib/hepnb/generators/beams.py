"""How many protons collide when two bunches cross, and where."""

from typing import Final

import numpy as np

from hepnb.physics.candidates import Floats, Integers

UNDERLYING: Final = 2
"""Soft collisions that stand for the underlying event of a hard one, about twice as busy as one of them."""

SPOT: Final = 53.0  # [mm], standard deviation of the vertices along the beam, as in Delphes's card with pile-up


def crossings(rng: np.random.Generator, events: int, *, pileup: float) -> tuple[Floats, Integers, Floats]:
    """Places of collisions along the beam.

    Args:
        rng: source of randomness.
        events: how many crossings, each with one hard collision.
        pileup: mean number of soft collisions at other places.

    Returns:
        Where the hard collisions are [mm], ``(events,)``; and event and place [mm] of each soft one, of which
        `UNDERLYING` are where the hard one is.
    """
    hard = rng.normal(0.0, SPOT, events)
    others = rng.poisson(pileup, events)
    every = np.arange(events)
    event = np.concatenate([np.repeat(every, UNDERLYING), np.repeat(every, others)])
    z = np.concatenate([np.repeat(hard, UNDERLYING), rng.normal(0.0, SPOT, others.sum())])
    return hard, event, z

"""What identifies an event, and what is decided by it alone: its split, its place, whether balancing keeps it."""

from functools import reduce
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]

SHARES: Final = (0.7, 0.1, 0.2)
"""Of the events in each of `hepnb.events.SPLITS`."""

_SPLIT: Final = 1
_BALANCE: Final = 2
_ORDER: Final = 3


def event_keys(*content: npt.NDArray[Any]) -> Keys:
    """A hash of what events hold.

    Copies of an event have the same key, in whatever file and place they are: so they are never in two splits.

    Args:
        content: numbers that tell events apart, ``(n_events,)`` each.

    Returns:
        The keys, ``(n_events,)``.
    """
    columns = [np.asarray(values, np.float64).view(np.uint64) for values in content]
    return reduce(lambda key, column: _mixed(key ^ column), columns, np.zeros(len(content[0]), np.uint64))


def splits_of(keys: Keys) -> npt.NDArray[np.int64]:
    """The number of the split of each event, in `hepnb.events.SPLITS`; it depends on nothing but the key."""
    edges = np.cumsum(SHARES)[:-1] * 2.0**64
    return np.searchsorted(edges.astype(np.uint64), _drawn(keys, _SPLIT, seed=0), side="right")


def balance_ranks(keys: Keys, *, seed: int) -> npt.NDArray[np.int64]:
    """Random numbers from 0: of each class the events with the smallest are kept."""
    return (_drawn(keys, _BALANCE, seed) >> np.uint64(1)).astype(np.int64)


def order_ranks(keys: Keys, *, seed: int) -> Keys:
    """Random numbers by which events are put in order."""
    return _drawn(keys, _ORDER, seed)


def _drawn(keys: Keys, purpose: int, seed: int) -> Keys:
    return _mixed(keys ^ _mixed(np.array([purpose], np.uint64) ^ _mixed(np.array([seed], np.uint64))))


def _mixed(key: Keys) -> Keys:
    """SplitMix64 (Steele, Lea and Flood, 2014): each bit depends on all bits."""
    with np.errstate(over="ignore"):
        key = key + np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return key ^ (key >> np.uint64(31))

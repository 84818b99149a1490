"""How sure is a number: from its replicas, and from counting where replicas say nothing."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from hepnb.evaluation.metrics import Floats, WorkingPoint, upper_limit

LEVELS: Final = (0.68, 0.95)


@dataclass(frozen=True)
class Estimate:
    """A number, and where it may lie.

    The intervals are percentiles of the replicas. Where a share is 0 or 1 in the sample all replicas agree, and the
    intervals reach to the one-sided limits of Clopper and Pearson instead: no 0 ± 0.

    Attributes:
        value: in the sample; infinite or not a number where it is a ratio to 0.
        interval68: from, to.
        interval95: from, to.
    """

    value: float
    interval68: tuple[float, float]
    interval95: tuple[float, float]


def share(value: float, replicas: Floats, *, trials: int) -> Estimate:
    """The estimate of a share.

    Args:
        value: in the sample.
        replicas: of it, ``(n_replicas,)``.
        trials: independent ones that could have made the share another.
    """

    def interval(level: float) -> tuple[float, float]:
        low, high = _percentiles(replicas, replicas, level)
        limit = upper_limit(trials, level)
        return min(low, 1 - limit) if value == 1 else low, max(high, limit) if value == 0 else high

    return Estimate(value, *(interval(level) for level in LEVELS))


def difference(one: Estimate, other: Estimate, replicas: Floats, other_replicas: Floats) -> Estimate:
    """The estimate of the first share minus the second, from replicas of the same events, ``(n_replicas,)`` each."""
    apart = replicas - other_replicas
    intervals = [_percentiles(apart, apart, level) for level in LEVELS]
    if {one.value, other.value} & {0.0, 1.0}:
        # Replicas of such a share do not move, which is no sign of certainty.
        pairs = ((one.interval68, other.interval68), (one.interval95, other.interval95))
        intervals = [(a[0] - b[1], a[1] - b[0]) for a, b in pairs]
    return Estimate(one.value - other.value, *intervals)


def ratio(one: WorkingPoint, other: WorkingPoint, replicas: Floats, other_replicas: Floats) -> Estimate:
    """The estimate of one false-positive rate over another, from replicas of the same events.

    Args:
        one: of the first model.
        other: of the second, on the same events.
        replicas: of the first rate, ``(n_replicas,)``.
        other_replicas: of the second, ``(n_replicas,)``.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(np.divide(one.false_positives, other.false_positives))
        ratios = replicas / other_replicas
    unknown = np.isnan(ratios) & (replicas == 0) & (other_replicas == 0)
    lowest, highest = np.where(unknown, 0.0, ratios), np.where(unknown, np.inf, ratios)

    def interval(level: float) -> tuple[float, float]:
        low, high = _percentiles(lowest, highest, level)
        if not one.false_positives and other.false_positives:
            high = max(high, _highest_ratio(other.false_positives, level))
        if one.false_positives and not other.false_positives:
            low = min(low, 1 / _highest_ratio(one.false_positives, level))
        return low, high

    return Estimate(value, *(interval(level) for level in LEVELS))


def _highest_ratio(events: int, level: float) -> float:
    """The highest ratio of one rate to another at which none of so many events is of the first."""
    limit = upper_limit(events, level)
    return limit / (1 - limit)


def _percentiles(low: Floats, high: Floats, level: float) -> tuple[float, float]:
    """What holds the middle replicas; nothing is interpolated, because ratios may be infinite."""
    outside = (1 - level) / 2
    return (
        float(np.quantile(low[~np.isnan(low)], outside, method="lower")),
        float(np.quantile(high[~np.isnan(high)], 1 - outside, method="higher")),
    )

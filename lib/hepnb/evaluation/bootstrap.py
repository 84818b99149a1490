"""How far would the numbers of models move, had other events of the same kind been drawn: the same ones for all models.

Every event gets a weight from a Poisson distribution of mean 1, which is what drawing as many events with replacement
gives each of them when there are many (Efron and Tibshirani, An Introduction to the Bootstrap, 1993). An event has one
weight in a replica, whatever the model, so replicas of models can be compared one by one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, factorial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hepnb.evaluation.metrics import Flags, Floats, Integers, Scores, needed

Weights = npt.NDArray[np.uint8]

_STEPS: Final = 1 << 16  # of the random numbers that become weights
_WEIGHTS: Final = 9  # 0 to 8; the next has a probability of less than a tenth of a step


@dataclass(frozen=True, eq=False)
class Ranking:
    """Events by falling score, cut into rows of one kind.

    Areas and false-positive rates at a true-positive rate follow from the sums over the rows alone, whatever weights
    the events have, and a good classifier has few of them.

    Attributes:
        order: the events, positives before negatives where scores are equal, ``(n,)``.
        ends: where in ``order`` the last event of a row stands, ``(n_rows,)``.
        positive: whether it is a row of positives, ``(n_rows,)``.
        tied: the rows of negatives that share their score with the row before, ``(n_tied,)``.
    """

    order: Integers
    ends: Integers
    positive: Flags
    tied: Integers


@dataclass(frozen=True, eq=False)
class Replicas:
    """Numbers of one model, in each replica; not a number where no event of a kind was drawn.

    Attributes:
        accuracy: share of events that score highest as what they are, ``(n_replicas,)``.
        auc: area under the curve, ``(n_replicas, n_classes)``.
        fpr: false-positive rate at each true-positive rate, ``(n_replicas, n_classes, n_rates)``.
    """

    accuracy: Floats
    auc: Floats
    fpr: Floats


def resample(
    scores: Mapping[str, Scores],
    labels: npt.NDArray[Any],
    *,
    rates: Sequence[float],
    replicas: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Replicas]:
    """Compute the numbers of all models in replicas of the same events.

    Args:
        scores: of each model, of each class, ``(n, n_classes)``.
        labels: number of the true class, ``(n,)``.
        rates: true-positive rates at which the false-positive rate is wanted.
        replicas: how many.
        seed: of the weights.
        progress: told how many replicas are done, of how many.

    Returns:
        The replicas of each model; those of one place are the same draw of events for every model.
    """
    classes = next(iter(scores.values())).shape[1]
    correct = {name: np.flatnonzero(of_model.argmax(axis=1) == labels) for name, of_model in scores.items()}
    rankings = {
        name: [rank(of_model[:, number], labels == number) for number in range(classes)]
        for name, of_model in scores.items()
    }
    results = {
        name: Replicas(*(np.empty((replicas, *shape)) for shape in ((), (classes,), (classes, len(rates)))))
        for name in scores
    }
    for replica, weights in enumerate(_weights(labels.size, replicas, seed)):
        everything = int(weights.sum(dtype=np.int64))
        for name, result in results.items():
            result.accuracy[replica] = _ratio(int(weights.take(correct[name]).sum(dtype=np.int64)), everything)
            for number, ranking in enumerate(rankings[name]):
                area, result.fpr[replica, number] = weighted(ranking, weights, rates)
                result.auc[replica, number] = area
        if progress is not None:
            progress(replica + 1, replicas)
    return results


def rank(scores: Scores, positive: Flags) -> Ranking:
    """Sort events and cut them into rows.

    Args:
        scores: of the class in question, ``(n,)``, n at least 1.
        positive: which events are of it, ``(n,)``.
    """
    order = np.lexsort((~positive, -scores))
    score, kind = scores[order], positive[order]
    changes, group_begins = kind[1:] != kind[:-1], score[1:] != score[:-1]
    # Rows of one kind may span many scores, but not a score that events of both kinds share.
    mixed = np.zeros(kind.size, bool)
    inside = np.flatnonzero(changes & ~group_begins)
    first = np.searchsorted(begins := np.concatenate([[0], np.flatnonzero(group_begins) + 1]), inside, side="right") - 1
    mixed_begins = begins[first]
    mixed_ends = np.concatenate([begins[1:], [kind.size]])[first]
    mixed[mixed_begins] = True
    mixed[mixed_ends[mixed_ends < kind.size]] = True
    ends = np.flatnonzero(np.concatenate([changes | mixed[1:], [True]]))
    return Ranking(order, ends, kind[ends], np.searchsorted(ends, inside) + 1)


def weighted(ranking: Ranking, weights: Weights, rates: Sequence[float]) -> tuple[float, Floats]:
    """The area under the curve, and the false-positive rate at each true-positive rate, of weighted events.

    Args:
        ranking: of the events.
        weights: of the events, ``(n,)``.
        rates: true-positive rates, at least one; see `hepnb.evaluation.metrics.RocCurve.at`.

    Returns:
        The area, and the rates, ``(n_rates,)``; not a number where all events of a kind have no weight.
    """
    # 32 bits hold the weight of 200 million events at least, and are summed twice as fast.
    seen = np.cumsum(weights.take(ranking.order), dtype=np.int32).take(ranking.ends).astype(np.int64)
    in_row = np.diff(seen, prepend=0)
    true = np.cumsum(in_row * ranking.positive)
    false = seen - true
    positives, negatives = int(true[-1]), int(false[-1])
    # A pair counts twice where the positive stands above the negative, and once where they share a score.
    twice = 2 * int(np.dot(in_row * ~ranking.positive, true))
    twice -= int(np.dot(in_row[ranking.tied], in_row[ranking.tied - 1]))
    false[ranking.tied - 1] = false[ranking.tied]  # they pass together
    if not positives:
        return np.nan, np.full(len(rates), np.nan)
    rows = np.searchsorted(true, [needed(rate, positives) for rate in rates])
    return _ratio(twice, 2 * positives * negatives), false[rows] / (negatives or np.nan)


def _weights(events: int, replicas: int, seed: int) -> Iterator[Weights]:
    """Weights of all events, for one replica after the other, ``(n,)``.

    They are read from a table: three times as fast as drawing from the distribution, and exact to 1/65536.
    """
    steps = [round(_STEPS * exp(-1) / factorial(weight)) for weight in range(_WEIGHTS)]
    table = np.repeat(np.arange(_WEIGHTS, dtype=np.uint8), [_STEPS - sum(steps[1:]), *steps[1:]])
    random = np.random.default_rng(seed)
    for _ in range(replicas):
        yield table.take(random.integers(_STEPS, size=events, dtype=np.uint16))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else np.nan

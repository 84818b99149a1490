"""How well do scores tell one class from the rest: exactly, with ties, and without a number that flatters."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.floating[Any]]

_ROUNDING: Final = 1e-12
"""0.95 times a number of events may be a hair above the whole number it stands for."""


@dataclass(frozen=True)
class WorkingPoint:
    """A threshold, and what it does.

    Attributes:
        target: the true-positive rate that was asked for.
        threshold: events count as positive from this score upwards.
        tpr: true-positive rate, at least the target.
        false_positives: negatives that count as positive.
        negatives: all of them.
    """

    target: float
    threshold: float
    tpr: float
    false_positives: int
    negatives: int

    @property
    def fpr(self) -> float:
        """False-positive rate."""
        return self.false_positives / self.negatives


@dataclass(frozen=True, eq=False)
class RocCurve:
    """True against false positives, for every threshold that tells events apart.

    Attributes:
        thresholds: the scores that occur, falling, after an infinite one that no event reaches, ``(n_thresholds,)``.
        true_positives: positives with at least this score, ``(n_thresholds,)``.
        false_positives: negatives with at least this score, ``(n_thresholds,)``.
    """

    thresholds: Floats
    true_positives: Integers
    false_positives: Integers

    @property
    def positives(self) -> int:
        """How many there are."""
        return int(self.true_positives[-1])

    @property
    def negatives(self) -> int:
        """How many there are."""
        return int(self.false_positives[-1])

    @property
    def tpr(self) -> Floats:
        """True-positive rate, ``(n_thresholds,)``."""
        return self.true_positives / self.positives

    @property
    def fpr(self) -> Floats:
        """False-positive rate, ``(n_thresholds,)``."""
        return self.false_positives / self.negatives

    @property
    def auc(self) -> float:
        """P(a positive scores higher than a negative) + ½ P(both score the same), counted in whole pairs."""
        above, including = self.true_positives[:-1], self.true_positives[1:]
        twice = int((np.diff(self.false_positives) * (above + including)).sum())
        return twice / (2 * self.positives * self.negatives)

    def at(self, target: float) -> WorkingPoint:
        """The point that reaches a true-positive rate.

        It is the highest threshold at which the rate is at least the target. Events of one score pass together,
        and nothing is interpolated: a rate between two thresholds is one that no trigger can be set to.
        """
        index = int(np.searchsorted(self.true_positives, needed(target, self.positives)))
        return WorkingPoint(
            target=target,
            threshold=float(self.thresholds[index]),
            tpr=float(self.tpr[index]),
            false_positives=int(self.false_positives[index]),
            negatives=self.negatives,
        )

    def corners(self, most: int = 2000) -> tuple[Floats, Floats]:
        """False- and true-positive rates of the points where the curve turns, ``(n_corners,)`` each.

        Of more than `most` corners, those are kept that are evenly spaced along both rates and along the logarithm of
        the false-positive rate, where a few events at the beginning are half of the picture.
        """
        right, up = np.diff(self.false_positives), np.diff(self.true_positives)
        turns = np.flatnonzero(right[:-1] * up[1:] != up[:-1] * right[1:]) + 1
        kept = np.concatenate([[0], turns, [self.thresholds.size - 1]])
        if kept.size > most:
            false, true = self.false_positives[kept], self.true_positives[kept]
            ways = (np.log1p(false), false, true)
            chosen = [np.searchsorted(way, np.linspace(0, way[-1], most // len(ways))) for way in ways]
            kept = kept[np.unique(np.concatenate([[0], *chosen, [kept.size - 1]]))]
        return self.fpr[kept], self.tpr[kept]


def roc(scores: Scores, positive: Flags) -> RocCurve:
    """The curve of scores; at least one event of each kind is needed.

    Args:
        scores: of the class in question, ``(n,)``.
        positive: which events are of it, ``(n,)``.
    """
    order = np.argsort(-scores)
    sorted_scores = scores[order]
    ends = np.flatnonzero(np.concatenate([sorted_scores[1:] != sorted_scores[:-1], [True]]))
    true = np.cumsum(positive[order], dtype=np.int64)[ends]
    return RocCurve(
        thresholds=np.concatenate([[np.inf], sorted_scores[ends]]),
        true_positives=np.concatenate([[0], true]),
        false_positives=np.concatenate([[0], ends + 1 - true]),
    )


def needed(target: float, positives: int | npt.NDArray[Any]) -> Integers:
    """How many positives a true-positive rate asks for: the smallest whole number that reaches it, at least 1."""
    return np.maximum(np.ceil(target * np.asarray(positives) * (1 - _ROUNDING)), 1).astype(np.int64)


def upper_limit(events: int, level: float) -> float:
    """The rate at which none of so many events is seen with a probability of ``1 - level`` (Clopper and Pearson).

    At 95 % it is the rule of three: about 3 / `events`.
    """
    return float(-np.expm1(np.log1p(-level) / events))


def confusion(scores: Scores, labels: npt.NDArray[Any]) -> Integers:
    """Events of each true class (rows) that score highest as each class (columns), ``(n_classes, n_classes)``.

    Args:
        scores: of each class, ``(n, n_classes)``; of equal ones the first counts.
        labels: number of the true class, ``(n,)``.
    """
    classes = scores.shape[1]
    found = np.bincount(labels.astype(np.int64) * classes + scores.argmax(axis=1), minlength=classes**2)
    return found.reshape(classes, classes).astype(np.int64)

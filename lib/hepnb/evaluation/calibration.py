"""Are scores probabilities: of the events with a score of 0.7, are seven of ten what the score says."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Scores = npt.NDArray[np.floating[Any]]

BINS: Final = 15
"""As in Guo et al., arXiv:1706.04599."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """What was predicted and what was found, in bins of equal width of the predicted probability.

    Attributes:
        predicted: mean probability, ``(n_bins,)``; 0 where there are no events.
        found: share of events that are what was predicted, ``(n_bins,)``; 0 where there are no events.
        events: how many, ``(n_bins,)``.
    """

    predicted: Floats
    found: Floats
    events: npt.NDArray[np.int64]

    @property
    def error(self) -> float:
        """Expected calibration error: the distance of what was found from what was predicted, averaged over events."""
        return float((self.events * np.abs(self.found - self.predicted)).sum() / self.events.sum())


def reliability(probabilities: Scores, true: npt.NDArray[np.bool_], *, bins: int = BINS) -> Reliability:
    """Compare probabilities with what happened.

    Args:
        probabilities: of something, ``(n,)``, n at least 1.
        true: whether it was so, ``(n,)``.
        bins: how many.
    """
    index = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    events = np.bincount(index, minlength=bins)
    some = np.maximum(events, 1)
    return Reliability(
        predicted=np.bincount(index, probabilities, minlength=bins) / some,
        found=np.bincount(index, true, minlength=bins) / some,
        events=events.astype(np.int64),
    )


def calibration_error(scores: Scores, labels: npt.NDArray[Any]) -> float:
    """Expected calibration error of the class that scores highest (Guo et al., arXiv:1706.04599).

    Args:
        scores: probabilities of the classes, ``(n, n_classes)``.
        labels: number of the true class, ``(n,)``.
    """
    return reliability(scores.max(axis=1), scores.argmax(axis=1) == labels).error


def brier(scores: Scores, labels: npt.NDArray[Any]) -> float:
    """Squared distance of the probabilities from the truth, summed over classes and averaged over events (Brier, 1950).

    It is 0 at best, 2 at worst, and 2/3 for three classes that all get 1/3.

    Args:
        scores: probabilities of the classes, ``(n, n_classes)``.
        labels: number of the true class, ``(n,)``.
    """
    of_truth = scores[np.arange(labels.size), labels].astype(np.float64)
    squares = np.einsum("ij,ij->i", scores, scores, dtype=np.float64)
    return float((squares - 2 * of_truth + 1).mean())

"""Predictions of models that never were."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Predictions:
    """As `hepnb.classifiers.run` has them."""

    scores: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]
    event_ids: npt.NDArray[np.int64]
    seconds: float = 0.5


def predictions(scores: Any, labels: Any, **more: Any) -> Predictions:
    """Predictions for events that are numbered."""
    labels = np.asarray(labels, np.int32)
    ids = more.pop("event_ids", np.arange(labels.size))
    return Predictions(np.asarray(scores, np.float32), labels, np.asarray(ids, np.int64), **more)


def softmax(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Probabilities of the classes, ``(n, 3)``."""
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def gaussian(events: int, *, distance: float, seed: int = 1, blur: float = 0.0) -> Predictions:
    """What the best possible model says of three classes in Gaussian clouds, so far apart; `blur` makes it worse.

    Events are the same for any distance and blur, so models of one seed are correlated.
    """
    random = np.random.default_rng(seed)
    labels = np.arange(events) % 3
    values = random.normal(size=(events, 3))
    values[np.arange(events), labels] += distance
    noise = np.random.default_rng([seed, 1]).normal(size=(events, 3))
    return predictions(softmax(distance * (values + blur * noise)), labels)

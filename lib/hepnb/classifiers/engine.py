"""What must something that trains a network be able to do?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from hepnb.classifiers.dataset import Batch

Arrays = Sequence[npt.NDArray[Any]]

LEAST_PROBABILITY: Final = 1e-7
"""A process that was said to be impossible, and happened, costs no more than this one's logarithm."""


@dataclass(frozen=True)
class Sums:
    """Over events.

    Attributes:
        loss: cross-entropy [nat].
        correct: whether the process with the highest probability happened.
        events: 1.
    """

    loss: float
    correct: float
    events: float

    @property
    def mean_loss(self) -> float:
        """Of an event [nat]."""
        return self.loss / self.events

    @property
    def accuracy(self) -> float:
        """Share of the events."""
        return self.correct / self.events


class Engine(Protocol):
    """A network with its optimizer, on a backend of Keras."""

    def train(self, batches: Iterable[Batch]) -> Sums:
        """A step for each batch; the sums are those of all workers."""

    def evaluate(self, batches: Iterable[Batch]) -> Sums:
        """The same without learning."""

    def variables(self) -> list[npt.NDArray[Any]]:
        """All that changes while it trains: weights, states of random generators, the optimizer's moments."""

    def weights(self) -> list[npt.NDArray[Any]]:
        """What makes the network."""

    def restore(self, variables: Arrays) -> None:
        """Go on from `variables`."""

    def meet(self) -> None:
        """Wait until all workers are here."""


def sums(probabilities: Any, target: Any) -> Any:
    """Cross-entropy, right answers and number of events, ``(3,)``, on any backend.

    Args:
        probabilities: ``(n, 3)``.
        target: ``(n, 3)``; rows of zeros count nothing.
    """
    from keras import ops  # imported here, because this module is imported before Keras may be

    happened = ops.sum(target, axis=-1)
    loss = -ops.sum(target * ops.log(ops.maximum(probabilities, LEAST_PROBABILITY)))
    right = ops.equal(ops.argmax(probabilities, axis=-1), ops.argmax(target, axis=-1))
    return ops.stack([loss, ops.sum(ops.cast(right, "float32") * happened), ops.sum(happened)])


def total(rows: Arrays) -> Sums:
    """Of the sums of many batches."""
    loss, correct, events = np.sum(np.asarray(rows, np.float64).reshape(-1, 3), axis=0)
    return Sums(float(loss), float(correct), float(events))

"""How good are models, how sure is that, and which of them is better: all on the same events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from hepnb.errors import InputError
from hepnb.evaluation.bootstrap import Replicas, resample
from hepnb.evaluation.calibration import Reliability, brier, calibration_error, reliability
from hepnb.evaluation.estimates import Estimate, difference, ratio, share
from hepnb.evaluation.metrics import Floats, Integers, WorkingPoint, confusion, roc
from hepnb.events import Process

RATES: Final = (0.90, 0.95, 0.99)
"""True-positive rates. At an AUC of 0.995 the area has no resolution left, and triggers run at the last of these."""
REPLICAS: Final = 500
LEAST_REPLICAS: Final = 40
"""Of fewer, not one lies beyond either end of an interval of 95 %."""

_TOLERANCE: Final = 1e-3  # of the sum of probabilities, as float32 and networks have it


class Predictions(Protocol):
    """What a model says about events."""

    @property
    def scores(self) -> npt.NDArray[np.float32]:
        """Probability of each process, ``(n, 3)``."""

    @property
    def labels(self) -> npt.NDArray[np.int32]:
        """Number of the true process, ``(n,)``."""

    @property
    def event_ids(self) -> npt.NDArray[np.int64]:
        """Which events they are, ``(n,)``."""

    @property
    def seconds(self) -> float:
        """Time that the predictions took."""


@dataclass(frozen=True)
class Operation:
    """A working point, and how well its false-positive rate is known."""

    point: WorkingPoint
    fpr: Estimate


@dataclass(frozen=True, eq=False)
class ClassEvaluation:
    """How well a model tells one process from the others.

    Attributes:
        process: which one.
        auc: area under the curve.
        operations: at each of `RATES`.
        fpr: false-positive rates at the corners of the curve, ``(n_corners,)``.
        tpr: true-positive rates there, ``(n_corners,)``.
        reliability: its score as a probability.
    """

    process: Process
    auc: Estimate
    operations: tuple[Operation, ...]
    fpr: Floats
    tpr: Floats
    reliability: Reliability


@dataclass(frozen=True, eq=False)
class ModelEvaluation:
    """How good a model is.

    Attributes:
        name: of the model.
        accuracy: share of events that score highest as what they are.
        brier: see `hepnb.evaluation.calibration.brier`.
        calibration_error: see `hepnb.evaluation.calibration.calibration_error`.
        seconds: that it took to predict.
        confusion: events of each true process (rows) that score highest as each process (columns), ``(3, 3)``.
        classes: each process against the others.
    """

    name: str
    accuracy: Estimate
    brier: float
    calibration_error: float
    seconds: float
    confusion: Integers
    classes: tuple[ClassEvaluation, ...]


@dataclass(frozen=True)
class ClassComparison:
    """Two models on one process.

    Attributes:
        process: which one.
        auc_difference: first minus second.
        fpr_ratios: false-positive rate of the first over that of the second, at each of `RATES`.
    """

    process: Process
    auc_difference: Estimate
    fpr_ratios: tuple[Estimate, ...]


@dataclass(frozen=True)
class Comparison:
    """Two models on the same events; intervals are paired: what moves both alike does not widen them.

    Attributes:
        first: name of a model.
        second: name of another.
        accuracy_difference: first minus second.
        classes: each process against the others.
    """

    first: str
    second: str
    accuracy_difference: Estimate
    classes: tuple[ClassComparison, ...]


@dataclass(frozen=True)
class Evaluation:
    """How good models are on the same events.

    Attributes:
        events: of each process.
        replicas: that the intervals come from.
        seed: of the replicas.
        models: one by one.
        comparisons: of each two.
    """

    events: Mapping[Process, int]
    replicas: int
    seed: int
    models: tuple[ModelEvaluation, ...]
    comparisons: tuple[Comparison, ...]


def evaluate(
    predictions: Mapping[str, Predictions],
    *,
    replicas: int = REPLICAS,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Measure models on the same events.

    Args:
        predictions: of each model, at least one; all for the same events in the same order.
        replicas: of the bootstrap, at least `LEAST_REPLICAS`.
        seed: of the bootstrap.
        progress: told how many replicas are done, of how many.

    Raises:
        InputError: the predictions are no probabilities, or not for the same events; or a process has no event.
    """
    for name, of_model in predictions.items():
        _check_scores(name, of_model)
    labels = _common_labels(predictions)
    events = {process: int((labels == process).sum()) for process in Process}
    for process, number in events.items():
        if not number:
            raise InputError(
                f"There is no event of {process.key} among these {labels.size}; choose others to evaluate on."
            )
    scores = {name: of_model.scores for name, of_model in predictions.items()}
    moved = resample(scores, labels, rates=RATES, replicas=replicas, seed=seed, progress=progress)
    models = tuple(_model(name, of_model, labels, moved[name]) for name, of_model in predictions.items())
    return Evaluation(
        events=events,
        replicas=replicas,
        seed=seed,
        models=models,
        comparisons=tuple(
            _comparison(one, other, moved[one.name], moved[other.name]) for one, other in combinations(models, 2)
        ),
    )


def _check_scores(name: str, predictions: Predictions) -> None:
    scores, events = predictions.scores, predictions.labels.size
    if scores.shape != (events, len(Process)):
        raise InputError(
            f"Run '{name}' has scores of shape {scores.shape} for {events} events of {len(Process)} processes."
        )
    if not ((scores >= 0) & (scores <= 1)).all() or (np.abs(scores.sum(axis=1) - 1) > _TOLERANCE).any():
        raise InputError(
            f"The scores of run '{name}' are no probabilities: not all are between 0 and 1, or they do not add up "
            "to 1. Its training may have failed; look at its history."
        )


def _common_labels(predictions: Mapping[str, Predictions]) -> npt.NDArray[np.int32]:
    (name, first), *others = predictions.items()
    for other_name, other in others:
        if not (np.array_equal(first.event_ids, other.event_ids) and np.array_equal(first.labels, other.labels)):
            raise InputError(
                f"Runs '{name}' and '{other_name}' have predictions for different events, and are compared on the same "
                "ones only; evaluate them on one folder of features."
            )
    return first.labels


def _model(name: str, predictions: Predictions, labels: npt.NDArray[Any], moved: Replicas) -> ModelEvaluation:
    scores = predictions.scores
    found = confusion(scores, labels)
    return ModelEvaluation(
        name=name,
        accuracy=share(float(np.trace(found) / found.sum()), moved.accuracy, trials=labels.size),
        brier=brier(scores, labels),
        calibration_error=calibration_error(scores, labels),
        seconds=predictions.seconds,
        confusion=found,
        classes=tuple(
            _one_against_rest(
                process, scores[:, process], labels == process, moved.auc[:, process], moved.fpr[:, process]
            )
            for process in Process
        ),
    )


def _one_against_rest(
    process: Process, scores: npt.NDArray[np.float32], true: npt.NDArray[np.bool_], aucs: Floats, fprs: Floats
) -> ClassEvaluation:
    curve = roc(scores, true)
    points = [curve.at(rate) for rate in RATES]
    fpr, tpr = curve.corners()
    return ClassEvaluation(
        process=process,
        # So many pairs share no event; had all of them been in order by luck, the limit would be this one.
        auc=share(curve.auc, aucs, trials=min(curve.positives, curve.negatives)),
        operations=tuple(
            Operation(point, share(point.fpr, moved, trials=point.negatives))
            for point, moved in zip(points, fprs.T, strict=True)
        ),
        fpr=fpr,
        tpr=tpr,
        reliability=reliability(scores, true),
    )


def _comparison(one: ModelEvaluation, other: ModelEvaluation, moved: Replicas, other_moved: Replicas) -> Comparison:
    return Comparison(
        first=one.name,
        second=other.name,
        accuracy_difference=difference(one.accuracy, other.accuracy, moved.accuracy, other_moved.accuracy),
        classes=tuple(
            ClassComparison(
                process=of_one.process,
                auc_difference=difference(of_one.auc, of_other.auc, moved.auc[:, index], other_moved.auc[:, index]),
                fpr_ratios=tuple(
                    ratio(a.point, b.point, moved.fpr[:, index, rate], other_moved.fpr[:, index, rate])
                    for rate, (a, b) in enumerate(zip(of_one.operations, of_other.operations, strict=True))
                ),
            )
            for index, (of_one, of_other) in enumerate(zip(one.classes, other.classes, strict=True))
        ),
    )

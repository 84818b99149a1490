"""How an evaluation is written down: one JSON object, one table with a number and its intervals per row."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from math import isfinite
from typing import Any

from hepnb.evaluation.comparison import (
    RATES,
    ClassComparison,
    ClassEvaluation,
    Comparison,
    Evaluation,
    ModelEvaluation,
)
from hepnb.evaluation.estimates import Estimate
from hepnb.evaluation.metrics import upper_limit
from hepnb.events import Process


@dataclass(frozen=True)
class Row:
    """A number of a model, or of two, on one process or on all.

    Attributes:
        run: the model; of two, the first.
        against: the second, or nothing.
        process: its key, or nothing where the number is about all.
        metric: which number.
        value: in the sample.
        low68: where the interval of 68 % begins; nothing where there is no interval, as in the next.
        high68: where it ends.
        low95: where the interval of 95 % begins.
        high95: where it ends.
    """

    run: str
    against: str
    process: str
    metric: str
    value: float | None
    low68: float | None = None
    high68: float | None = None
    low95: float | None = None
    high95: float | None = None


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """All numbers, as JSON can hold them: what is infinite or not a number is ``None``."""
    return {
        "events": {process.key: number for process, number in evaluation.events.items()},
        "bootstrap": {"replicas": evaluation.replicas, "seed": evaluation.seed},
        "runs": {model.name: _model(model) for model in evaluation.models},
        "comparisons": [_comparison(comparison) for comparison in evaluation.comparisons],
    }


def rows(evaluation: Evaluation) -> Iterator[Row]:
    """All numbers, one by one."""
    for model in evaluation.models:
        yield _row(model.name, "accuracy", model.accuracy)
        yield Row(model.name, "", "", "brier", model.brier)
        yield Row(model.name, "", "", "calibration_error", model.calibration_error)
        yield Row(model.name, "", "", "events_per_second", _number(events_per_second(model)))
        for one in model.classes:
            yield _row(model.name, "auc", one.auc, process=one.process)
            for operation in one.operations:
                yield _row(
                    model.name, f"fpr_at_tpr_{_percent(operation.point.target)}", operation.fpr, process=one.process
                )
    for pair in evaluation.comparisons:
        yield _row(pair.first, "accuracy_difference", pair.accuracy_difference, against=pair.second)
        for both in pair.classes:
            yield _row(pair.first, "auc_difference", both.auc_difference, against=pair.second, process=both.process)
            for rate, ratio in zip(RATES, both.fpr_ratios, strict=True):
                metric = f"fpr_ratio_at_tpr_{_percent(rate)}"
                yield _row(pair.first, metric, ratio, against=pair.second, process=both.process)


def events_per_second(model: ModelEvaluation) -> float:
    """How many events a model classified in a second; not a number where it took no time."""
    return int(model.confusion.sum()) / model.seconds if model.seconds > 0 else float("nan")


def _model(model: ModelEvaluation) -> dict[str, Any]:
    return {
        "accuracy": _estimate(model.accuracy),
        "brier": _number(model.brier),
        "calibration_error": _number(model.calibration_error),
        "events_per_second": _number(events_per_second(model)),
        "predict_seconds": _number(model.seconds),
        "confusion": model.confusion.tolist(),
        "classes": {one.process.key: _class(one) for one in model.classes},
    }


def _class(one: ClassEvaluation) -> dict[str, Any]:
    return {
        "auc": _estimate(one.auc),
        "calibration_error": _number(one.reliability.error),
        "at_tpr": {
            _percent(operation.point.target): {
                "fpr": _estimate(operation.fpr),
                "false_positives": operation.point.false_positives,
                "negatives": operation.point.negatives,
                # Of a rate that was seen, the interval says where it may be.
                "fpr_below_at_95": None
                if operation.point.false_positives
                else upper_limit(operation.point.negatives, 0.95),
                "tpr": operation.point.tpr,
                "threshold": operation.point.threshold,
            }
            for operation in one.operations
        },
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "run": comparison.first,
        "against": comparison.second,
        "accuracy_difference": _estimate(comparison.accuracy_difference),
        "classes": {both.process.key: _class_comparison(both) for both in comparison.classes},
    }


def _class_comparison(both: ClassComparison) -> dict[str, Any]:
    return {
        "auc_difference": _estimate(both.auc_difference),
        "fpr_ratio_at_tpr": {
            _percent(rate): _estimate(ratio) for rate, ratio in zip(RATES, both.fpr_ratios, strict=True)
        },
    }


def _row(run: str, metric: str, estimate: Estimate, *, against: str = "", process: Process | None = None) -> Row:
    value, of68, of95 = astuple(estimate)
    numbers = (_number(number) for number in (value, *of68, *of95))
    return Row(run, against, "" if process is None else process.key, metric, *numbers)


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": _number(estimate.value),
        "interval68": [_number(end) for end in estimate.interval68],
        "interval95": [_number(end) for end in estimate.interval95],
    }


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _percent(rate: float) -> str:
    return f"{100 * rate:.0f}"

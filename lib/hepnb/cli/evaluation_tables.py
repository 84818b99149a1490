"""What a terminal shows of an evaluation."""

from collections.abc import Mapping
from math import isfinite, isnan
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from hepnb.cli.terminal import count

if TYPE_CHECKING:
    from hepnb.evaluation.comparison import Evaluation, ModelEvaluation, Operation
    from hepnb.evaluation.estimates import Estimate

_NARROWEST: Final = 120
"""Columns of a table that goes into a file, where rich would take 80 and break numbers in two."""


def print_models(evaluation: "Evaluation", *, parameters: Mapping[str, int]) -> None:
    """Print on stdout how good each model is, and on which process.

    Args:
        evaluation: of the models.
        parameters: how many each model has.
    """
    models = Table("run", title="Runs", title_justify="left")
    for column in ("parameters", "accuracy", "Brier score", "calibration error", "events/s"):
        models.add_column(column, justify="right")
    classes = Table(
        "run", "process", title="Each process against the rest, with intervals of 68 %", title_justify="left"
    )
    for column in ("AUC", *(f"FPR \\[%] at TPR {_rate(one)}" for one in evaluation.models[0].classes[0].operations)):
        classes.add_column(column, justify="right")
    for model in evaluation.models:
        models.add_row(
            model.name,
            count(parameters[model.name]),
            f"{_percent(model.accuracy)} %",
            f"{model.brier:.4f}",
            f"{100 * model.calibration_error:.2f} %",
            _speed(model),
        )
        for one in model.classes:
            rates = (_fpr(operation) for operation in one.operations)
            name = model.name if one is model.classes[0] else ""
            classes.add_row(name, one.process.key, _area(one.auc), *rates, end_section=one is model.classes[-1])
    _print(models)
    _print(classes)


def print_comparisons(evaluation: "Evaluation") -> None:
    """Print on stdout how many times as many false positives a model has as another; nothing where there is one."""
    if not evaluation.comparisons:
        return
    rate = _rate(evaluation.models[0].classes[0].operations[-1])
    table = Table("run", "against", title=f"FPR over FPR at TPR {rate}, paired intervals of 95 %", title_justify="left")
    for one in evaluation.models[0].classes:
        table.add_column(one.process.key, justify="right")
    for pair in evaluation.comparisons:
        table.add_row(pair.first, pair.second, *(_ratio(both.fpr_ratios[-1]) for both in pair.classes))
    _print(table)


def _print(table: Table) -> None:
    console = Console()
    Console(width=None if console.is_terminal else max(console.width, _NARROWEST)).print(table)


def _rate(operation: "Operation") -> str:
    return f"{100 * operation.point.target:.0f} %"


def _percent(estimate: "Estimate") -> str:
    low, high = (100 * end for end in estimate.interval68)
    digits = _digits(high - low)
    return f"{100 * estimate.value:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _area(estimate: "Estimate") -> str:
    low, high = estimate.interval68
    digits = max(_digits(high - low), 4)
    if estimate.value == 1:
        return f"> {low:.{digits}f}"
    return f"{estimate.value:.{digits}f} ± {(high - low) / 2:.{digits}f}"


def _fpr(operation: "Operation") -> str:
    if not operation.point.false_positives:
        return f"< {100 * operation.fpr.interval68[1]:.2g}"
    return _percent(operation.fpr)


def _ratio(estimate: "Estimate") -> str:
    low, high = estimate.interval95
    value = "?" if isnan(estimate.value) else "∞" if not isfinite(estimate.value) else f"{estimate.value:.2f}"
    return f"{value} ({low:.2f}–{f'{high:.2f}' if isfinite(high) else '∞'})"


def _speed(model: "ModelEvaluation") -> str:
    return count(round(int(model.confusion.sum()) / model.seconds)) if model.seconds > 0 else "-"


def _digits(width: float) -> int:
    """As many behind the point as an interval so wide is worth."""
    for digits in range(6):
        if width >= 10**-digits:
            return digits + 1 if digits else 1
    return 6

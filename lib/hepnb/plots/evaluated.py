"""What there is to draw of an evaluation."""

from collections.abc import Iterator

from hepnb.evaluation.comparison import ClassEvaluation, Evaluation, ModelEvaluation
from hepnb.events import Process
from hepnb.plots.curves import Curve, RatePoint, ReliabilityCurve


def roc_curves(evaluation: Evaluation) -> dict[Process, list[Curve]]:
    """For each process the curves of all models, with intervals of 68 % at the points where triggers work."""
    curves: dict[Process, list[Curve]] = {process: [] for process in Process}
    everything = sum(evaluation.events.values())
    for model, one in _classes(evaluation):
        positives = evaluation.events[one.process]
        points = tuple(
            RatePoint(operation.point.tpr, operation.fpr.value, *operation.fpr.interval68)
            for operation in one.operations
        )
        curve = Curve(model.name, one.fpr, one.tpr, one.auc.value, positives, everything - positives, points)
        curves[one.process].append(curve)
    return curves


def reliability_curves(evaluation: Evaluation) -> dict[Process, list[ReliabilityCurve]]:
    """For each process how often the scores of all models are right."""
    curves: dict[Process, list[ReliabilityCurve]] = {process: [] for process in Process}
    for model, one in _classes(evaluation):
        bins = one.reliability
        curves[one.process].append(ReliabilityCurve(model.name, bins.predicted, bins.found, bins.events, bins.error))
    return curves


def _classes(evaluation: Evaluation) -> Iterator[tuple[ModelEvaluation, ClassEvaluation]]:
    return ((model, one) for model in evaluation.models for one in model.classes)

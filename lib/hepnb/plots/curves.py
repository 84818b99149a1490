"""What else passes when so much of a process must, and is a score a probability: a line per model."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MultipleLocator, NullFormatter

from hepnb.errors import InputError
from hepnb.events import Process
from hepnb.plots.styles import LABELS, count, drawing, legend_below, line, settle, title

Floats = npt.NDArray[np.float64]

_BEGINNINGS: Final = (0.8, 0.5)
_FEW: Final = 0.05  # false-positive rate below which the curves' beginning may be left out
_BEYOND: Final = 0.02  # room right of a true-positive rate of 1, relative to the axis
_LOWEST_TOP: Final = 0.07  # where the axis ends at the latest, so that it has two numbers
_FINE: Final = 0.999  # areas above it need another digit


@dataclass(frozen=True)
class RatePoint:
    """A point of interest on a curve: where it is, and between which false-positive rates it may be."""

    tpr: float
    fpr: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Curve:
    """True against false positives of one process.

    Attributes:
        name: of the model.
        fpr: false-positive rates of the corners, rising, ``(n_corners,)``.
        tpr: true-positive rates there, rising, ``(n_corners,)``.
        auc: area under the curve.
        positives: events of the process.
        negatives: events of all others.
        points: of interest, drawn with their uncertainty.
    """

    name: str
    fpr: Floats
    tpr: Floats
    auc: float
    positives: int
    negatives: int
    points: tuple[RatePoint, ...] = ()


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """What was predicted and what was found, in bins of the prediction.

    Attributes:
        name: of the model.
        predicted: mean probability, ``(n_bins,)``.
        found: share of events that were of the process, ``(n_bins,)``.
        events: in each bin, ``(n_bins,)``; empty bins are not drawn.
        error: expected calibration error.
    """

    name: str
    predicted: Floats
    found: Floats
    events: npt.NDArray[np.int64]
    error: float


def draw_roc(panels: Mapping[Process, Sequence[Curve]]) -> Figure:
    """Draw how many events of other processes pass a trigger that keeps a share of one process.

    The axis of false positives is logarithmic. It ends a little below one event: less cannot be seen in the sample, and
    a curve without false positives runs along that event's line.

    Args:
        panels: the curves of each process, of the same models in the same order.

    Returns:
        The figure; nothing is shown or saved.

    Raises:
        InputError: there is no curve.
    """
    with _side_by_side(panels) as (figure, all_axes):
        everything = [curve for curves in panels.values() for curve in curves]
        begin, floor = _first_tpr(everything), min(1 / curve.negatives for curve in everything)
        digits = 5 if max(curve.auc for curve in everything) >= _FINE else 4
        for axes, (process, curves) in zip(all_axes, panels.items(), strict=True):
            _draw_curves(axes, curves, digits)
            _frame_roc(axes, begin, floor)
            title(axes, f"{LABELS[process]} against the rest", f"{count(curves[0].positives)} events")
            axes.set_xlabel(f"True-positive rate ({LABELS[process]})")
        all_axes[0].set_ylabel("False-positive rate")
    return figure


def draw_calibration(panels: Mapping[Process, Sequence[ReliabilityCurve]]) -> Figure:
    """Draw how often events are what their score says.

    Args:
        panels: the curves of each process, of the same models in the same order.

    Returns:
        The figure; nothing is shown or saved.

    Raises:
        InputError: there is no curve.
    """
    with _side_by_side(panels) as (figure, all_axes):
        for axes, (process, curves) in zip(all_axes, panels.items(), strict=True):
            axes.plot([0, 1], [0, 1], color="0.6", linewidth=1.2)
            for index, curve in enumerate(curves):
                _draw_reliability(axes, curve, index)
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel=f"Score of {LABELS[process]}")
            axes.legend(loc="upper left", title="Calibration error", title_fontsize="small", alignment="left")
            title(axes, LABELS[process])
        all_axes[0].set_ylabel("Share of events that are of the process")
    return figure


@contextmanager
def _side_by_side(panels: Mapping[Process, Sequence[Curve | ReliabilityCurve]]) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure with a place for each process; when these are drawn, the models are named below."""
    if not panels or not all(panels.values()):
        raise InputError("There is no model to draw; give one at least.")
    with drawing():
        figure = Figure(figsize=(5.2 * len(panels), 5.6), layout="constrained")
        yield figure, list(figure.subplots(1, len(panels), squeeze=False)[0])
        legend_below(figure, {curve.name: index for index, curve in enumerate(next(iter(panels.values())))})
        settle(figure)


def _first_tpr(curves: Sequence[Curve]) -> float:
    """Where the axis begins: what lies below half of the signal is of interest only if the curves are poor."""
    for begin in _BEGINNINGS:
        if all(np.interp(begin, curve.tpr, curve.fpr) < _FEW for curve in curves):
            return begin
    return 0.0


def _draw_curves(axes: Axes, curves: Sequence[Curve], digits: int) -> None:
    for index, curve in enumerate(curves):
        look = line(index)
        marker = look.pop("marker")
        least = 1 / curve.negatives
        axes.plot(
            curve.tpr,
            np.maximum(curve.fpr, least),
            label=f"{curve.auc:.{digits}f}",
            zorder=3 - index / 100,
            **look,
        )
        for point in curve.points:
            low, middle, high = (max(value, least) for value in (point.low, point.fpr, point.high))
            axes.errorbar(
                point.tpr,
                middle,
                yerr=[[max(middle - low, 0)], [max(high - middle, 0)]],
                marker=marker,
                markersize=5,
                color=look["color"],
                capsize=2.5,
                linewidth=1.4,
                zorder=4,
            )


def _frame_roc(axes: Axes, begin: float, floor: float) -> None:
    axes.set_yscale("log")
    bottom = min(floor**1.07 / 1.3, _LOWEST_TOP)
    axes.set_ylim(bottom, 1.3)
    axes.axhspan(bottom, floor, color="0.92", linewidth=0)
    axes.annotate(
        "less than one event",
        (0, 0),
        (4, 2),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize="x-small",
        color="0.45",
    )
    axes.set_xlim(begin, 1 + _BEYOND * (1 - begin))
    axes.xaxis.set_major_locator(MultipleLocator({0.8: 0.05, 0.5: 0.1}.get(begin, 0.2)))
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", title="AUC", title_fontsize="small", alignment="left")


def _draw_reliability(axes: Axes, curve: ReliabilityCurve, index: int) -> None:
    some = curve.events > 0
    predicted, found, events = curve.predicted[some], curve.found[some], curve.events[some]
    # Wilson's interval: at 0 and 1 it has a width, too.
    middle = (found + 0.5 / events) / (1 + 1 / events)
    half = np.sqrt(found * (1 - found) / events + 0.25 / events**2) / (1 + 1 / events)
    look = line(index)
    axes.errorbar(
        predicted,
        found,
        yerr=[np.maximum(found - (middle - half), 0), np.maximum(middle + half - found, 0)],
        label=f"{100 * curve.error:.2f} %",
        markersize=5,
        capsize=2.5,
        elinewidth=1.4,
        linewidth=0.8,
        **look,
    )

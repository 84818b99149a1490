"""Which scores do events of each process get: a row per model, a column per score."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from hepnb.errors import InputError
from hepnb.events import Process
from hepnb.plots.styles import LABELS, drawing, process_line, settle, title

_BINS: Final = 40
_LEAST_SEEN: Final = 0.1  # share that the axis has room for in any case, so that it has two numbers


def draw_scores(scores: Mapping[str, npt.NDArray[Any]], labels: npt.NDArray[Any]) -> Figure:
    """Draw the distributions of scores, each with an area of 1 in all bins together.

    Args:
        scores: of each model, the probability of each process, ``(n, 3)``.
        labels: number of the true process, ``(n,)``.

    Returns:
        The figure; nothing is shown or saved.

    Raises:
        InputError: there are no scores.
    """
    if not scores or not labels.size:
        raise InputError("There are no scores to draw; give those of one model and one event at least.")
    edges = np.linspace(0, 1, _BINS + 1)
    members = {process: labels == process for process in Process if (labels == process).any()}
    lowest = _LEAST_SEEN
    with drawing():
        figure = Figure(figsize=(15.6, 1.4 + 3.5 * len(scores)), layout="constrained")
        grid = figure.subplots(len(scores), len(Process), squeeze=False, sharex=True, sharey=True)
        for row, (name, of_model) in zip(grid, scores.items(), strict=True):
            for axes, process in zip(row, Process, strict=True):
                for truth, chosen in members.items():
                    shares = np.histogram(of_model[chosen, process], edges)[0] / chosen.sum()
                    lowest = min(lowest, shares[shares > 0].min())
                    front = 3 if truth == process else 2
                    axes.stairs(shares, edges, zorder=front, linewidth=1.8, **process_line(truth))
                    if truth == process:
                        color = process_line(truth)["color"]
                        axes.stairs(shares, edges, fill=True, alpha=0.2, linewidth=0, zorder=front, color=color)
                title(axes, f"{name}: score of {LABELS[process]}")
            row[0].set_ylabel("Share of events")
        for axes, process in zip(grid[-1], Process, strict=True):
            axes.set_xlabel(f"Score of {LABELS[process]}")
        grid[0, 0].set(xlim=(0, 1), ylim=(lowest / 2, 2.0), yscale="log")
        grid[0, 0].yaxis.set_minor_formatter(NullFormatter())
        handles = [Line2D([], [], **process_line(one)) for one in members]
        names = [f"true {LABELS[one]}" for one in members]
        figure.legend(handles, names, loc="outside lower center", ncols=len(members), fontsize="medium")
        settle(figure)
    return figure

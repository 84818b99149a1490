"""What is taken for what: a panel per model."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hepnb.errors import InputError
from hepnb.events import Process
from hepnb.plots.styles import LABELS, count, drawing, settle, title

_IN_A_ROW: Final = 3
_DARK: Final = 0.55  # share from which white letters are easier to read
_MAP: Final = "Blues"


def draw_confusion(matrices: Mapping[str, npt.NDArray[Any]]) -> Figure:
    """Draw how the events of each process are classified: shares of a row, so that rows add up to 100 %.

    Args:
        matrices: of each model, events of each true process (rows) taken for each process (columns), ``(3, 3)``.

    Returns:
        The figure; nothing is shown or saved.

    Raises:
        InputError: there is no matrix.
    """
    if not matrices:
        raise InputError("There is no model to draw; give one at least.")
    columns = min(_IN_A_ROW, len(matrices))
    rows = ceil(len(matrices) / columns)
    with drawing():
        figure = Figure(figsize=(4.9 * columns + 0.3, 5.1 * rows), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes in grid.flat[len(matrices) :]:
            axes.remove()
        for axes, (name, matrix) in zip(grid.flat, matrices.items(), strict=False):
            _draw_matrix(axes, np.asarray(matrix))
            title(axes, f"{name}\naccuracy {_percent(np.trace(matrix) / np.sum(matrix))}")
            axes.set_xlabel("Classified as")
        for axes in grid[:, 0]:
            axes.set_ylabel("True process")
        settle(figure)
    return figure


def _draw_matrix(axes: Axes, matrix: npt.NDArray[Any]) -> None:
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap=colormaps[_MAP], vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        color = "white" if share > _DARK else "black"
        axes.text(column, row - 0.08, _percent(share), ha="center", va="center", color=color)
        number = count(int(matrix[row, column]))
        axes.text(column, row + 0.2, number, ha="center", va="center", color=color, fontsize="x-small", alpha=0.8)
    labels = [LABELS[process] for process in Process]
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels, rotation="vertical", va="center")
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"

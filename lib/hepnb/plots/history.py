"""How did training go: loss and accuracy, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from hepnb.errors import InputError
from hepnb.plots.styles import drawing, legend_below, line, settle

_PANELS: Final = {"loss": "Loss (cross-entropy)", "accuracy": "Accuracy"}
_EPOCH: Final = "epoch"
_FEW: Final = 40  # epochs; markers of more would hide the line


def draw_history(histories: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Draw what training wrote down after every epoch; validation with full lines, training with thin ones.

    Args:
        histories: of each model, ``epoch`` and any of ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``, a number
            per epoch each; models without epochs are left out.

    Returns:
        The figure; nothing is shown or saved.

    Raises:
        InputError: no model was trained in epochs.
    """
    # Those without epochs keep their number, so that a model looks the same in all pictures.
    numbers = {name: index for index, name in enumerate(histories) if len(histories[name].get(_EPOCH, ()))}
    if not numbers:
        raise InputError("There is no history to draw: none of these models was trained in epochs.")
    with drawing():
        figure = Figure(figsize=(15.6, 6.0), layout="constrained")
        for axes, (key, label) in zip(figure.subplots(1, len(_PANELS)), _PANELS.items(), strict=True):
            for name, index in numbers.items():
                history = histories[name]
                look = line(index)
                if len(history[_EPOCH]) > _FEW:
                    del look["marker"]
                if key in history:
                    axes.plot(history[_EPOCH], history[key], color=look["color"], linewidth=0.9, alpha=0.8)
                if f"val_{key}" in history:
                    axes.plot(history[_EPOCH], history[f"val_{key}"], markersize=5, **look)
            axes.set(xlabel="Epoch", ylabel=label)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.minorticks_off()
        axes.legend(
            [Line2D([], [], color="0.3"), Line2D([], [], color="0.3", linewidth=0.9, alpha=0.8)],
            ["validation", "training"],
            loc="best",
        )
        legend_below(figure, numbers)
        settle(figure)
    return figure

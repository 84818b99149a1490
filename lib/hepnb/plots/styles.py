"""How pictures of classifiers look: fonts, colours, names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from typing import Any, Final

import mplhep
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hepnb.events import Process

LABELS: Final[dict[Process, str]] = {Process.QCD: "QCD", Process.TTBAR: r"$t\bar{t}$", Process.WJETS: "W+jets"}

# Petroff, arXiv:2107.02270: told apart by the colour-blind, and the palettes that CMS recommends.
_SIX: Final = ("#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd")
_DASHES: Final = ("-", "--", ":", "-.")
_LETTERS: Final = 8.5  # in an inch of a legend
_HANDLE: Final = 8  # letters that the line and the space around a name take
_MARKERS: Final = ("o", "s", "^", "v", "D", "P")

_SETTINGS: Final = {
    "font.size": 15,
    # Names and not "sans-serif", which would be looked up only when the figure is saved, without the style.
    "font.family": ["TeX Gyre Heros", "DejaVu Sans"],
    "mathtext.fontset": "stixsans",
    "axes.labelsize": "medium",
    "axes.titlesize": "medium",
    "xtick.labelsize": "small",
    "ytick.labelsize": "small",
    "legend.fontsize": "small",
    "legend.handlelength": 1.6,
    "xaxis.labellocation": "center",
    "yaxis.labellocation": "center",
    "lines.linewidth": 1.8,
    "xtick.major.size": 7,
    "ytick.major.size": 7,
    "xtick.minor.size": 4,
    "ytick.minor.size": 4,
    "axes.linewidth": 1.2,
}


@contextmanager
def drawing() -> Iterator[None]:
    """The style of the CMS experiment, at the size of a notebook, whatever the user has set."""
    with style.context([mplhep.style.CMS, _SETTINGS], after_reset=True):
        yield


def line(index: int) -> dict[str, Any]:
    """Colour, dashes and marker of a model, different for each of two dozen."""
    dashes, color = list(product(_DASHES, _SIX))[index % (len(_DASHES) * len(_SIX))]
    return {"color": color, "linestyle": dashes, "marker": _MARKERS[index % len(_MARKERS)]}


def process_line(process: Process) -> dict[str, Any]:
    """Colour and dashes of a process."""
    return {"color": _SIX[process], "linestyle": _DASHES[process]}


def legend_below(figure: Figure, models: Mapping[str, int]) -> None:
    """Name the models under all panels, where no name is too long; each has the look of its number (see `line`)."""
    names = list(models)
    handles = [Line2D([], [], markersize=6, **line(index)) for index in models.values()]
    room = _LETTERS * figure.get_figwidth()
    in_one_row = sum(_HANDLE + len(name) for name in names) <= room
    columns = len(names) if in_one_row else max(1, int(room / (_HANDLE + max(map(len, names)))))
    figure.legend(handles, names, loc="outside lower center", ncols=columns, fontsize="medium", handlelength=2.2)


def settle(figure: Figure) -> None:
    """Find the layout and the ticks; late ticks would miss the style, and finding the layout takes half of the time."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def title(axes: Axes, left: str, right: str = "") -> None:
    """Names above the frame."""
    axes.set_title(left, loc="left")
    axes.set_title(right, loc="right", fontsize="small")


def count(number: int) -> str:
    """A number with its thousands set apart."""
    return f"{number:,}".replace(",", "\N{THIN SPACE}")

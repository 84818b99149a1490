"""The spectrum of pairs of muons, with the particles they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import hist
import mplhep
import numpy as np
import numpy.typing as npt
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter, NullFormatter

from hepnb.errors import InputError
from hepnb.physics import dimuon

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Label:
    text: str
    masses: tuple[float, ...]  # [GeV] of the peaks it names


LABELS: Final = (
    _Label(dimuon.ETA.symbol, (dimuon.ETA.mass,)),
    _Label(r"$\rho, \omega$", (dimuon.RHO.mass, dimuon.OMEGA.mass)),
    _Label(dimuon.PHI.symbol, (dimuon.PHI.mass,)),
    _Label(dimuon.JPSI.symbol, (dimuon.JPSI.mass,)),
    _Label(dimuon.PSI_2S.symbol, (dimuon.PSI_2S.mass,)),
    _Label(r"$\Upsilon(1S, 2S, 3S)$", (dimuon.UPSILON_1S.mass, dimuon.UPSILON_2S.mass, dimuon.UPSILON_3S.mass)),
    _Label(dimuon.Z.symbol, (dimuon.Z.mass,)),
)

_ROOM_FOR_LABELS: Final = 8.0  # factor between the highest bin and the upper end of the axis
_LEAST_HEIGHT: Final = 4.0  # factor between the lower end and the highest bin; two powers of ten are then in sight
_FONTS: Final = {
    "font.size": 18,
    # Names and not "sans-serif", which would be looked up only when the figure is saved, without the style.
    "font.family": ["TeX Gyre Heros", "DejaVu Sans"],
    "mathtext.fontset": "stixsans",
}
_WORTH_MOVING: Final = 3.0  # factor in height
_CLEARANCE: Final = 4  # [pixels] around a label
_MOST_OUTLINES: Final = 2000  # bins; an outline of more is wider than the bins and hides them


class _PlainLogFormatter(LogFormatter):
    """The numbers that matplotlib chooses to print beside the powers of ten, as 0.3 and not 3 x 10^-1."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


def draw(h: hist.Hist[Any], *, title: str) -> Figure:
    """Draw a histogram of dimuon masses over logarithmic axes, in the style of the CMS experiment.

    Args:
        h: one axis of masses [GeV], of any binning above 0.
        title: printed above the frame.

    Returns:
        The figure; nothing is shown or saved.

    Raises:
        InputError: the histogram has more than one axis, or does not begin above 0 GeV.
    """
    edges = _edges(h)
    values = np.asarray(h.values(), dtype=np.float64)
    with style.context([mplhep.style.CMS, _FONTS], after_reset=True):
        figure = Figure(figsize=(12, 7.5), layout="constrained")
        axes = figure.subplots()
        _draw_bins(axes, edges, values)
        _draw_frame(axes, edges, values)
        axes.set_title(title, loc="left", fontsize="medium")
        axes.set_title(_count(h), loc="right", fontsize="medium")
        # The places of the labels depend on the layout, and late ticks would miss the style.
        figure.draw_without_rendering()
        _draw_labels(axes, edges, values)
    return figure


def _edges(h: hist.Hist[Any]) -> Floats:
    if len(h.axes) != 1:
        raise InputError(f"A spectrum has one axis, this histogram has {len(h.axes)}; project it first.")
    edges = np.asarray(h.axes[0].edges, dtype=np.float64)
    if edges[0] <= 0:
        raise InputError(f"A logarithmic mass axis begins above 0 GeV, this histogram begins at {edges[0]:g} GeV.")
    return edges


def _draw_bins(axes: Axes, edges: Floats, values: Floats) -> None:
    outlined = values.size <= _MOST_OUTLINES
    axes.stairs(values, edges, fill=True, color="#5790fc", alpha=0.35 if outlined else 0.9)
    if outlined:
        axes.stairs(values, edges, color="#1845a0", linewidth=1.4)


def _draw_frame(axes: Axes, edges: Floats, values: Floats) -> None:
    floor = _floor(values)
    # Limits before scales: matplotlib warns of a logarithmic axis it would have to choose for an empty histogram.
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(floor, max(values.max(initial=0.0), _LEAST_HEIGHT * floor) * _ROOM_FOR_LABELS)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(_PlainLogFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(r"$m_{\mu^+\mu^-}$ [GeV]")
    axes.set_ylabel(f"Events / {_bin_width(edges)}")


def _floor(values: Floats) -> float:
    """Half an event where the smallest bin holds a few, otherwise the decade well below it."""
    smallest = float(values[values > 0].min(initial=np.inf))
    return 0.5 if 1 <= smallest < 10 or np.isinf(smallest) else float(10 ** np.floor(np.log10(smallest) - 0.5))


def _count(h: hist.Hist[Any]) -> str:
    inside, total = (f"{float(h.sum(flow=flow)):,.0f}".replace(",", "\N{THIN SPACE}") for flow in (False, True))
    return f"{total} pairs" if inside == total else f"{inside} of {total} pairs"


def _bin_width(edges: Floats) -> str:
    widths, ratios = np.diff(edges), edges[1:] / edges[:-1]
    if np.allclose(widths, widths[0], rtol=1e-6):
        return f"{widths[0]:.3g} GeV" if widths[0] >= 0.9995 else f"{widths[0] * 1000:.3g} MeV"
    if np.allclose(ratios, ratios[0], rtol=1e-6):
        return f"bin of {100 * (ratios[0] - 1):.2g} % of the mass"
    return "bin"


def _draw_labels(axes: Axes, edges: Floats, values: Floats) -> None:
    """Name each peak, above whatever bins the name covers and clear of the names placed before."""
    placed: list[Text] = []
    for label in LABELS:
        inside = [mass for mass in label.masses if edges[0] <= mass < edges[-1]]
        if inside:
            center = float(np.exp(np.mean(np.log(inside))))
            text = axes.text(center, 1.0, label.text, ha="center", va="bottom", fontsize="small")
            _place_lowest(axes, text, edges, values)
            _lift_clear(text, placed)
            placed.append(text)


def _place_lowest(axes: Axes, text: Text, edges: Floats, values: Floats) -> None:
    """Center a name over its mass, unless it stands much lower beside it: next to a higher neighbour and not on top."""
    places = [_height_at(axes, text, center, edges, values) for center in _centers(axes, text)]
    center, height = min(places, key=lambda place: place[1] * (1.0 if place is places[0] else _WORTH_MOVING))
    text.set_position((center, height * 1.25))


def _centers(axes: Axes, text: Text) -> list[float]:
    """Where in the frame a name can stand [GeV]: over its mass, to the right, to the left."""
    box = text.get_window_extent().padded(_CLEARANCE)
    middle, half = (box.x0 + box.x1) / 2, box.width / 2
    pixels = np.clip([middle, middle + half, middle - half], axes.bbox.x0 + half, axes.bbox.x1 - half)
    return [float(axes.transData.inverted().transform((pixel, axes.bbox.y0))[0]) for pixel in pixels]


def _height_at(axes: Axes, text: Text, center: float, edges: Floats, values: Floats) -> tuple[float, float]:
    """The center, and the highest bin that the name would cover there."""
    text.set_x(center)
    box = text.get_window_extent().padded(_CLEARANCE)
    (low, floor), (high, _) = axes.transData.inverted().transform([(box.x0, axes.bbox.y0), (box.x1, axes.bbox.y0)])
    covered = (edges[1:] > low) & (edges[:-1] < high)
    return center, max(float(values[covered].max(initial=0.0)), float(floor))


def _lift_clear(text: Text, placed: Sequence[Text]) -> None:
    while any(text.get_window_extent().padded(_CLEARANCE).overlaps(other.get_window_extent()) for other in placed):
        text.set_y(text.get_position()[1] * 1.25)

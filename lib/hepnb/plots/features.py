"""What do classifiers learn from: high-level features of each process, and the particles of one event."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hepnb.errors import InputError
from hepnb.events import HLF_NAMES, PARTICLE_FEATURES, Process
from hepnb.plots.styles import LABELS, drawing, process_line, settle, title

_AXES: Final = {
    "HT": r"$H_T$ [GeV]",
    "MET": r"$p_T^{miss}$ [GeV]",
    "phiMET": r"$\phi^{miss}$ [rad]",
    "MT": r"$M_T$ [GeV]",
    "nJets": "Jets",
    "nBjets": "b-tagged jets",
    "LepPt": r"Lepton $p_T$ [GeV]",
    "LepEta": r"Lepton $\eta$",
    "LepPhi": r"Lepton $\phi$ [rad]",
    "LepIsoCh": "Charged isolation",
    "LepIsoGamma": "Photon isolation",
    "LepIsoNeu": "Neutral isolation",
    "LepCharge": r"Lepton charge [$e$]",
    "LepIsEle": "Lepton is an electron",
}
_COUNTS: Final = frozenset({"nJets", "nBjets", "LepCharge", "LepIsEle"})
_BINS: Final = 40
_TAIL: Final = 99.0  # [%] of the events that an axis has room for

_KINDS: Final = {
    "isChHad": ("track", "#5790fc", "o"),
    "isGamma": ("photon", "#f89c20", "s"),
    "isNeuHad": ("neutral hadron", "#964a8b", "D"),
    "isEle": ("electron", "#e42536", "*"),
    "isMu": ("muon", "#e42536", "*"),
}
_COLUMN: Final = {name: index for index, name in enumerate(PARTICLE_FEATURES)}
_AREA: Final = 14.0  # [points²] of a particle of 1 GeV
_MOST_AREA: Final = 900.0
_RIM: Final = 5.0  # largest abs(eta) in a calorimeter


def draw_features(values: Mapping[Process, npt.NDArray[Any]]) -> Figure:
    """Draw the distributions of the 14 high-level features, a panel each, a line for each process, of area 1.

    Args:
        values: of each process, not scaled, ``(n, 14)``.

    Returns:
        The figure; nothing is shown or saved.

    Raises:
        InputError: there are no events.
    """
    some = {process: of_process for process, of_process in values.items() if len(of_process)}
    if not some:
        raise InputError("There are no features to draw; give those of one event at least.")
    with drawing():
        figure = Figure(figsize=(15.6, 12.5), layout="constrained")
        grid = figure.subplots(4, 4)
        panels = list(grid.flat)
        for column, name in enumerate(HLF_NAMES):
            _draw_feature(panels[column], name, {process: rows[:, column] for process, rows in some.items()})
        for row in grid:
            row[0].set_ylabel("Share of events")
        for spare in panels[len(HLF_NAMES) :]:
            spare.set_axis_off()
        handles = [Line2D([], [], **process_line(process)) for process in some]
        names = [f"{LABELS[process]}, {len(rows)} events" for process, rows in some.items()]
        panels[len(HLF_NAMES)].legend(handles, names, loc="center left", fontsize="large")
        settle(figure)
    return figure


def _draw_feature(axes: Axes, name: str, values: Mapping[Process, npt.NDArray[Any]]) -> None:
    edges = _edges(name, np.concatenate(list(values.values())))
    for process, of_process in values.items():
        inside = np.clip(of_process, edges[0], edges[-1])  # what lies beyond is counted in the last bin
        axes.stairs(np.histogram(inside, edges)[0] / len(inside), edges, linewidth=1.8, **process_line(process))
    axes.set_xlabel(_AXES[name])
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(bottom=0)


def _edges(name: str, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    if name in _COUNTS:
        return np.arange(np.floor(values.min()), np.ceil(np.percentile(values, _TAIL)) + 2) - 0.5
    low, high = float(values.min()), float(np.percentile(values, _TAIL))
    return np.linspace(low, high if high > low else low + 1, _BINS + 1)


def draw_event(rows: npt.NDArray[Any], *, heading: str) -> Figure:
    """Draw the particles of an event over the unrolled detector; areas grow with pT.

    Args:
        rows: their features, not scaled, ``(n_particles, 19)``.
        heading: printed above the frame.

    Returns:
        The figure; nothing is shown or saved.
    """
    with drawing():
        figure = Figure(figsize=(11, 6.5), layout="constrained")
        axes = figure.subplots()
        handles = []
        for flag, (name, color, marker) in _KINDS.items():
            some = rows[rows[:, _COLUMN[flag]] == 1]
            if len(some):
                area = np.minimum(_AREA * some[:, _COLUMN["Pt"]], _MOST_AREA)
                eta, phi = some[:, _COLUMN["Eta"]], some[:, _COLUMN["Phi"]]
                axes.scatter(eta, phi, area, color=color, marker=marker, alpha=0.6, linewidths=0)
                line = Line2D([], [], color=color, marker=marker, linestyle="", markersize=9)
                handles.append((line, f"{name} ({len(some)})" if len(some) > 1 else name))
        axes.set(xlim=(-_RIM, _RIM), ylim=(-np.pi, np.pi), xlabel=r"$\eta$", ylabel=r"$\phi$ [rad]")
        axes.set_yticks([-np.pi, -np.pi / 2, 0, np.pi / 2, np.pi], ["−π", "−π/2", "0", "π/2", "π"])
        title(axes, heading, f"{len(rows)} particles")
        figure.legend(*zip(*handles, strict=True), loc="outside right center")
        settle(figure)
    return figure

"""The same work with other people's tools, each in a process of its own, as it comes."""

import sys
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.child import Child
from benchmarks.measure import NANO, Contestant, Run
from benchmarks.spectrum import Spectrum
from hepnb.physics.dimuon import SPECTRUM_BINS, SPECTRUM_RANGE

UPROOT: Final = "uproot + awkward"
TUNED_UPROOT: Final = "uproot + awkward, our memory settings, best step"
RDATAFRAME: Final = "RDataFrame"

_RDATAFRAME: Final = Path(__file__).with_name("rdataframe.py")


@cache
def _uproot_process() -> Child:
    return Child([sys.executable, "-m", "benchmarks.bare_uproot"])


@cache
def _tuned_process() -> Child:
    """Another one, because memory settings are for good."""
    return Child([sys.executable, "-m", "benchmarks.bare_uproot"])


def uproot_dimuon(path: str, *, events: int) -> Contestant:
    """A contestant that does the work with uproot and awkward."""
    return partial(_run, _uproot_process, {"path": path, "tuned": False}, events)


def tuned_uproot_dimuon(path: str, *, events: int) -> Contestant:
    """The same with our own memory settings, and as many events at a time as suit the file best."""
    return partial(_run, _tuned_process, {"path": path, "tuned": True}, events)


@cache
def root_process(python: str) -> Child:
    """ROOT in an interpreter that has it, because it may live in another environment.

    Raises:
        ChildError: it has no ROOT.
    """
    return Child([python, "-W", "ignore", str(_RDATAFRAME)])


def rdataframe(root: Child, path: str, *, events: int) -> Contestant:
    """A contestant that does the work with RDataFrame."""
    low, high = SPECTRUM_RANGE
    return partial(_run, lambda: root, {"path": path, "bins": SPECTRUM_BINS, "low": low, "high": high}, events)


def _run(process: Any, request: dict[str, Any], events: int) -> Run:
    answer = process().ask(**request)
    spectrum = Spectrum(answer["pairs"], answer["total"], np.array(answer["counts"]))
    return Run(answer["seconds"] / events * NANO, spectrum)

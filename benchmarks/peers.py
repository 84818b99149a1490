"""The same work with other people's tools, written as somebody would who knows them."""

import atexit
import json
import os
import subprocess
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

import hepnb
from benchmarks.measure import NANO, Contestant, Run, here
from benchmarks.spectrum import Spectrum, Tally
from hepnb.events import EVENTS_TREE
from hepnb.physics.dimuon import SPECTRUM_BINS, SPECTRUM_RANGE

UPROOT: Final = "uproot + awkward"
RDATAFRAME: Final = "RDataFrame"

_STEPS: Final = (250_000, 1_000_000_000)
"""Events at a time: mostly, a quarter of a million is best; of a file that ROOT wrote in few clusters, all are."""

_FIELDS: Final = ("pt", "eta", "phi", "mass", "charge")
_CHILD: Final = Path(__file__).with_name("rdataframe.py")
_LIBRARY: Final = Path(hepnb.__file__).parents[1]


def uproot_dimuon(path: str, *, events: int) -> Contestant:
    """A contestant that does the work with uproot and awkward, as many events at a time as suit the file best."""
    trials = [here(partial(uproot_awkward, path, step), events=events) for step in _STEPS]
    return min(trials, key=lambda trial: min(trial().cost for _ in range(2)))


def uproot_awkward(path: str, step: int) -> Spectrum:
    """Read, select, compute masses, fill, so many events at a time."""
    tally = Tally()
    # Without caches, so that a file that was read before is opened as if for the first time.
    with uproot.open(path, object_cache=None, array_cache=None) as file:
        tree = file[EVENTS_TREE]
        native = "Muon" in tree.keys()  # noqa: SIM118  # uproot's trees are not quite mappings
        names = [f"Muon{'.' if native else '_'}{field}" for field in _FIELDS]
        for events in tree.iterate(filter_name=names if native else ["nMuon", *names], step_size=step):
            muons = {field: events.Muon[field] if native else events[f"Muon_{field}"] for field in _FIELDS}
            number = ak.num(muons["charge"]) if native else events.nMuon
            tally.fill(_masses(muons, number))
    return tally.spectrum()


def _masses(muons: dict[str, ak.Array], number: ak.Array) -> npt.NDArray[np.float64]:
    two = {field: values[number == 2] for field, values in muons.items()}
    opposite = two["charge"][:, 0] != two["charge"][:, 1]
    pairs = {field: values[opposite] for field, values in two.items()}
    energy, px, py, pz = (
        one + other for one, other in zip(_four_vector(pairs, 0), _four_vector(pairs, 1), strict=True)
    )
    return np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0.0))


def _four_vector(muons: dict[str, ak.Array], position: int) -> tuple[npt.NDArray[np.float64], ...]:
    pt, eta, phi, mass = (ak.to_numpy(muons[field][:, position]).astype(np.float64) for field in _FIELDS[:4])
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return np.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz


class RootMissingError(Exception):
    """The interpreter cannot import ROOT; the message says why."""


class RootProcess:
    """ROOT in a process of its own, because it may live in another environment."""

    def __init__(self, python: str) -> None:
        """Start it.

        Raises:
            RootMissingError: it has no ROOT.
        """
        variables = {**os.environ, "PYTHONPATH": str(_LIBRARY)}
        try:
            self._process = subprocess.Popen(
                [python, "-W", "ignore", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=variables,
            )
        except OSError as error:
            raise RootMissingError(f"{python} does not start: {error.strerror}") from error
        atexit.register(self._process.terminate)
        hello = self._answer()
        if "error" in hello:
            raise RootMissingError(hello["error"])

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request, and wait for the answer."""
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise RuntimeError(f"RDataFrame failed: {answer['error']}")
        return answer

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the process ended without a word"}
        return answer


@cache
def root_process(python: str) -> RootProcess:
    """The one process of this interpreter; arguments and errors as for `RootProcess`."""
    return RootProcess(python)


def rdataframe(root: RootProcess, path: str, *, events: int) -> Contestant:
    """A contestant that does the work in ROOT's process, which measures itself."""
    return partial(_run_rdataframe, root, path, events)


def _run_rdataframe(root: RootProcess, path: str, events: int) -> Run:
    low, high = SPECTRUM_RANGE
    answer = root.ask(path=path, bins=SPECTRUM_BINS, low=low, high=high)
    spectrum = Spectrum(answer["pairs"], answer["total"], np.array(answer["counts"]))
    return Run(answer["seconds"] / events * NANO, spectrum)

"""The same work with uproot and awkward, as somebody would write it who knows them: a process that answers requests."""

from functools import cache
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from benchmarks.child import serve
from benchmarks.measure import timed
from benchmarks.spectrum import Spectrum, Tally
from hepnb.events import EVENTS_TREE
from hepnb.runners.settle import settle

_STEPS: Final = (250_000, 1_000_000_000)
"""Events at a time: mostly, a quarter of a million is best; of a file that ROOT wrote in few clusters, all are."""

_FIELDS: Final = ("pt", "eta", "phi", "mass", "charge")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What a request asks for: ``path`` of a file to reduce; ``tuned``, to do it with all that we know of memory."""
    path = request["path"]
    step: int | str = uproot.TTree.iterate.__kwdefaults__["step_size"] if not request["tuned"] else _best_step(path)
    seconds, spectrum = timed(lambda: reduce(path, step))
    counts = np.asarray(spectrum.counts).tolist()
    return {"seconds": seconds, "pairs": spectrum.pairs, "total": spectrum.total, "counts": counts}


@cache
def _best_step(path: str) -> int:
    settle()
    return min(_STEPS, key=lambda step: min(timed(lambda: reduce(path, step))[0] for _ in range(2)))


def reduce(path: str, step: int | str) -> Spectrum:
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


if __name__ == "__main__":
    serve(answer)

"""Small files in Delphes layout, with whatever shall be wrong with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import uproot

from hepnb.events import DELPHES_TREE
from hepnb.features.delphes import OPTIONAL, required
from hepnb.loaders.catalogue import describe
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches

BRANCHES = {
    "EFlowTrack": {"PT": "f4", "Eta": "f4", "Phi": "f4", "PID": "i4", "Charge": "i4", "X": "f4", "Y": "f4", "Z": "f4"},
    "EFlowPhoton": {"ET": "f4", "Eta": "f4", "Phi": "f4"},
    "EFlowNeutralHadron": {"ET": "f4", "Eta": "f4", "Phi": "f4"},
    "Electron": {"PT": "f4", "Eta": "f4", "Phi": "f4", "Charge": "i4"},
    "MuonTight": {"PT": "f4", "Eta": "f4", "Phi": "f4", "Charge": "i4"},
    "Jet": {"PT": "f4", "Eta": "f4", "Phi": "f4", "Mass": "f4", "BTag": "u4"},
    "MissingET": {"MET": "f4", "Phi": "f4"},
    "Event": {"Number": "i8"},
}


def events(number: int, *, seed: int, lepton_pt: float = 40.0) -> dict[str, dict[str, ak.Array]]:
    """Events of an electron, its track, a few others and a jet; each differs from all others."""
    rng = np.random.default_rng(seed)

    def some(mean: float) -> np.ndarray:
        return rng.poisson(mean, number)

    def column(name: str, counts: np.ndarray) -> ak.Array:
        size = counts.sum()
        values = {
            "Eta": lambda: rng.uniform(-2, 2, size),
            "Phi": lambda: rng.uniform(-np.pi, np.pi, size),
            "PID": lambda: rng.choice([211, -211], size),
            "Charge": lambda: rng.choice([1, -1], size),
            "BTag": lambda: rng.integers(0, 2, size),
            "Number": lambda: np.arange(size),
        }.get(name, lambda: rng.exponential(3, size) + 1.01)()
        return ak.unflatten(values, counts)

    one, none = np.ones(number, int), np.zeros(number, int)
    counts = {"EFlowTrack": some(8), "EFlowPhoton": some(3), "EFlowNeutralHadron": some(2), "Jet": some(2)}
    counts |= {"Electron": one, "MuonTight": none, "MissingET": one, "Event": one}
    made = {name: {branch: column(branch, counts[name]) for branch in branches} for name, branches in BRANCHES.items()}
    made["Electron"]["PT"] = ak.unflatten(rng.exponential(10, number) + lepton_pt, one)
    track = {"PID": ak.unflatten(-11 * ak.flatten(made["Electron"]["Charge"]), one)}
    for branch, values in made["EFlowTrack"].items():
        own = track.get(branch, made["Electron"].get(branch, ak.unflatten(np.zeros(number), one)))
        made["EFlowTrack"][branch] = ak.concatenate([own, values], axis=1)
    return made


def read(path: str | Path, number: int) -> Iterator[pa.RecordBatch]:
    """The first events of a file, with what the features need of them."""
    schema = describe(str(path), tree=DELPHES_TREE, columns=required("MuonTight"), optional=OPTIONAL).schema
    return read_batches(EntryRange(str(path), 0, number), tree=DELPHES_TREE, schema=schema)


def write(path: Path, made: dict[str, dict[str, Any]], *, tree: str = "Delphes") -> Path:
    """Write events as a file."""
    collections = {
        name: ak.zip({branch: ak.values_astype(values, BRANCHES[name][branch]) for branch, values in branches.items()})
        for name, branches in made.items()
    }
    with uproot.recreate(path) as file:
        target = file.mktree(
            tree,
            {name: values.type.content for name, values in collections.items()},
            counter_name=lambda collection: f"{collection}_size",
            field_name=lambda collection, branch: f"{collection}.{branch}",
        )
        if len(next(iter(collections.values()))):
            target.extend(collections)
    return path

"""Files for tests, made by uproot alone and not by the code under test."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

_DTYPES = {"pt": "f4", "eta": "f4", "phi": "f4", "mass": "f4", "charge": "i4"}
MUON_TYPE = "var * {pt: float32, eta: float32, phi: float32, mass: float32, charge: int32}"


def write_muons(path: Path, events: Sequence[Sequence[Mapping[str, Any]]], *, cluster: int | None = None) -> Path:
    """Write events, each a list of muons, as a NanoAOD-like TTree; `cluster` events per cluster."""
    step = cluster or max(len(events), 1)
    counts = np.array([len(muons) for muons in events], dtype=np.int64)
    flat = [one for muons in events for one in muons]
    columns = {name: np.array([one[name] for one in flat], dtype=dtype) for name, dtype in _DTYPES.items()}
    collection = ak.unflatten(ak.zip(columns), counts)
    with uproot.recreate(path) as file:
        tree = file.mktree("Events", {"Muon": MUON_TYPE})
        for start in range(0, len(events), step):
            tree.extend({"Muon": collection[start : start + step]})
    return path


def muon(pt: float, *, eta: float = 0.0, phi: float = 0.0, charge: int = 1, mass: float = 0.0) -> dict[str, float]:
    """One muon; massless, so that masses can be worked out in the head."""
    return {"pt": float(pt), "eta": float(eta), "phi": float(phi), "mass": float(mass), "charge": charge}

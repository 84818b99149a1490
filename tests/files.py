"""Files for tests, made by uproot alone and not by the code under test."""

import math
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


LEADING, TRAILING = muon(30), muon(20, phi=math.pi, charge=-1)

CMS_CASES = [
    ([LEADING, TRAILING], 3),
    ([LEADING], 0),
    ([LEADING, TRAILING | {"pt": 9.9}], 0),
    ([LEADING, TRAILING | {"eta": 2.5}], 0),
    ([LEADING, TRAILING | {"isolation": 0.6}], 0),
    ([LEADING, TRAILING | {"is_global": False}], 0),
    ([LEADING | {"pt": 24.9}, TRAILING], 1),
    ([LEADING | {"eta": -2.2}, TRAILING], 1),
    ([LEADING | {"isolation": 0.13}, TRAILING], 1),
    ([LEADING, TRAILING | {"charge": 1}], 2),
    ([TRAILING, LEADING], 3),
    ([muon(5), LEADING, TRAILING, muon(11)], 3),
]
"""Muons of an event -> how many of the cuts of cms2012 it passes; passing all, its mass is 2 sqrt(30 * 20)."""

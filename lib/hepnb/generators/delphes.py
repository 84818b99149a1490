"""What a reader of Delphes files finds in an event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepnb import events as names
from hepnb.generators.flat import Flags, Floats, Jets, Leptons, Objects, Tracks, joined, vector_sum
from hepnb.generators.request import Batch

_KINEMATICS: Final = {"PT": "pt", "Eta": "eta", "Phi": "phi"}
_TOWER: Final = {"ET": "pt", "Eta": "eta", "Phi": "phi"}
_LEPTON: Final = {**_KINEMATICS, "Charge": "charge"}
_BRANCHES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    names.TRACK: ("tracks", {**_KINEMATICS, "PID": "pid", "Charge": "charge", "X": "x", "Y": "y", "Z": "z"}),
    names.PHOTON: ("photons", _TOWER),
    names.NEUTRAL_HADRON: ("neutral_hadrons", _TOWER),
    names.ELECTRON: ("electrons", _LEPTON),
    names.MUON_COLLECTIONS[0]: ("muons", _LEPTON),
    names.JET: ("jets", {**_KINEMATICS, "Mass": "mass", "BTag": "btag"}),
}
"""Collection -> attribute of `Seen`, and leaf -> attribute of its objects."""

_INTEGERS: Final = {"PID": np.int32, "Charge": np.int32, "BTag": np.uint32}
"""Widths of the leaves in genuine files; all others are float32."""


@dataclass(frozen=True)
class Seen:
    """What the detector saw of many events; all numbers fit float32, as they will be written."""

    events: int
    tracks: Tracks
    photons: Objects  # energies that no track explains, as the next
    neutral_hadrons: Objects
    electrons: Leptons
    muons: Leptons
    jets: Jets

    def of(self, kept: Flags) -> "Seen":
        """Some of the events; a flag for each."""
        parts = {name: part.of(kept) for name, part in self._parts().items()}
        return Seen(int(kept.sum()), **parts)

    def flow(self) -> Objects:
        """Everything that was seen, once: tracks and what they do not explain."""
        flying = (Objects(part.event, part.pt, part.eta, part.phi) for part in self._flow())
        return joined(*flying)

    def missing(self) -> tuple[Floats, Floats]:
        """Magnitude [GeV] and azimuth [rad] of what balances everything that was seen, ``(events,)`` each."""
        px, py = vector_sum(self._flow(), events=self.events)
        return np.hypot(px, py), np.arctan2(-py, -px)

    def _flow(self) -> tuple[Objects, ...]:
        return self.tracks, self.photons, self.neutral_hadrons

    def _parts(self) -> dict[str, Any]:
        return {column.name: getattr(self, column.name) for column in fields(self) if column.name != "events"}


def as_written(values: Floats) -> Floats:
    """Numbers as float32 has them: what is decided from them, a reader of the file will decide, too."""
    return values.astype(np.float32).astype(np.float64)


def record(seen: Seen, *, first: int) -> ak.Array:
    """Events as records of Delphes's collections, with the widths of genuine files.

    Args:
        seen: the events.
        first: number of the first of them.
    """
    number = np.arange(first, first + seen.events, dtype=np.int64)
    met, phi = seen.missing()
    one = np.ones(seen.events, dtype=np.int64)
    collections = {
        "Event": _collection({"Number": number, "Weight": np.ones(seen.events, dtype=np.float32)}, one),
        names.MISSING_ET: _collection({"MET": met.astype(np.float32), "Phi": phi.astype(np.float32)}, one),
    }
    for name, (attribute, leaves) in _BRANCHES.items():
        part = getattr(seen, attribute)
        columns = {leaf: getattr(part, own).astype(_INTEGERS.get(leaf, np.float32)) for leaf, own in leaves.items()}
        collections[name] = _collection(columns, np.bincount(part.event, minlength=seen.events))
    return ak.zip(collections, depth_limit=1)


def gathered(parts: Iterable[Seen], batch: Batch) -> ak.Array:
    """The records of a batch: as many events as it asks for, from parts that come without end."""
    records: list[ak.Array] = []
    done = 0
    for part in parts:
        wanted = part.of(np.arange(part.events) < batch.size - done)
        records.append(record(wanted, first=batch.first + done))
        done += wanted.events
        if done == batch.size:
            break
    return ak.concatenate(records)


def _collection(columns: Mapping[str, npt.NDArray[Any]], counts: npt.NDArray[np.int64]) -> ak.Array:
    return ak.unflatten(ak.zip(columns), counts)

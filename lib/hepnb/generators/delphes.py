"""What a reader of Delphes files finds in an event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepnb import events as names
from hepnb.generators.flat import KnownTracks, MassiveJets, flying, vector_sum
from hepnb.generators.request import Batch
from hepnb.physics.candidates import Candidates, Flags, Floats, IdentifiedLeptons, Surroundings
from hepnb.physics.conventions import HEPNB
from hepnb.physics.trigger import above_thresholds, triggering_leptons

_DIRECTION: Final = {names.ETA: "eta", names.PHI: "phi"}
_KINEMATICS: Final = {names.PT: "pt", **_DIRECTION}
_TOWER: Final = {names.ET: "pt", **_DIRECTION}
_LEPTON: Final = {**_KINEMATICS, names.CHARGE: "charge"}
_TRACK: Final = {**_KINEMATICS, names.PID: "pid", names.CHARGE: "charge", **dict(zip(names.VERTEX, "xyz", strict=True))}
_BRANCHES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    names.TRACK: ("tracks", _TRACK),
    names.PHOTON: ("photons", _TOWER),
    names.NEUTRAL_HADRON: ("neutral_hadrons", _TOWER),
    names.ELECTRON: ("electrons", _LEPTON),
    names.MUON_COLLECTIONS[0]: ("muons", _LEPTON),
    names.JET: ("jets", {**_KINEMATICS, "Mass": "mass", names.B_TAG: "b_tagged"}),
}
"""Collection -> attribute of `Seen`, and leaf -> attribute of its objects."""

_INTEGERS: Final = {names.PID: np.int32, names.CHARGE: np.int32, names.B_TAG: np.uint32}
"""Widths of the leaves in genuine files; all others are float32."""


@dataclass(frozen=True)
class Seen:
    """What the detector saw of many events; all numbers fit float32, as they will be written."""

    events: int
    tracks: KnownTracks
    photons: Candidates  # energies that no track explains, as the next
    neutral_hadrons: Candidates
    electrons: IdentifiedLeptons
    muons: IdentifiedLeptons
    jets: MassiveJets

    def of_events(self, kept: Flags) -> "Seen":
        """Some of the events; a flag for each."""
        parts = {name: part.of_events(kept) for name, part in self._parts().items()}
        return Seen(int(kept.sum()), **parts)

    def flow(self) -> Candidates:
        """Everything that was seen, once: tracks and what they do not explain."""
        return flying(*self._flow())

    def triggering(self) -> Flags:
        """Which events the trigger of `hepnb.physics.trigger` keeps, ``(events,)``."""
        around = above_thresholds(Surroundings(self.tracks, self.neutral_hadrons, self.photons))
        leptons = triggering_leptons(self.electrons, self.muons, around, conventions=HEPNB)
        return leptons.occupied(self.events)

    def missing(self) -> tuple[Floats, Floats]:
        """Magnitude [GeV] and azimuth [rad] of what balances everything that was seen, ``(events,)`` each."""
        px, py = vector_sum(self._flow(), events=self.events)
        return np.hypot(px, py), np.arctan2(-py, -px)

    def _flow(self) -> tuple[Candidates, ...]:
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
        names.EVENT: _collection({names.NUMBER: number, "Weight": np.ones(seen.events, dtype=np.float32)}, one),
        names.MISSING_ET: _collection({names.MET: met.astype(np.float32), names.PHI: phi.astype(np.float32)}, one),
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
        wanted = part.of_events(np.arange(part.events) < batch.size - done)
        records.append(record(wanted, first=batch.first + done))
        done += wanted.events
        if done == batch.size:
            break
    return ak.concatenate(records)


def _collection(columns: Mapping[str, npt.NDArray[Any]], counts: npt.NDArray[np.int64]) -> ak.Array:
    return ak.unflatten(ak.zip(columns), counts)

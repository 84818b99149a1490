"""Which branches of a Delphes tree the features need, and a batch of events as particles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepnb import events as names
from hepnb.errors import MissingNameError, WrongTypeError, nearest
from hepnb.physics.candidates import (
    Candidates,
    Floats,
    IdentifiedLeptons,
    Integers,
    Jets,
    Surroundings,
    Tracks,
    charge_of,
)
from hepnb.physics.conventions import Conventions

_BRANCHES: Final = {
    names.TRACK: ("PT", "Eta", "Phi", "PID", "X", "Y", "Z"),
    names.PHOTON: ("ET", "Eta", "Phi"),
    names.NEUTRAL_HADRON: ("ET", "Eta", "Phi"),
    names.ELECTRON: ("PT", "Eta", "Phi", "Charge"),
    names.JET: ("PT", "Eta", "Phi", "BTag"),
    names.MISSING_ET: ("MET", "Phi"),
}
_MUON_BRANCHES: Final = ("PT", "Eta", "Phi", "Charge")
_TRACK_CHARGE: Final = f"{names.TRACK}.Charge"

OPTIONAL: Final = (names.EVENT_NUMBER, _TRACK_CHARGE)
"""Used where a tree has them. Without the charges of tracks, they follow from the PDG numbers."""


def required(muons: str) -> tuple[str, ...]:
    """The branches without which there are no features.

    Args:
        muons: what the tree calls its muons.
    """
    collections = {**_BRANCHES, muons: _MUON_BRANCHES}
    return tuple(f"{collection}.{branch}" for collection, branches in collections.items() for branch in branches)


def muons_of(columns: Sequence[str], *, where: str) -> str:
    """What a tree calls its muons.

    Args:
        columns: of the tree.
        where: the tree, for the sentence.

    Raises:
        MissingNameError: it has none.
    """
    for collection in names.MUON_COLLECTIONS:
        if all(f"{collection}.{branch}" in columns for branch in _MUON_BRANCHES):
            return collection
    raise MissingNameError(
        f"The features need the branches {names.MUON_COLLECTIONS[0]}.PT, .Eta, .Phi and .Charge, or the same of "
        f"{names.MUON_COLLECTIONS[1]}, which {where} lacks; {nearest('Muon.PT', columns)}."
    )


@dataclass(frozen=True)
class DelphesEvents:
    """A batch of events.

    Attributes:
        size: how many.
        number: as the file counts them, ``(size,)``; 0 where it does not.
        electrons: of all of them, as the others.
        muons: likewise.
        surroundings: likewise.
        jets: likewise.
        met: missing transverse energy [GeV], ``(size,)``; NaN where an event has none.
        met_phi: its azimuth [rad], ``(size,)``.
    """

    size: int
    number: npt.NDArray[np.int64]
    electrons: IdentifiedLeptons
    muons: IdentifiedLeptons
    surroundings: Surroundings
    jets: Jets
    met: Floats
    met_phi: Floats


def particles_of(batch: pa.RecordBatch, *, conventions: Conventions) -> DelphesEvents:
    """The particles of a batch of events.

    Args:
        batch: with the columns of `required`, and of `OPTIONAL` where there are some.
        conventions: how tracks get their charges.

    Raises:
        MissingNameError: a column is missing.
        WrongTypeError: a column is not a list of numbers, or columns of a collection differ in length.
    """
    muons = muons_of(batch.schema.names, where="the batch")
    tracks = _Collection(batch, names.TRACK)
    electrons, identified_muons = (
        IdentifiedLeptons(*collection.momenta(), collection["Charge"])
        for collection in (_Collection(batch, names.ELECTRON), _Collection(batch, muons))
    )
    jets = _Collection(batch, names.JET)
    missing = _Collection(batch, names.MISSING_ET)
    return DelphesEvents(
        size=len(batch),
        number=_numbers(batch),
        electrons=electrons,
        muons=identified_muons,
        surroundings=Surroundings(
            tracks=Tracks(*tracks.momenta(), _charges(tracks, conventions), tracks["X"], tracks["Y"], tracks["Z"]),
            neutral_hadrons=Candidates(*_Collection(batch, names.NEUTRAL_HADRON).momenta("ET")),
            photons=Candidates(*_Collection(batch, names.PHOTON).momenta("ET")),
        ),
        jets=Jets(*jets.momenta(), jets["BTag"] > 0),
        met=missing.first("MET"),
        met_phi=missing.first("Phi"),
    )


class _Collection:
    """The branches of a collection: the values one after the other."""

    def __init__(self, batch: pa.RecordBatch, name: str) -> None:
        prefix = f"{name}."
        lists = {column: batch.column(column) for column in batch.schema.names if column.startswith(prefix)}
        for column, values in lists.items():
            check_list(values.type, column, where="the batch")
        counts = [np.diff(values.offsets.to_numpy()) for values in lists.values()]
        for column, number in zip(lists, counts, strict=True):
            if not np.array_equal(number, counts[0]):
                raise WrongTypeError(f"'{column}' has other numbers of elements than '{next(iter(lists))}'.")
        self._name = name
        self._counts = counts[0] if counts else np.zeros(len(batch), np.int64)
        self._values = {
            column.removeprefix(prefix): np.asarray(values.flatten().to_numpy(zero_copy_only=False), np.float64)
            for column, values in lists.items()
        }

    def __contains__(self, branch: str) -> bool:
        return branch in self._values

    def __getitem__(self, branch: str) -> Floats:
        if branch not in self._values:
            raise MissingNameError(
                f"The features need the branch '{self._name}.{branch}', which the batch lacks; "
                f"{nearest(branch, self._values)}."
            )
        return self._values[branch]

    @property
    def event(self) -> Integers:
        """Which event each value belongs to."""
        return np.repeat(np.arange(len(self._counts)), self._counts)

    def momenta(self, pt: str = "PT") -> tuple[Integers, Floats, Floats, Floats]:
        """Event, transverse momentum or energy [GeV], eta and phi [rad]."""
        return self.event, self[pt], self["Eta"], self["Phi"]

    def first(self, branch: str) -> Floats:
        """The first value of each event, NaN where there is none."""
        found = np.full(len(self._counts), np.nan)
        some = self._counts > 0
        found[some] = self[branch][(np.cumsum(self._counts) - self._counts)[some]]
        return found


def check_list(type_: pa.DataType, column: str, *, where: str) -> None:
    """Check that a column can be a branch of a collection.

    Raises:
        WrongTypeError: it is not a list of numbers.
    """
    if not (
        pa.types.is_list(type_) and (pa.types.is_integer(type_.value_type) or pa.types.is_floating(type_.value_type))
    ):
        raise WrongTypeError(f"The features need a list of numbers in '{column}', but in {where} it is {type_}.")


def _charges(tracks: _Collection, conventions: Conventions) -> Floats:
    if conventions.charge_is_sign_of_pid:
        return np.sign(tracks["PID"])
    return tracks["Charge"] if "Charge" in tracks else charge_of(tracks["PID"])


def _numbers(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    if names.EVENT_NUMBER not in batch.schema.names:
        return np.zeros(len(batch), np.int64)
    collection, branch = names.EVENT_NUMBER.split(".")
    return np.nan_to_num(_Collection(batch, collection).first(branch)).astype(np.int64)

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

_KINEMATICS: Final = (names.PT, names.ETA, names.PHI)
_TOWER: Final = (names.ET, names.ETA, names.PHI)
_LEPTON: Final = (*_KINEMATICS, names.CHARGE)
_BRANCHES: Final = {
    names.TRACK: (*_KINEMATICS, names.PID, *names.VERTEX),
    names.PHOTON: _TOWER,
    names.NEUTRAL_HADRON: _TOWER,
    names.ELECTRON: _LEPTON,
    names.JET: (*_KINEMATICS, names.B_TAG),
    names.MISSING_ET: (names.MET, names.PHI),
}

_EVENT_NUMBER: Final = f"{names.EVENT}.{names.NUMBER}"
OPTIONAL: Final = (_EVENT_NUMBER, f"{names.TRACK}.{names.CHARGE}")
"""Used where a tree has them. Without the charges of tracks, they follow from the PDG numbers."""


def required(muons: str) -> tuple[str, ...]:
    """The branches without which there are no features.

    Args:
        muons: what the tree calls its muons.
    """
    collections = {**_BRANCHES, muons: _LEPTON}
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
        if all(f"{collection}.{branch}" in columns for branch in _LEPTON):
            return collection
    preferred, other = names.MUON_COLLECTIONS
    raise MissingNameError(
        f"The features need the branches {preferred}.PT, .Eta, .Phi and .Charge, or the same of {other}, "
        f"which {where} lacks; {nearest(f'{other}.{names.PT}', columns)}."
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
        IdentifiedLeptons(*collection.momenta(), collection[names.CHARGE])
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
            tracks=Tracks(*tracks.momenta(), _charges(tracks, conventions), *(tracks[leaf] for leaf in names.VERTEX)),
            neutral_hadrons=Candidates(*_Collection(batch, names.NEUTRAL_HADRON).momenta(names.ET)),
            photons=Candidates(*_Collection(batch, names.PHOTON).momenta(names.ET)),
        ),
        jets=Jets(*jets.momenta(), jets[names.B_TAG] > 0),
        met=missing.first(names.MET),
        met_phi=missing.first(names.PHI),
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

    def momenta(self, pt: str = names.PT) -> tuple[Integers, Floats, Floats, Floats]:
        """Event, transverse momentum or energy [GeV], eta and phi [rad]."""
        return self.event, self[pt], self[names.ETA], self[names.PHI]

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
        return np.sign(tracks[names.PID])
    return tracks[names.CHARGE] if names.CHARGE in tracks else charge_of(tracks[names.PID])


def _numbers(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    if _EVENT_NUMBER not in batch.schema.names:
        return np.zeros(len(batch), np.int64)
    return np.nan_to_num(_Collection(batch, names.EVENT).first(names.NUMBER)).astype(np.int64)

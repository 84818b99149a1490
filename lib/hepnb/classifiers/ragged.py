"""How do events get from Parquet into arrays?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from hepnb.errors import FormatError, MissingInputError
from hepnb.events import EVENT_KEY, HLF_INPUT, HLF_NAMES, LABEL, PARTICLE_FEATURES, PARTICLE_INPUT, Process
from hepnb.features.folder import FeatureFolder

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

HLF: Final = "hlf"
PARTICLES: Final = "particles"

_COLUMNS: Final = {HLF: HLF_INPUT, PARTICLES: PARTICLE_INPUT}
_GROUPS_OF_HLF: Final = 64
"""Row groups read at once where there are no particles: a small read costs as much as its overhead."""


@dataclass(frozen=True)
class Extent:
    """Row groups of one file that are read at once.

    Attributes:
        path: of the file.
        groups: numbers of the row groups.
        first: number of the first event in the split, in the order of the files.
        events: how many.
    """

    path: Path
    groups: tuple[int, ...]
    first: int
    events: int


@dataclass(frozen=True)
class Ragged:
    """Events one after the other.

    Attributes:
        rows: number of each event in the split, in the order of the files, ``(n,)``.
        labels: ``(n,)``.
        hlf: high-level features, ``(n, 14)``.
        particles: of all events, ``(n_particles, 19)``.
        starts: where the particles of each event begin, ``(n,)``.
        lengths: how many particles each event has, ``(n,)``.
    """

    rows: Integers
    labels: npt.NDArray[np.int32]
    hlf: Floats | None
    particles: Floats | None
    starts: Integers
    lengths: Integers

    def __len__(self) -> int:
        """How many events."""
        return len(self.rows)

    def part(self, begin: int, end: int) -> "Ragged":
        """Events from `begin` to before `end`, as views."""
        chosen = slice(begin, end)
        hlf = None if self.hlf is None else self.hlf[chosen]
        starts, lengths = self.starts[chosen], self.lengths[chosen]
        particles = self.particles
        if particles is not None:
            first = int(starts[0]) if len(starts) else 0
            particles = particles[first : first + int(lengths.sum())]
            starts = starts - first
        return Ragged(self.rows[chosen], self.labels[chosen], hlf, particles, starts, lengths)

    @classmethod
    def joined(cls, parts: Sequence["Ragged"], *, inputs: Sequence[str], space: "Space | None" = None) -> Self:
        """All events, with a row of zeros behind the last particle, which `padded` takes for padding.

        Args:
            parts: the events.
            inputs: which features they have.
            space: where to put the particles; what was there before is lost.
        """
        lengths = np.concatenate([np.zeros(0, np.int64), *(part.lengths for part in parts)])
        hlf, particles = None, None
        if HLF in inputs:
            none = np.zeros((0, len(HLF_NAMES)), np.float32)
            hlf = np.concatenate([none, *(part.hlf for part in parts if part.hlf is not None)])
        if PARTICLES in inputs:
            padding = np.zeros((1, len(PARTICLE_FEATURES)), np.float32)
            of_all = [*(part.particles for part in parts if part.particles is not None), padding]
            room = (space or Space()).rows(sum(len(one) for one in of_all))
            particles = np.concatenate(of_all, out=room)
        return cls(
            np.concatenate([np.zeros(0, np.int64), *(part.rows for part in parts)]),
            np.concatenate([np.zeros(0, np.int32), *(part.labels for part in parts)]),
            hlf,
            particles,
            np.cumsum(lengths) - lengths,
            lengths,
        )

    def padded(self, events: Integers, length: int) -> Floats:
        """Particles of chosen events of `joined` ones, ``(len(events), length, 19)``, zeros behind the last of each."""
        assert self.particles is not None  # noqa: S101  # whoever asks for particles has read them
        position = np.arange(length)
        index = np.where(
            position < self.lengths[events, np.newaxis],
            self.starts[events, np.newaxis] + position,
            len(self.particles) - 1,
        )
        return self.particles.take(index, axis=0, mode="clip")


class Space:
    """Memory for particles that is used again: fresh memory costs more than filling it."""

    def __init__(self) -> None:
        """Take none yet."""
        self._held = np.empty((0, len(PARTICLE_FEATURES)), np.float32)

    def rows(self, number: int) -> Floats:
        """Room for so many particles, ``(number, 19)``."""
        if number > len(self._held):
            self._held = np.empty((number + number // 8, len(PARTICLE_FEATURES)), np.float32)
        return self._held[:number]


def extents(folder: FeatureFolder, split: str, *, inputs: Sequence[str]) -> list[Extent]:
    """What a split is read in, in the order of the files.

    Raises:
        MissingInputError: a file of the folder is not there.
        FormatError: a file of the folder is damaged.
    """
    at_once = 1 if PARTICLES in inputs else _GROUPS_OF_HLF
    found: list[Extent] = []
    first = 0
    for path in folder.files(split):
        metadata = _opened(path).metadata
        sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
        for begin in range(0, len(sizes), at_once):
            groups = range(begin, min(begin + at_once, len(sizes)))
            events = sum(sizes[group] for group in groups)
            found.append(Extent(path, tuple(groups), first, events))
            first += events
    return [extent for extent in found if extent.events]


def read(extent: Extent, *, inputs: Sequence[str]) -> Ragged:
    """Read the events of an extent.

    Raises:
        MissingInputError: the file is not there.
        FormatError: the file is damaged, or has other columns or other numbers of features.
    """
    table = _table(extent, [LABEL, *(_COLUMNS[name] for name in inputs)])
    labels = table[LABEL].to_numpy()
    if len(labels) and not (labels.min() >= 0 and labels.max() < len(Process)):
        raise FormatError(f"{extent.path} has labels beyond 0, 1 and 2. Make the features anew.")
    nothing = np.zeros(len(labels), np.int64)
    hlf, particles, starts, lengths = None, None, nothing, nothing
    if HLF in inputs:
        hlf, _, _ = _lists(table[HLF_INPUT], len(HLF_NAMES), extent.path)
        if len(hlf) != len(labels):
            raise FormatError(f"{extent.path} has events without {len(HLF_NAMES)} high-level features.")
    if PARTICLES in inputs:
        particles, starts, lengths = _lists(table[PARTICLE_INPUT], len(PARTICLE_FEATURES), extent.path)
    rows = np.arange(extent.first, extent.first + len(labels))
    return Ragged(rows, labels.astype(np.int32), hlf, particles, starts, lengths)


def column(folder: FeatureFolder, split: str, name: str) -> npt.NDArray[Any]:
    """A column of numbers of a split, in the order of the files.

    Args:
        folder: of features.
        split: of it.
        name: `hepnb.events.LABEL` or `hepnb.events.EVENT_KEY`.
    """
    kind = {LABEL: np.int32, EVENT_KEY: np.int64}[name]
    parts = [_checked(path, lambda file: file.read(columns=[name]))[name].to_numpy() for path in folder.files(split)]
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind)


def _table(extent: Extent, columns: list[str]) -> pa.Table:
    table = _checked(
        extent.path, lambda file: file.read_row_groups(list(extent.groups), columns=columns, use_threads=False)
    )
    missing = set(columns) - set(table.column_names)
    if missing:
        raise FormatError(f"{extent.path} has no column {' and no column '.join(sorted(missing))}.")
    return table


def _lists(values: pa.ChunkedArray, features: int, path: Path) -> tuple[Floats, Integers, Integers]:
    """Rows of features ``(n, features)``, and where the rows of each event begin and how many they are."""
    lists = values.combine_chunks()
    if lists.null_count:
        raise FormatError(f"{path} has events without values. Make the features anew.")
    offsets = lists.offsets.to_numpy().astype(np.int64)
    if (offsets % features).any():
        raise FormatError(f"{path} has lists whose length is no multiple of {features}. Make the features anew.")
    flat = lists.values.to_numpy()[offsets[0] : offsets[-1]].astype(np.float32, copy=False)
    offsets = (offsets - offsets[0]) // features
    return flat.reshape(-1, features), offsets[:-1], np.diff(offsets)


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError as error:
        raise MissingInputError(f"{path} is not there, though the folder's list has it. Make the features anew.") from (
            error
        )
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path} cannot be read: {error}. Make the features anew.") from error


def _checked(path: Path, work: Any) -> pa.Table:
    with _opened(path) as file:
        try:
            return work(file)
        except (pa.ArrowException, OSError) as error:
            raise FormatError(f"{path} cannot be read: {error}. Make the features anew.") from error

"""What one worker does with features that are all there: summarise a part, write a file of the folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepnb.events import HLF_NAMES, PARTICLE_FEATURES, SPLITS, Process
from hepnb.features.folder import SCHEMA, Shard, write_shard
from hepnb.features.identity import Keys, balance_ranks, splits_of
from hepnb.features.parts import Rows, in_order, joined, lists, ragged, read_part
from hepnb.features.scaling import PARTICLE_CURVES, Curve, Moments, Scaling
from hepnb.features.scaling import joined as joined_moments
from hepnb.physics.sequence import Particles

MANTISSA_BITS: Final = 10
"""Kept of a scaled particle's features: as many as half precision has, in a type that everything reads."""


@dataclass(frozen=True)
class Choice:
    """Which events go into the folder.

    Attributes:
        seed: of the balancing.
        most: the largest balancing rank that is kept, -1 for none, of each label and split, ``(n_classes, n_splits)``.
    """

    seed: int
    most: npt.NDArray[np.int64]

    def kept(self, keys: Keys, labels: npt.NDArray[np.int32], splits: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which events are kept."""
        return np.asarray(balance_ranks(keys, seed=self.seed) <= self.most[labels, splits])


@dataclass(frozen=True)
class Fit:
    """What a scaling is fitted on.

    Attributes:
        choice: which events are kept.
        split: the number of the split; all of them for ``None``.
        hlf_curves: of the high-level features.
        particles: whether to summarise those, too.
    """

    choice: Choice
    split: int | None
    hlf_curves: tuple[Curve, ...]
    particles: bool


def summarise(path: Path, *, fit: Fit) -> tuple[Moments, Moments]:
    """Summarise the high-level and the particle features of the events of a part."""
    hlf = [Moments.of(np.zeros((0, len(HLF_NAMES))), fit.hlf_curves)]
    particles = [Moments.of(np.zeros((0, len(PARTICLE_FEATURES))), PARTICLE_CURVES)]
    for rows in read_part(path):
        splits = splits_of(rows.keys)
        kept = fit.choice.kept(rows.keys, rows.labels, splits)
        wanted = rows.taken(kept if fit.split is None else kept & (splits == fit.split))
        hlf.append(Moments.of(wanted.hlf, fit.hlf_curves))
        if fit.particles:
            particles.append(Moments.of(wanted.particles.rows, PARTICLE_CURVES))
    return joined_moments(hlf), joined_moments(particles)


@dataclass(frozen=True)
class Range:
    """The events that go into one file of the folder.

    Attributes:
        name: of the file, relative to the folder.
        split: the number of the split.
        first: smallest place in the order of events.
        beyond: smallest place that belongs to the next file.
    """

    name: str
    split: int
    first: int
    beyond: int


@dataclass(frozen=True, kw_only=True)
class Finish:
    """What is asked of the workers that write the files of the folder.

    Attributes:
        parts: of all events.
        choice: which events are kept.
        hlf_scaling: of the high-level features.
        particle_scaling: of the particles' features; ``None`` leaves them as they are.
        folder: where the files go.
    """

    parts: Sequence[Path]
    choice: Choice
    hlf_scaling: Scaling
    particle_scaling: Scaling | None
    folder: Path


def write_range(wanted: Range, *, finish: Finish) -> Shard | None:
    """Collect the events of a range from all parts, scale them, and write them down in order; none for no events."""
    found = []
    for part in finish.parts:
        for rows in read_part(part, first=wanted.first, beyond=wanted.beyond):
            splits = splits_of(rows.keys)
            kept = (splits == wanted.split) & finish.choice.kept(rows.keys, rows.labels, splits)
            if kept.any():
                found.append(rows.taken(kept))
    if not found:
        return None
    rows = in_order(joined(found))
    write_shard(finish.folder / wanted.name, _table(rows, SPLITS[wanted.split], finish))
    return Shard(wanted.name, len(rows), int(rows.particles.counts.sum()))


def _table(rows: Rows, split: str, finish: Finish) -> pa.Table:
    scaling = finish.particle_scaling
    particles = rows.particles.rows if scaling is None else scaling.apply(rows.particles.rows)
    columns = [
        rows.keys.view(np.int64),
        rows.labels,
        lists(np.eye(len(Process), dtype=np.float32)[rows.labels]),
        pa.repeat(split, len(rows)),
        lists(finish.hlf_scaling.apply(rows.hlf)),
        ragged(Particles(rows.particles.counts, rounded(particles))),
    ]
    return pa.table(columns, schema=SCHEMA)


def rounded(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The nearest numbers of `MANTISSA_BITS`; the zeros that follow cost nothing in a compressed file."""
    dropped = 23 - MANTISSA_BITS
    bits = np.ascontiguousarray(values).view(np.uint32)
    return ((bits + (1 << (dropped - 1))) & ~np.uint32((1 << dropped) - 1)).view(np.float32)

"""Features on their way to the folder: what the workers write down, unscaled, and what is read of it later."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from hepnb.events import EVENT_KEY, HLF_INPUT, HLF_NAMES, LABEL, PARTICLE_FEATURES, PARTICLE_INPUT
from hepnb.features.identity import Keys, order_ranks
from hepnb.physics.candidates import Floats
from hepnb.physics.sequence import Particles

_ORDER: Final = "order"
_ROW_GROUP: Final = 256  # events; so little is read too much at the edges of a range

_SCHEMA: Final = pa.schema(
    [
        (_ORDER, pa.uint64()),
        (EVENT_KEY, pa.uint64()),
        (LABEL, pa.int32()),
        (HLF_INPUT, pa.list_(pa.float64())),
        (PARTICLE_INPUT, pa.list_(pa.float32())),
    ]
)


@dataclass(frozen=True)
class Rows:
    """The features of some events, ``(n_events,)`` and ``(n_events, 14)``.

    Attributes:
        order: by which the events are to be put in order.
        keys: what identifies them.
        labels: see `hepnb.events.Process`.
        hlf: high-level features.
        particles: the sequences.
    """

    order: Keys
    keys: Keys
    labels: npt.NDArray[np.int32]
    hlf: Floats
    particles: Particles

    def __len__(self) -> int:
        """How many events."""
        return len(self.keys)

    def taken(self, index: npt.NDArray[Any]) -> "Rows":
        """Some events: those of these numbers, in this order, or where this is true."""
        chosen = np.arange(len(self))[index]
        counts = self.particles.counts
        begins = np.cumsum(counts) - counts
        kept = counts[chosen]
        row = np.arange(kept.sum()) + np.repeat(begins[chosen] - np.cumsum(kept) + kept, kept)
        return Rows(
            self.order[chosen],
            self.keys[chosen],
            self.labels[chosen],
            self.hlf[chosen],
            Particles(kept, self.particles.rows[row]),
        )


def made_rows(keys: Keys, labels: npt.NDArray[np.int32], hlf: Floats, particles: Particles, *, seed: int) -> Rows:
    """Features with their place in the order that a seed gives."""
    return Rows(order_ranks(keys, seed=seed), keys, labels, hlf, particles)


def joined(rows: list[Rows]) -> Rows:
    """All of them, at least one."""
    return Rows(
        np.concatenate([one.order for one in rows]),
        np.concatenate([one.keys for one in rows]),
        np.concatenate([one.labels for one in rows]),
        np.concatenate([one.hlf for one in rows]),
        Particles(
            np.concatenate([one.particles.counts for one in rows]),
            np.concatenate([one.particles.rows for one in rows]),
        ),
    )


def in_order(rows: Rows) -> Rows:
    """The same events in the order that is wanted; copies of an event by their labels."""
    return rows.taken(np.lexsort((rows.labels, rows.order)))


def write_part(path: Path, rows: Rows) -> None:
    """Write down features, in their order."""
    ordered = in_order(rows)
    table = pa.table(
        [ordered.order, ordered.keys, ordered.labels, lists(ordered.hlf), ragged(ordered.particles)], schema=_SCHEMA
    )
    pq.write_table(table, path, compression="lz4", use_dictionary=False, row_group_size=_ROW_GROUP)


def read_part(path: Path, *, first: int = 0, beyond: int = 1 << 64) -> Iterator[Rows]:
    """What was written down, a few hundred events at a time.

    Args:
        path: of the part.
        first: smallest place in the order that is wanted.
        beyond: smallest place that is not.
    """
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            places = file.metadata.row_group(group).column(0).statistics
            if places.max >= first and places.min < beyond:
                rows = _rows(file.read_row_group(group))
                inside = (rows.order >= first) & (rows.order < beyond)
                yield rows if inside.all() else rows.taken(inside)


def _rows(table: pa.Table) -> Rows:
    batch = table.combine_chunks().to_batches()[0]
    particles = batch.column(PARTICLE_INPUT)
    width = len(PARTICLE_FEATURES)
    return Rows(
        batch.column(_ORDER).to_numpy(),
        batch.column(EVENT_KEY).to_numpy(),
        batch.column(LABEL).to_numpy(),
        batch.column(HLF_INPUT).flatten().to_numpy().reshape(-1, len(HLF_NAMES)),
        Particles(
            np.diff(particles.offsets.to_numpy()).astype(np.int64) // width,
            particles.flatten().to_numpy().reshape(-1, width),
        ),
    )


def lists(rows: npt.NDArray[Any]) -> pa.ListArray:
    """A list of each row, ``(n, width)``."""
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
    return pa.ListArray.from_arrays(offsets, np.ascontiguousarray(rows).ravel())


def ragged(particles: Particles) -> pa.ListArray:
    """A list of each event: its particles' rows one after the other."""
    offsets = np.concatenate([[0], np.cumsum(particles.counts)]) * len(PARTICLE_FEATURES)
    return pa.ListArray.from_arrays(offsets.astype(np.int32), particles.rows.ravel())

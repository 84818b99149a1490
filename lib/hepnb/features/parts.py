"""Features on their way to the folder: what the workers write down, unscaled, and what is read of it later."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepnb.events import EVENT_KEY, HLF_INPUT, HLF_NAMES, LABEL, PARTICLE_FEATURES, PARTICLE_INPUT
from hepnb.features.identity import Keys, order_ranks
from hepnb.physics.candidates import Floats, spans
from hepnb.physics.sequence import Particles

_ORDER: Final = "order"
_BATCH: Final = 256  # events; so little is read too much at the edges of a range
_PLACES: Final = b"places"
"""Metadata: the smallest and the largest place of each batch."""

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
        return Rows(
            self.order[chosen],
            self.keys[chosen],
            self.labels[chosen],
            self.hlf[chosen],
            Particles(kept, self.particles.rows[spans(begins[chosen], kept)]),
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
    """Write down features, in their order.

    As Arrow's own format and not as Parquet: it is written and read in a fifth of the time, and lives for minutes.
    """
    ordered = in_order(rows)
    batch = pa.record_batch(
        [ordered.order, ordered.keys, ordered.labels, lists(ordered.hlf), ragged(ordered.particles)], schema=_SCHEMA
    )
    starts = range(0, len(rows), _BATCH)
    places = [[int(ordered.order[start]), int(ordered.order[start : start + _BATCH][-1])] for start in starts]
    schema = _SCHEMA.with_metadata({_PLACES: json.dumps(places)})
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(path, schema, options=options) as file:
        for start in starts:
            file.write_batch(batch.slice(start, _BATCH).replace_schema_metadata(schema.metadata))


def read_part(path: Path, *, first: int = 0, beyond: int = 1 << 64) -> Iterator[Rows]:
    """What was written down, a few hundred events at a time.

    Args:
        path: of the part.
        first: smallest place in the order that is wanted.
        beyond: smallest place that is not.
    """
    with pa.memory_map(str(path)) as source:
        file = pa.ipc.open_file(source)
        for number, (least, most) in enumerate(json.loads(file.schema.metadata[_PLACES])):
            if most >= first and least < beyond:
                rows = _rows(file.get_batch(number))
                inside = (rows.order >= first) & (rows.order < beyond)
                yield rows if inside.all() else rows.taken(inside)


def _rows(batch: pa.RecordBatch) -> Rows:
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

"""What one worker does with a piece of the input: extract its features, and write them down."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepnb.events import DELPHES_TREE, HLF_NAMES, PARTICLE_FEATURES, Process
from hepnb.features.extract import Features, extract
from hepnb.features.identity import Keys
from hepnb.features.parts import Rows, joined, made_rows, write_part
from hepnb.loaders.plan import EntryRange, Piece
from hepnb.loaders.read import read_batches
from hepnb.physics.conventions import Conventions
from hepnb.writers.staging import whole_file


@dataclass(frozen=True)
class Part:
    """What became of a piece of the input.

    Attributes:
        path: of the features, unscaled; they may be none.
        process: what the events are.
        read: events of the input.
        passed: of these, the trigger.
        not_finite: how many of the events that passed have a feature that is NaN or infinite, by feature.
        left_out: how many events were left out for it.
        keys: of the events written down.
        labels: of these.
        particles: number of particles of these.
    """

    path: Path
    process: Process
    read: int
    passed: int
    not_finite: Mapping[str, int]
    left_out: int
    keys: Keys
    labels: npt.NDArray[np.int32]
    particles: int


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is asked of the workers that extract.

    Attributes:
        conventions: how features are computed.
        seed: of the order of events.
        folder: where parts go.
        drop_not_finite: whether to leave out events with a feature that is NaN or infinite.
    """

    conventions: Conventions
    seed: int
    folder: Path
    drop_not_finite: bool


@dataclass(frozen=True)
class Task:
    """A piece of the input.

    Attributes:
        number: its place in the plan.
        process: what its events are.
        schema: of the columns to read.
        piece: which events.
    """

    number: int
    process: Process
    schema: pa.Schema
    piece: Piece


def extract_piece(task: Task, *, recipe: Recipe) -> Part:
    """Extract the features of a piece, and write them down."""
    found = [features for events in task.piece for features in _features(events, task.schema, recipe)]
    rows = [
        made_rows(one.keys, np.full(len(one.keys), task.process, np.int32), one.hlf, one.particles, seed=recipe.seed)
        for one in found
    ]
    return written_part(task.number, task.process, joined(rows), recipe, read=sum(one.read for one in found))


def _features(events: EntryRange, schema: pa.Schema, recipe: Recipe) -> list[Features]:
    batches = read_batches(events, tree=DELPHES_TREE, schema=schema)
    return [extract(batch, conventions=recipe.conventions) for batch in batches]


def written_part(number: int, process: Process, rows: Rows, recipe: Recipe, *, read: int) -> Part:
    """Write down features; those that are not finite are counted, and left out if that is wanted."""
    passed = len(rows)
    finite, not_finite = _finite(rows)
    if recipe.drop_not_finite and not finite.all():
        rows = rows.taken(finite)
    path = recipe.folder / f"{number:06}.arrow"
    with whole_file(path) as unfinished:
        write_part(unfinished, rows)
    return Part(
        path=path,
        process=process,
        read=read,
        passed=passed,
        not_finite=not_finite,
        left_out=passed - len(rows),
        keys=rows.keys,
        labels=rows.labels,
        particles=int(rows.particles.counts.sum()),
    )


def _finite(rows: Rows) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """Which events have finite features only, and in how many each feature is not."""
    wrong = dict(zip(HLF_NAMES, ~np.isfinite(rows.hlf).T, strict=True))
    bad = ~np.isfinite(rows.particles.rows)
    if bad.any():
        event = np.repeat(np.arange(len(rows)), rows.particles.counts)
        for column, name in enumerate(PARTICLE_FEATURES):
            wrong[name] = np.bincount(event[bad[:, column]], minlength=len(rows)) > 0
    counts = {name: int(events.sum()) for name, events in wrong.items() if events.any()}
    return ~np.logical_or.reduce(list(wrong.values())), counts

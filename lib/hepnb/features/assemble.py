"""From unscaled features to the folder: who is kept, what the scaling is, and all of it in random order."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from hepnb.events import HLF_NAMES, PARTICLE_FEATURES, SPLITS, TRAIN, Process
from hepnb.features.finishing import Choice, Finish, Fit, Range, summarise, write_range
from hepnb.features.folder import FeatureFolder, write_manifest
from hepnb.features.identity import balance_ranks, splits_of
from hepnb.features.scaling import (
    HLF_CURVES,
    PARTICLE_CURVES,
    UNSCALED_PARTICLE_FEATURES,
    Curve,
    Scaling,
    joined,
)
from hepnb.features.work import Part
from hepnb.physics.conventions import Conventions
from hepnb.runners.runner import Progress, Runner

_FILE_BYTES: Final = 64 << 20  # [B] unpacked
_PLACES: Final = 1 << 64
_EVERYBODY: Final = np.iinfo(np.int64).max


def assemble(
    runner: Runner,
    parts: Sequence[Part],
    folder: Path,
    *,
    conventions: Conventions,
    balance: bool,
    seed: int,
    scaled: bool = False,
    progress: Progress,
) -> FeatureFolder:
    """Choose the events, fit the scaling, and write the files of the folder and what is in them.

    Args:
        runner: where the work runs.
        parts: all unscaled features; their files are removed at the end.
        folder: where the results go.
        conventions: whether particles are scaled, and whether the scaling sees more than the events for training.
        balance: keep as many events of each class as the smallest has, in each split.
        seed: of the balancing.
        scaled: whether the features are scaled already, the particles of each event on their own.
        progress: is told how far the work is.
    """
    choice = _choice(parts, balance=balance, seed=seed)
    hlf_scaling, particle_scaling = (
        (Scaling.identity(len(HLF_NAMES)), None) if scaled else _fit(runner, parts, choice, conventions, progress)
    )
    progress.step("Writing the features in random order")
    paths = [part.path for part in parts]
    finish = Finish(
        parts=paths, choice=choice, hlf_scaling=hlf_scaling, particle_scaling=particle_scaling, folder=folder
    )
    for split in SPLITS:
        (folder / split).mkdir()
    ranges = [one for split in range(len(SPLITS)) for one in _ranges(split, parts)]
    shards = runner.map(partial(write_range, finish=finish), ranges, progress=progress)
    made = FeatureFolder(
        path=folder,
        conventions=conventions.name,
        seed=seed,
        balanced=balance,
        events=_events(parts, choice),
        hlf_scaling=hlf_scaling,
        particle_scaling=particle_scaling,
        shards={
            split: tuple(
                shard for wanted, shard in zip(ranges, shards, strict=True) if shard and wanted.split == number
            )
            for number, split in enumerate(SPLITS)
        },
    )
    write_manifest(made)
    for path in paths:
        path.unlink()
    return made


def copies_among(parts: Sequence[Part]) -> int:
    """How many events are there that were there before."""
    keys = np.concatenate([part.keys for part in parts])
    return len(keys) - len(np.unique(keys))


def _choice(parts: Sequence[Part], *, balance: bool, seed: int) -> Choice:
    most = np.full((len(Process), len(SPLITS)), _EVERYBODY)
    if not balance:
        return Choice(seed, most)
    keys, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("keys", "labels"))
    splits, ranks = splits_of(keys), balance_ranks(keys, seed=seed)
    for split in range(len(SPLITS)):
        of_class = [np.sort(ranks[(splits == split) & (labels == label)]) for label in np.unique(labels)]
        smallest = min(len(some) for some in of_class)
        for label, some in zip(np.unique(labels), of_class, strict=True):
            most[label, split] = some[smallest - 1] if smallest else -1
    return Choice(seed, most)


def _fit(
    runner: Runner, parts: Sequence[Part], choice: Choice, conventions: Conventions, progress: Progress
) -> tuple[Scaling, Scaling | None]:
    progress.step("Fitting the scaling")
    linear: tuple[Curve, ...] = Scaling.identity(len(HLF_NAMES)).curves
    curves = linear if conventions.min_max_on_all_splits else HLF_CURVES
    split = None if conventions.min_max_on_all_splits else SPLITS.index(TRAIN)
    fit = Fit(choice, split, curves, particles=not conventions.padding_among_particles)
    summaries = runner.map(partial(summarise, fit=fit), [part.path for part in parts], progress=progress)
    hlf, particles = (joined(some) for some in zip(*summaries, strict=True))
    hlf_scaling = hlf.min_max(curves) if conventions.min_max_on_all_splits else hlf.standard(curves)
    if conventions.padding_among_particles:
        return hlf_scaling, None
    return hlf_scaling, particles.standard(PARTICLE_CURVES, unscaled=UNSCALED_PARTICLE_FEATURES)


def _ranges(split: int, parts: Sequence[Part]) -> list[Range]:
    """As many files as the events of a split need, were none left out by balancing."""
    size = sum(part.particles for part in parts) * len(PARTICLE_FEATURES) * 4
    keys = np.concatenate([part.keys for part in parts])
    share = np.mean(splits_of(keys) == split) if len(keys) else 0.0
    number = max(1, round(size * share / _FILE_BYTES))
    edges = [_PLACES * edge // number for edge in range(number + 1)]
    return [
        Range(f"{SPLITS[split]}/part-{index:05}.parquet", split, edges[index], edges[index + 1])
        for index in range(number)
    ]


def _events(parts: Sequence[Part], choice: Choice) -> Mapping[str, Mapping[str, int]]:
    """How many events of each process there are in each split."""
    counts: npt.NDArray[np.int64] = np.zeros((len(Process), len(SPLITS)), np.int64)
    for part in parts:
        splits = splits_of(part.keys)
        kept = choice.kept(part.keys, part.labels, splits)
        np.add.at(counts, (part.labels[kept], splits[kept]), 1)
    return {
        process.key: {split: int(counts[process, number]) for number, split in enumerate(SPLITS)} for process in Process
    }

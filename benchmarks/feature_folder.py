"""Features without physics, for those who measure how fast is learned: as many particles as published, and noise."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from benchmarks.settings import Settings
from hepnb.events import HLF_NAMES, PARTICLE_FEATURES, SPLITS, TRAIN, Process
from hepnb.features.finishing import rounded
from hepnb.features.folder import MANIFEST, SCHEMA, FeatureFolder, Shard, open_folder, write_manifest, write_shard
from hepnb.features.scaling import Scaling

MEAN_PARTICLES: Final = 340
_SPREAD: Final = 100
_MOST: Final = 801
_SHARD: Final = 4096  # events
_FLAGS: Final = slice(13, 18)
_OTHERS: Final = 256  # events of the splits that nothing is learned from


def number_of_events(settings: Settings) -> int:
    """So many that their training does not fit into one window; few where little is measured."""
    return max(settings.events // 100, 2000)


def folder_of(settings: Settings, *, events: int) -> FeatureFolder:
    """A folder whose train split has so many events; made once."""
    path = settings.folder / f"features-{events}"
    if not (path / MANIFEST).exists():
        settings.progress.step(f"Making {events} events of features")
        _make(path, events)
    return open_folder(path)


def _make(path: Path, events: int) -> None:
    rng = np.random.default_rng(1)
    shards: dict[str, tuple[Shard, ...]] = {}
    for split in SPLITS:
        (path / split).mkdir(parents=True, exist_ok=True)
        left = events if split == TRAIN else _OTHERS
        sizes = [min(_SHARD, left - begin) for begin in range(0, left, _SHARD)]
        shards[split] = tuple(
            _shard(path, f"{split}/part-{number:05d}.parquet", split, size, rng) for number, size in enumerate(sizes)
        )
    write_manifest(
        FeatureFolder(
            path=path,
            conventions="hepnb",
            seed=1,
            balanced=True,
            events={process.key: {TRAIN: events // len(Process)} for process in Process},
            hlf_scaling=Scaling.identity(len(HLF_NAMES)),
            particle_scaling=Scaling.identity(len(PARTICLE_FEATURES)),
            shards=shards,
        )
    )


def _shard(path: Path, name: str, split: str, events: int, rng: np.random.Generator) -> Shard:
    labels = rng.integers(0, len(Process), events, dtype=np.int32)
    hlf = rng.normal(size=(events, len(HLF_NAMES))).astype(np.float32) + labels[:, np.newaxis]
    lengths = np.clip(rng.normal(MEAN_PARTICLES, _SPREAD, events), 1, _MOST).astype(np.int64)
    particles = rng.normal(size=(lengths.sum(), len(PARTICLE_FEATURES))).astype(np.float32)
    particles[:, _FLAGS] = np.eye(5, dtype=np.float32)[rng.integers(0, 5, len(particles))]
    columns = [
        pa.array(rng.integers(0, 2**62, events)),
        pa.array(labels),
        _lists(np.eye(len(Process), dtype=np.float32)[labels], np.full(events, len(Process))),
        pa.array([split] * events),
        _lists(hlf, np.full(events, len(HLF_NAMES))),
        _lists(rounded(particles), lengths * len(PARTICLE_FEATURES)),
    ]
    write_shard(path / name, pa.table(columns, schema=SCHEMA))
    return Shard(name, events, int(lengths.sum()))


def _lists(values: np.ndarray, sizes: np.ndarray) -> pa.ListArray:
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.ravel()))

"""Folders of features that need no physics: three classes that differ in every distribution."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from hepnb.events import HLF_NAMES, PARTICLE_FEATURES, SPLITS, Process
from hepnb.features.folder import SCHEMA, FeatureFolder, Shard, write_manifest, write_shard
from hepnb.features.scaling import HLF_CURVES, PARTICLE_CURVES, UNSCALED_PARTICLE_FEATURES, Moments, Scaling

FLAGS = [PARTICLE_FEATURES.index(name) for name in ("isChHad", "isNeuHad", "isGamma", "isEle", "isMu")]


def physical_hlf(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    """Features of some size, shifted by class, ``(n, 14)``."""
    return rng.normal(30.0 + 20.0 * labels[:, None], 25.0, (len(labels), len(HLF_NAMES))).astype(np.float32)


def physical_particles(rng: np.random.Generator, number: int, label: int) -> np.ndarray:
    """Particles of one event, ``(number, 19)``: each has exactly one flag."""
    particles = rng.exponential(2.0 + label, (number, len(PARTICLE_FEATURES))).astype(np.float32)
    particles[:, FLAGS] = 0
    particles[np.arange(number), rng.choice(FLAGS, number)] = 1
    return particles


def make_folder(
    path: Path,
    *,
    events: dict[str, int] | int = 300,
    seed: int = 1,
    shards: int = 2,
    labels: Sequence[int] | None = None,
    classes: tuple[int, ...] = (0, 1, 2),
    mean_particles: float = 20.0,
    hlf_scaling: Scaling | None = None,
    particle_scaling: Scaling | None = None,
) -> FeatureFolder:
    """Write a folder of features; scalings are fitted where none is given, and labels of all splits drawn."""
    rng = np.random.default_rng(seed)
    sizes = events if isinstance(events, dict) else dict.fromkeys(SPLITS, events)
    identifier = iter(range(10**9))
    content: dict[str, tuple[Shard, ...]] = {}
    counts: dict[str, dict[str, int]] = {process.key: {} for process in Process}
    for split in SPLITS:
        (path / split).mkdir(parents=True, exist_ok=True)
        truth = rng.choice(classes, sizes[split]) if labels is None else np.array(labels)
        for process in Process:
            counts[process.key][split] = int((truth == process).sum())
        hlf = physical_hlf(rng, truth)
        particles = [
            physical_particles(rng, 1 + int(rng.poisson(mean_particles * (1 + 0.5 * label))), label) for label in truth
        ]
        if hlf_scaling is None:
            hlf_scaling = Moments.of(hlf, HLF_CURVES).min_max(HLF_CURVES)
        if particle_scaling is None:
            moments = Moments.of(np.concatenate(particles), PARTICLE_CURVES)
            particle_scaling = moments.standard(PARTICLE_CURVES, unscaled=UNSCALED_PARTICLE_FEATURES)
        found = []
        for number, chosen in enumerate(np.array_split(np.arange(len(truth)), shards)):
            name = f"{split}/part-{number:05d}.parquet"
            rows: dict[str, Any] = {
                "event_id": [next(identifier) for _ in chosen],
                "label": truth[chosen],
                "encoded_label": list(np.eye(3, dtype=np.float32)[truth[chosen]]),
                "split": [split] * len(chosen),
                "HLF_input": list(hlf_scaling.apply(hlf[chosen])),
                "GRU_input": [particle_scaling.apply(particles[event]).ravel() for event in chosen],
            }
            write_shard(path / name, pa.table(rows, schema=SCHEMA))
            found.append(Shard(name, len(chosen), sum(len(particles[event]) for event in chosen)))
        content[split] = tuple(found)
    folder = FeatureFolder(
        path=path,
        conventions="hepnb",
        seed=seed,
        balanced=False,
        events=counts,
        hlf_scaling=hlf_scaling,
        particle_scaling=particle_scaling,
        shards=content,
    )
    write_manifest(folder)
    return folder

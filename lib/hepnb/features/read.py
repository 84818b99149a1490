"""Features of a folder as they were before they were scaled, for pictures and for a look."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from hepnb.errors import InputError
from hepnb.events import HLF_INPUT, HLF_NAMES, LABEL, PARTICLE_FEATURES, PARTICLE_INPUT
from hepnb.features.folder import FeatureFolder
from hepnb.physics.candidates import Floats


def read_hlf(folder: FeatureFolder, split: str) -> tuple[Floats, npt.NDArray[np.int32]]:
    """The high-level features of a split.

    Returns:
        The features in the order of `hepnb.events.HLF_NAMES`, ``(n_events, 14)``, and the labels, ``(n_events,)``.
    """
    tables = list(_tables(folder, split, HLF_INPUT))
    scaled = [table[HLF_INPUT].combine_chunks().flatten().to_numpy().reshape(-1, len(HLF_NAMES)) for table in tables]
    labels = [table[LABEL].to_numpy() for table in tables]
    values = folder.hlf_scaling.invert(np.concatenate([np.zeros((0, len(HLF_NAMES)), np.float32), *scaled]))
    return values, np.concatenate([np.zeros(0, np.int32), *labels])


def read_particles(folder: FeatureFolder, split: str, event: int) -> Floats:
    """The particles of one event.

    Args:
        folder: of features.
        split: train, validation or test.
        event: its number, in the order of the files.

    Returns:
        The features in the order of `hepnb.events.PARTICLE_FEATURES`, to a half of a thousandth,
        ``(n_particles, 19)``; as they are stored, where each event was scaled on its own.

    Raises:
        InputError: there are not so many events.
    """
    before = 0
    for table in _tables(folder, split, PARTICLE_INPUT):
        if event < before + len(table):
            rows = table[PARTICLE_INPUT][event - before].values.to_numpy().reshape(-1, len(PARTICLE_FEATURES))
            return rows.astype(np.float64) if folder.particle_scaling is None else folder.particle_scaling.invert(rows)
        before += len(table)
    raise InputError(f"There is no event {event} in the split '{split}' of {folder.path}: it has {before} events.")


def _tables(folder: FeatureFolder, split: str, column: str) -> Iterator[pa.Table]:
    return (pq.read_table(path, columns=[LABEL, column]) for path in folder.files(split))

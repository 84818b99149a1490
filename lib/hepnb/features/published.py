"""The Parquet files that the published pipeline left to the public, as parts of a folder of features.

Source: SparkDLTrigger (https://github.com/cerndb/SparkDLTrigger). The features are scaled already: the high-level ones
to 0..1, the particles of each event on their own, 801 rows of them with padding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hepnb.errors import FormatError, MissingInputError, MissingNameError, UnreadableFileError, nearest
from hepnb.events import ENCODED_LABEL, HLF_INPUT, HLF_NAMES, PARTICLE_FEATURES, PARTICLE_INPUT, Process
from hepnb.features.identity import event_keys
from hepnb.features.parts import made_rows
from hepnb.features.work import Part, Recipe, written_part
from hepnb.physics.candidates import Floats, numbers_within
from hepnb.physics.sequence import Particles
from hepnb.runners.runner import Progress, Runner


@dataclass(frozen=True)
class _Group:
    """A row group of a file, and its number among all."""

    number: int
    path: str
    group: int


def convert(runner: Runner, paths: Sequence[str], recipe: Recipe, *, progress: Progress) -> list[Part]:
    """Turn public files into parts, one for each row group and class.

    Args:
        runner: where the work runs.
        paths: of Parquet files with ``HLF_input`` and ``encoded_label``, as lists or Spark's vectors, and
            ``GRU_input``, a list of lists, if particles are wanted.
        recipe: where parts go.
        progress: is told how far the work is.

    Raises:
        UnreadableFileError: a file is no Parquet file.
        MissingNameError: a file lacks a column.
        FormatError: a column is not what it is in the public files.
    """
    groups = [(path, group) for path in paths for group in range(_groups(path))]
    tasks = [_Group(number, path, group) for number, (path, group) in enumerate(groups)]
    return list(chain.from_iterable(runner.map(partial(_convert_group, recipe=recipe), tasks, progress=progress)))


def _groups(path: str) -> int:
    try:
        with pq.ParquetFile(path) as file:
            for name in (HLF_INPUT, ENCODED_LABEL):
                if name not in file.schema_arrow.names:
                    known = nearest(name, file.schema_arrow.names)
                    raise MissingNameError(f"There is no column '{name}' in {path}; {known}.")
            return int(file.num_row_groups)
    except FileNotFoundError as error:
        raise MissingInputError(f"There is no file {path}.") from error
    except pa.ArrowInvalid as error:
        raise UnreadableFileError(f"{path} is no Parquet file: {error}.") from error


def _convert_group(task: _Group, *, recipe: Recipe) -> list[Part]:
    with pq.ParquetFile(task.path) as file:
        wanted = [name for name in (HLF_INPUT, PARTICLE_INPUT, ENCODED_LABEL) if name in file.schema_arrow.names]
        table = file.read_row_group(task.group, columns=wanted)
    try:
        hlf = dense(table[HLF_INPUT].combine_chunks(), len(HLF_NAMES))
        labels = dense(table[ENCODED_LABEL].combine_chunks(), len(Process)).argmax(axis=1).astype(np.int32)
        particles = _particles(table, len(hlf))
    except (ValueError, IndexError, AttributeError, pa.ArrowException) as error:
        raise FormatError(f"{task.path} does not have the columns of the public files: {error}.") from error
    rows = made_rows(event_keys(*hlf.T), labels, hlf, particles, seed=recipe.seed)
    return [
        written_part(
            task.number * len(Process) + process,
            process,
            rows.taken(labels == process),
            recipe,
            read=int((labels == process).sum()),
        )
        for process in Process
    ]


def _particles(table: pa.Table, events: int) -> Particles:
    if PARTICLE_INPUT not in table.schema.names:
        return Particles(np.zeros(events, np.int64), np.zeros((0, len(PARTICLE_FEATURES)), np.float32))
    sequences = table[PARTICLE_INPUT].combine_chunks()
    counts = np.diff(sequences.offsets.to_numpy()).astype(np.int64)
    values = sequences.flatten().flatten().to_numpy(zero_copy_only=False)
    return Particles(counts, values.reshape(-1, len(PARTICLE_FEATURES)).astype(np.float32))


def dense(column: pa.Array, width: int) -> Floats:
    """Rows of numbers from a column of lists or of Spark's vectors.

    Args:
        column: lists, or structs of ``type`` (0 sparse, 1 dense), ``size``, ``indices`` and ``values``.
        width: of each row.

    Returns:
        ``(n_rows, width)``

    Raises:
        ValueError: a row has another width.
    """
    vectors = pa.types.is_struct(column.type)
    values = column.field("values") if vectors else column
    counts = np.diff(values.offsets.to_numpy())
    rows = np.repeat(np.arange(len(column)), counts)
    places = numbers_within(rows)
    sparse = column.field("type").to_numpy(zero_copy_only=False) == 0 if vectors else np.zeros(len(column), bool)
    if sparse.any():
        places[sparse[rows]] = column.field("indices").flatten().to_numpy()
    if (counts[~sparse] != width).any() or places.max(initial=0) >= width:
        raise ValueError(f"there are rows that do not have {width} numbers")
    found = np.zeros((len(column), width))
    found[rows, places] = values.flatten().to_numpy(zero_copy_only=False)
    return found

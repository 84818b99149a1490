"""A folder of features: what is in it, and what was done to get there."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hepnb.errors import FormatError, MissingInputError
from hepnb.events import ENCODED_LABEL, EVENT_KEY, HLF_INPUT, LABEL, PARTICLE_INPUT, SPLIT
from hepnb.features.scaling import Scaling
from hepnb.writers.json_file import write_json

MANIFEST: Final = "features.json"
FORMAT: Final = 1
"""Counts up when a folder of an earlier version can no longer be read."""

# Saying that no number is missing inside a list saves a quarter of the time of reading.
_NUMBERS: Final = pa.list_(pa.field("element", pa.float32(), nullable=False))

SCHEMA: Final = pa.schema(
    [
        (EVENT_KEY, pa.int64()),
        (LABEL, pa.int32()),
        (ENCODED_LABEL, _NUMBERS),
        (SPLIT, pa.string()),
        (HLF_INPUT, _NUMBERS),
        (PARTICLE_INPUT, _NUMBERS),
    ]
)
"""Columns of every file. ``HLF_input`` has the features of `hepnb.events.HLF_NAMES`. ``GRU_input`` has the rows of an
event's particles one after the other: its length is ``len(PARTICLE_FEATURES)`` times the number of particles."""


_ROW_GROUP: Final = 1024  # events; 60 MB of particles at most


@dataclass(frozen=True)
class Shard:
    """One Parquet file.

    Attributes:
        name: relative to the folder.
        events: how many.
        particles: how many in all events.
    """

    name: str
    events: int
    particles: int


@dataclass(frozen=True, kw_only=True)
class FeatureFolder:
    """What a folder holds.

    Attributes:
        path: of the folder.
        conventions: how the features were computed: ``"hepnb"`` or ``"sparkdltrigger"``.
        seed: of the balancing and of the order of events.
        balanced: whether all classes have the same number of events.
        events: of each process (its key), in each split.
        hlf_scaling: what was done to ``HLF_input``.
        particle_scaling: what was done to ``GRU_input``; ``None`` where each event was scaled on its own.
        shards: files of each split; the events in and among them are in random order.
    """

    path: Path
    conventions: str
    seed: int
    balanced: bool
    events: Mapping[str, Mapping[str, int]]
    hlf_scaling: Scaling
    particle_scaling: Scaling | None
    shards: Mapping[str, tuple[Shard, ...]]

    def files(self, split: str) -> list[Path]:
        """The Parquet files of a split."""
        return [self.path / shard.name for shard in self.shards[split]]

    def number(self, split: str) -> int:
        """How many events a split has."""
        return sum(shard.events for shard in self.shards[split])

    @property
    def mean_particles(self) -> float:
        """How many particles an event has."""
        shards = [shard for shards in self.shards.values() for shard in shards]
        return sum(shard.particles for shard in shards) / max(sum(shard.events for shard in shards), 1)


def write_manifest(folder: FeatureFolder) -> None:
    """Write down what a folder holds, inside it."""
    content = {"format": FORMAT, **asdict(folder)}
    del content["path"]
    write_json(folder.path / MANIFEST, content)


def open_folder(path: Path) -> FeatureFolder:
    """What a folder holds.

    Raises:
        MissingInputError: there is no such folder, or it is no folder of features.
        FormatError: it was made by a version whose folders are laid out otherwise, or is damaged.
    """
    try:
        content = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingInputError(
            f"{path} is no folder of features: it has no {MANIFEST}. Make one with 'hepnb features'."
        ) from error
    except ValueError as error:
        raise FormatError(f"{path / MANIFEST} is damaged: {error}. Make the features anew.") from error
    found = content.pop("format", None) if isinstance(content, dict) else None
    if found != FORMAT:
        raise FormatError(
            f"{path} holds features of format {found}, and this version of hepnb reads format {FORMAT}. "
            "Make the features anew with 'hepnb features'."
        )
    try:
        return _folder(path, content)
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"{path / MANIFEST} is damaged: {error!r}. Make the features anew.") from error


def write_shard(path: Path, rows: pa.Table) -> None:
    """Write a Parquet file of `SCHEMA`.

    Bytes of equal weight stand together (BYTE_STREAM_SPLIT), which is what makes floats compressible.
    """
    values = [f"{name}.list.element" for name in (ENCODED_LABEL, HLF_INPUT, PARTICLE_INPUT)]
    pq.write_table(
        rows,
        path,
        compression="zstd",
        use_dictionary=[LABEL, SPLIT],
        use_byte_stream_split=values,
        row_group_size=_ROW_GROUP,
    )


def _folder(path: Path, content: Mapping[str, Any]) -> FeatureFolder:
    particle_scaling = content["particle_scaling"]
    return FeatureFolder(
        path=path,
        conventions=content["conventions"],
        seed=content["seed"],
        balanced=content["balanced"],
        events=content["events"],
        hlf_scaling=scaling_from(content["hlf_scaling"]),
        particle_scaling=None if particle_scaling is None else scaling_from(particle_scaling),
        shards={split: tuple(Shard(**shard) for shard in shards) for split, shards in content["shards"].items()},
    )


def scaling_from(content: Mapping[str, Any]) -> Scaling:
    """The scaling of which `dataclasses.asdict` made this."""
    return Scaling(tuple(content["curves"]), tuple(content["center"]), tuple(content["width"]))

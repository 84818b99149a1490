"""What a tree of events offers, whether it is stored as TTree or as RNTuple."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import awkward as ak
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepnb.loaders.streams import Stream

Entries = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Column:
    """One column of a tree.

    Attributes:
        name: what it is called in a DataFrame (``Muon_pt``).
        branch: where it lies in the file (``Muon_pt``, ``Jet/Jet.PT``, ``Muon.pt``).
        type: Arrow type of one event's value.
    """

    name: str
    branch: str
    type: pa.DataType


class Tree(Protocol):
    """An open tree."""

    @property
    def entries(self) -> int:
        """Number of events."""

    @property
    def file_bytes(self) -> int:
        """Size [B] of the whole file, 0 where its server does not tell."""

    @property
    def names(self) -> Collection[str]:
        """What its columns are called, in the order of the file."""

    def column(self, name: str) -> Column:
        """The column of one of `names`.

        Raises:
            UnrepresentableError: Arrow has no type for its values.
        """

    def clusters(self, columns: Sequence[Column]) -> Entries:
        """Entries at which the stored blocks of all these columns begin or end together.

        Returns:
            Rising entry numbers from 0 to `entries`, ``(n_clusters + 1,)``; ``[0]`` for an empty tree.
        """

    def stored_bytes(self, columns: Sequence[Column], clusters: Entries) -> Entries:
        """Compressed size [B] of these columns in each cluster, ``(n_clusters,)``."""

    def streams(self, columns: Sequence[Column], start: int) -> list[Stream | None]:
        """The values of each column from an event on; ``None`` where its storage is left to `arrays`.

        Columns that share the lengths of their lists share the work, if they are asked for the same events in turn.
        """

    def expect(self, columns: Sequence[Column], start: int, stop: int) -> None:
        """Announce that the streams of these columns will soon need the blocks that begin among these events."""

    def arrays(self, columns: Sequence[Column], start: int, stop: int) -> list[ak.Array]:
        """The values of each column for the events from `start` up to, not including, `stop`, of whatever type."""

"""What a tree of events offers, whether it is stored as TTree or as RNTuple."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import awkward as ak
import numpy as np
import numpy.typing as npt
import pyarrow as pa

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


@dataclass(frozen=True)
class Contents:
    """The columns of a tree, and the branches that no column can hold with the reason each."""

    columns: tuple[Column, ...]
    left_out: dict[str, str]


class Tree(Protocol):
    """An open tree."""

    @property
    def entries(self) -> int:
        """Number of events."""

    @property
    def file_bytes(self) -> int:
        """Size [B] of the whole file, 0 where its server does not tell."""

    def contents(self) -> Contents:
        """All columns, in the order of the file."""

    def clusters(self, columns: Sequence[Column]) -> Entries:
        """Entries at which the stored blocks of all these columns begin or end together.

        Returns:
            Rising entry numbers from 0 to `entries`, ``(n_clusters + 1,)``; ``[0]`` for an empty tree.
        """

    def stored_bytes(self, columns: Sequence[Column], clusters: Entries) -> Entries:
        """Compressed size [B] of these columns in each cluster, ``(n_clusters,)``."""

    def arrays(self, columns: Sequence[Column], start: int, stop: int) -> list[ak.Array]:
        """The values of each column for the events from `start` up to, not including, `stop`."""

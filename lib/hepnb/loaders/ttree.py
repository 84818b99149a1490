"""A tree of events stored as TTree."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import awkward as ak
import numpy as np
import pyarrow as pa
from uproot.behaviors.TBranch import TBranch
from uproot.behaviors.TTree import TTree
from uproot.interpretation.identify import UnknownInterpretation
from uproot.interpretation.objects import CannotBeAwkward

from hepnb.loaders.schema import UnrepresentableError, arrow_type
from hepnb.loaders.tree import Column, Contents, Entries

_TOBJECT_BITS: Final = "fBits"
"""Referenced objects store two more bytes in it (TObject::Streamer), which uproot's interpretation does not expect."""


class TTreeOfEvents:
    """A `hepnb.loaders.tree.Tree` over uproot's TTree."""

    def __init__(self, tree: TTree, *, record_bytes: int) -> None:
        """Wrap an open TTree.

        Args:
            tree: uproot's view of it.
            record_bytes: compressed size [B] of the tree's own record in the file.
        """
        self._tree = tree
        self._record_bytes = record_bytes

    @property
    def entries(self) -> int:
        """Number of events."""
        return int(self._tree.num_entries)

    @property
    def file_bytes(self) -> int:
        """Size [B] of the whole file."""
        return int(self._tree.file.source.num_bytes or 0)

    def contents(self) -> Contents:
        """Leaves, under their own names where these are unique and else under their full paths."""
        uses = Counter(branch.name for branch in self._leaves.values())
        columns, left_out = [], {}
        for path, branch in self._leaves.items():
            name = branch.name if uses[branch.name] == 1 else path
            try:
                columns.append(Column(name, path, self._type(branch)))
            except UnrepresentableError as error:
                left_out[name] = str(error)
        return Contents(tuple(columns), left_out)

    def clusters(self, columns: Sequence[Column]) -> Entries:
        """Entries at which the baskets of all these columns begin or end together."""
        edges = {0, self.entries}.union(*(self._leaves[column.branch].entry_offsets for column in columns))
        for column in columns:
            edges.intersection_update(self._leaves[column.branch].entry_offsets)
        return np.array(sorted(edges), dtype=np.int64)

    def stored_bytes(self, columns: Sequence[Column], clusters: Entries) -> Entries:
        """Compressed size [B] of these columns in each cluster.

        The last, small baskets of a branch may lie inside the tree's own record, which is read whole.
        """
        total = np.zeros(len(clusters) - 1, dtype=np.int64)
        for column in columns:
            branch = self._leaves[column.branch]
            number = branch.num_baskets - len(branch.embedded_baskets)
            first_entries = np.asarray(branch.entry_offsets[:number], dtype=np.int64)
            np.add.at(
                total,
                np.searchsorted(clusters, first_entries, side="right") - 1,
                branch.member("fBasketBytes")[:number],
            )
        if total.size and any(self._leaves[column.branch].embedded_baskets for column in columns):
            total[-1] += self._record_bytes
        return total

    def arrays(self, columns: Sequence[Column], start: int, stop: int) -> list[ak.Array]:
        """The values of each column for a range of events."""
        return [self._leaves[column.branch].array(entry_start=start, entry_stop=stop) for column in columns]

    @cached_property
    def _leaves(self) -> dict[str, TBranch]:
        return {path: branch for path, branch in self._tree.iteritems(recursive=True) if not branch.branches}

    def _type(self, branch: TBranch) -> pa.DataType:
        if branch.name.rpartition(".")[2] == _TOBJECT_BITS:
            raise UnrepresentableError("bookkeeping of TObject, stored with a varying length")
        if isinstance(branch.interpretation, UnknownInterpretation):
            raise UnrepresentableError(f"unknown type {branch.typename}")
        try:
            return arrow_type(branch.interpretation.awkward_form(self._tree.file))
        except CannotBeAwkward as error:
            raise UnrepresentableError(f"type {branch.typename} is not made of numbers, lists and strings") from error

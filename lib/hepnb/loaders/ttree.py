"""A tree of events stored as TTree."""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Final

import awkward as ak
import numpy as np
import pyarrow as pa
from uproot.behaviors.TBranch import TBranch
from uproot.behaviors.TTree import TTree
from uproot.interpretation.identify import UnknownInterpretation
from uproot.interpretation.objects import CannotBeAwkward

from hepnb.loaders.baskets import BasketColumn, basket_column
from hepnb.loaders.damage import unreadable
from hepnb.loaders.forms import UnrepresentableError, arrow_type
from hepnb.loaders.source import Source
from hepnb.loaders.streams import FlatStream, ListStream, NumberStream, SharedOffsets, Stream
from hepnb.loaders.tree import Column, Entries

_TOBJECT_BITS: Final = "fBits"
"""Referenced objects store two more bytes in it (TObject::Streamer), which uproot's interpretation does not expect."""


class TTreeOfEvents:
    """A `hepnb.loaders.tree.Tree` over uproot's TTree.

    Leaves appear under their own names where these are unique and else under their full paths.
    """

    def __init__(self, tree: TTree, *, path: str, source: Source, record_bytes: int) -> None:
        """Wrap an open TTree.

        Args:
            tree: uproot's view of it.
            path: of the file, for sentences.
            source: of the file's bytes.
            record_bytes: compressed size [B] of the tree's own record in the file.
        """
        self._tree = tree
        self._path = path
        self._source = source
        self._record_bytes = record_bytes
        self._basket_columns: dict[int, BasketColumn | None] = {}

    @property
    def entries(self) -> int:
        """Number of events."""
        return int(self._tree.num_entries)

    @property
    def file_bytes(self) -> int:
        """Size [B] of the whole file."""
        return int(self._tree.file.source.num_bytes or 0)

    @property
    def names(self) -> Collection[str]:
        """What its columns are called, in the order of the file."""
        return self._branches.keys()

    def column(self, name: str) -> Column:
        """The column of that name."""
        branch = self._branches[name]
        return Column(name, branch, self._type(self._leaves[branch]))

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
        if not total.size:
            return total
        for column in columns:
            branch = self._leaves[column.branch]
            number = branch.num_baskets - len(branch.embedded_baskets)
            first_entries = np.asarray(branch.entry_offsets[:number], dtype=np.int64)
            filled = first_entries < clusters[-1]  # baskets without events may stand at the end
            np.add.at(
                total,
                np.searchsorted(clusters, first_entries[filled], side="right") - 1,
                branch.member("fBasketBytes")[:number][filled],
            )
        if any(self._leaves[column.branch].embedded_baskets for column in columns):
            total[-1] += self._record_bytes
        return total

    def arrays(self, columns: Sequence[Column], start: int, stop: int) -> list[ak.Array]:
        """The values of each column for a range of events."""
        return [self._leaves[column.branch].array(entry_start=start, entry_stop=stop) for column in columns]

    def streams(self, columns: Sequence[Column], start: int) -> list[Stream | None]:
        """The values of each column from an event on."""
        offsets: dict[int, SharedOffsets] = {}
        return [self._stream(column, start, offsets) for column in columns]

    def expect(self, columns: Sequence[Column], start: int, stop: int) -> None:
        """Ask for the baskets that begin among these events."""
        parts = [self._parts(column) for column in columns]
        needed = {id(part): part for pair in parts if pair is not None for part in pair if part is not None}
        self._source.expect([span for part in needed.values() for span in part.spans(start, stop)])

    def _stream(self, column: Column, start: int, shared: dict[int, SharedOffsets]) -> Stream | None:
        parts = self._parts(column)
        if parts is None:
            return None
        numbers, counts = parts
        if counts is None:
            return FlatStream(self._flat_numbers(numbers, start), entry=start, what=numbers.what)
        elements = self._elements(numbers, counts, start)
        if id(counts) not in shared:
            shared[id(counts)] = SharedOffsets(self._flat_numbers(counts, start), entry=start)
        return ListStream(elements, shared[id(counts)], entry=start, what=numbers.what)

    def _flat_numbers(self, numbers: BasketColumn, start: int) -> NumberStream:
        basket = numbers.basket_of(start)
        stream = NumberStream(numbers.blocks(self._source, basket), dtype=numbers.dtype)
        with unreadable(f"The {numbers.what}, entries {numbers.edges[basket]} to {start}"):
            stream.skip(start - numbers.edges[basket])
        return stream

    def _elements(self, numbers: BasketColumn, counts: BasketColumn, start: int) -> NumberStream:
        basket = numbers.basket_of(start)
        first = numbers.edges[basket]
        stream = NumberStream(numbers.blocks(self._source, basket), dtype=numbers.dtype)
        with unreadable(f"The {numbers.what}, entries {first} to {start}"):
            stream.skip(self._flat_numbers(counts, first).sum_of(start - first))
        return stream

    def _parts(self, column: Column) -> tuple[BasketColumn, BasketColumn | None] | None:
        """The stored numbers of a column, and those of the lengths of its lists; ``None`` for storage not known."""
        numbers = self._basket_column(self._leaves[column.branch])
        if numbers is None:
            return None
        element = pa.from_numpy_dtype(numbers.dtype)
        if numbers.flat:
            return (numbers, None) if column.type == element else None
        counter = self._owner_of_leaf.get(id(self._leaves[column.branch].count_leaf))
        counts = None if counter is None else self._basket_column(counter)
        known = counts is not None and counts.flat and counts.dtype.kind in "iu" and column.type == pa.list_(element)
        return (numbers, counts) if known else None

    def _basket_column(self, branch: TBranch) -> BasketColumn | None:
        if id(branch) not in self._basket_columns:
            self._basket_columns[id(branch)] = basket_column(branch, self._path)
        return self._basket_columns[id(branch)]

    @cached_property
    def _owner_of_leaf(self) -> dict[int, TBranch]:
        """The branch that stores each leaf; of a split collection, uproot's own answer is another one."""
        return {
            id(leaf): branch for branch in self._tree.itervalues(recursive=True) for leaf in branch.member("fLeaves")
        }

    @cached_property
    def _branches(self) -> dict[str, str]:
        uses = Counter(branch.name for branch in self._leaves.values())
        return {branch.name if uses[branch.name] == 1 else path: path for path, branch in self._leaves.items()}

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

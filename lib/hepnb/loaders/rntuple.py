"""A tree of events stored as RNTuple."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Final

import awkward as ak
import numpy as np
import pyarrow as pa
from awkward.forms import Form, ListOffsetForm, NumpyForm, RecordForm
from uproot.behaviors.RNTuple import RNTuple

from hepnb.loaders.damage import unreadable
from hepnb.loaders.forms import arrow_type
from hepnb.loaders.pages import PageColumn, PageMemory, check_page_lists, check_pages, find_encoding
from hepnb.loaders.source import Source
from hepnb.loaders.streams import FlatStream, ListStream, NumberStream, SharedOffsets, Stream
from hepnb.loaders.tree import Column, Entries

_NUMBER_OF: Final = "#"
"""Marks the number of elements of a collection among the branches; no field name can begin with it."""

_CARDINALITY: Final = "-cardinality"
"""Marks, at the end of uproot's form keys, that a field of numbers of elements is stored as the lists' ends."""


class RNTupleOfEvents:
    """A `hepnb.loaders.tree.Tree` over uproot's RNTuple.

    A collection ``Muon`` with fields ``pt``, ``eta`` appears as the columns that a TTree has for it:
    ``Muon_pt``, ``Muon_eta``, each a list, and their number ``nMuon``.
    """

    def __init__(self, ntuple: RNTuple, *, path: str, source: Source) -> None:
        """Wrap an open RNTuple.

        Args:
            ntuple: uproot's view of it.
            path: of the file, for sentences.
            source: of the file's bytes.
        """
        check_page_lists(ntuple)
        self._ntuple = ntuple
        self._path = path
        self._source = source

    @property
    def entries(self) -> int:
        """Number of events."""
        return int(self._ntuple.num_entries)

    @property
    def file_bytes(self) -> int:
        """Size [B] of the whole file."""
        return int(self._ntuple.file.source.num_bytes or 0)

    @property
    def names(self) -> Collection[str]:
        """What its columns are called: fields of the top level, collections of records split into their members."""
        return self._branches.keys()

    def column(self, name: str) -> Column:
        """The column of that name."""
        branch = self._branches[name]
        return Column(name, branch, arrow_type(self._forms[branch]))

    def clusters(self, columns: Sequence[Column]) -> Entries:  # noqa: ARG002  # a TTree needs them
        """Entries at which the file's clusters begin and end; all fields share them."""
        first_entries = [summary.num_first_entry for summary in self._ntuple.cluster_summaries]
        return np.unique(np.array([0, *first_entries, self.entries], dtype=np.int64))

    def stored_bytes(self, columns: Sequence[Column], clusters: Entries) -> Entries:
        """Compressed size [B] of these columns' pages in each cluster."""
        stored = {index for column in columns for index in _stored_columns(self._forms[column.branch])}
        total = np.zeros(len(clusters) - 1, dtype=np.int64)
        for summary, pages in zip(self._ntuple.cluster_summaries, self._ntuple.page_link_list, strict=True):
            size = sum(page.locator.num_bytes for index in stored if index < len(pages) for page in pages[index].pages)
            if summary.num_entries:
                total[np.searchsorted(clusters, summary.num_first_entry, side="right") - 1] += size
        return total

    def streams(self, columns: Sequence[Column], start: int) -> list[Stream | None]:
        """The values of each column from an event on."""
        memory = PageMemory()
        offsets: dict[int, SharedOffsets] = {}
        return [self._stream(column, start, memory, offsets) for column in columns]

    def expect(self, columns: Sequence[Column], start: int, stop: int) -> None:
        """Ask for the pages of the clusters that begin among these events."""
        parts = {part.column: part for column in columns for part in self._parts(column) or ()}
        self._source.expect(
            [
                span
                for cluster, first in enumerate(self._first_entries)
                if start <= first < stop
                for part in parts.values()
                for span in part.spans(cluster)
            ]
        )

    def _stream(
        self, column: Column, start: int, memory: PageMemory, shared: dict[int, SharedOffsets]
    ) -> Stream | None:
        parts = self._parts(column)
        if parts is None:
            return None
        numbers = parts[-1]
        cluster = max(int(np.searchsorted(self._first_entries, start, side="right")) - 1, 0)
        before = start - self._first_entries[cluster] if self._first_entries else 0
        with unreadable(f"The {numbers.what}, entries {start - before} to {start}"):
            if _is_length(column.branch, self._forms[column.branch]):
                return FlatStream(self._lengths(numbers, cluster, before, memory), entry=start, what=numbers.what)
            values = NumberStream(numbers.blocks(self._source, cluster), dtype=numbers.dtype)
            if len(parts) == 1:
                values.skip(before)
                return FlatStream(values, entry=start, what=numbers.what)
            values.skip(self._lengths(parts[0], cluster, 0, memory).sum_of(before))
            if parts[0].column not in shared:
                shared[parts[0].column] = SharedOffsets(self._lengths(parts[0], cluster, before, memory), entry=start)
            return ListStream(values, shared[parts[0].column], entry=start, what=numbers.what)

    def _lengths(self, ends: PageColumn, cluster: int, before: int, memory: PageMemory) -> NumberStream:
        lengths = NumberStream(ends.counts(self._source, cluster, memory), dtype=np.dtype(np.int64))
        lengths.skip(before)
        return lengths

    def _parts(self, column: Column) -> tuple[PageColumn, ...] | None:
        """The ends of the lists, if the column is one of lists, and the numbers; ``None`` for storage not known."""
        form = self._forms[column.branch]
        forms = (form, form.content) if isinstance(form, ListOffsetForm) else (form,)
        found = [self._page_column(part, column.name, flat=part is form) for part in forms]
        parts = tuple(part for part in found if part is not None)
        if len(parts) < len(found) or not isinstance(forms[-1], NumpyForm) or not self._clusters_rise:
            return None
        if _is_length(column.branch, forms[-1]):
            return parts if column.type == pa.int64() else None
        element = pa.from_numpy_dtype(parts[-1].dtype)
        return parts if column.type == (element if len(parts) == 1 else pa.list_(element)) else None

    def _page_column(self, form: Form, name: str, *, flat: bool) -> PageColumn | None:
        key = re.fullmatch(rf"column-(\d+)({_CARDINALITY})?", form.form_key or "")
        if key is None:
            return None
        number = int(key[1])
        encoding = find_encoding(self._ntuple, number)
        what = f"branch '{name}' of {self._path}"
        return None if encoding is None else PageColumn(self._ntuple, number, encoding, flat, what)

    def arrays(self, columns: Sequence[Column], start: int, stop: int) -> list[ak.Array]:
        """The values of each column for a range of events."""
        stored = {index for column in columns for index in _stored_columns(self._forms[column.branch])}
        check_pages(self._ntuple, stored, self._source, start=start, stop=stop)
        fields = [self._field_behind(column.branch) for column in columns]
        events = self._ntuple.arrays(filter_name=fields, entry_start=start, entry_stop=stop)
        values = [events[tuple(field.split("."))] for field in fields]
        return [
            ak.num(array) if column.branch.startswith(_NUMBER_OF) else array
            for column, array in zip(columns, values, strict=True)
        ]

    def _field_behind(self, branch: str) -> str:
        if not branch.startswith(_NUMBER_OF):
            return branch
        return next(field for field in self._forms if field.startswith(f"{branch[1:]}."))

    @cached_property
    def _first_entries(self) -> list[int]:
        return [summary.num_first_entry for summary in self._ntuple.cluster_summaries]

    @cached_property
    def _clusters_rise(self) -> bool:
        """Whether clusters stand in the order of their entries, with none missing between them."""
        entry = 0
        for summary in self._ntuple.cluster_summaries:
            if summary.num_first_entry != entry:
                return False
            entry += summary.num_entries
        return entry == self.entries

    @cached_property
    def _branches(self) -> dict[str, str]:
        return {
            f"n{branch[1:]}" if branch.startswith(_NUMBER_OF) else branch.replace(".", "_"): branch
            for branch in self._forms
        }

    @cached_property
    def _forms(self) -> dict[str, Form]:
        whole, _ = self._ntuple.to_akform()
        return dict(_split_collections(whole))


def _split_collections(whole: RecordForm) -> Iterator[tuple[str, Form]]:
    for name, form in zip(whole.fields, whole.contents, strict=True):
        if name.startswith("_"):
            continue  # ROOT's importer keeps such collections for itself and shows their members as fields
        if isinstance(form, ListOffsetForm) and isinstance(form.content, RecordForm):
            if f"n{name}" not in whole.fields:
                yield f"{_NUMBER_OF}{name}", NumpyForm("int64", form_key=form.form_key)
            for member, content in zip(form.content.fields, form.content.contents, strict=True):
                yield f"{name}.{member}", ListOffsetForm(form.offsets, content, form_key=form.form_key)
        else:
            yield name, form


def _is_length(branch: str, form: Form) -> bool:
    """Whether numbers of elements are wanted, where the ends of lists are stored."""
    return branch.startswith(_NUMBER_OF) or (form.form_key or "").endswith(_CARDINALITY)


def _stored_columns(form: Form) -> Iterator[int]:
    """The numbers of the columns on disk; uproot writes them into the form keys as ``column-7-cardinality``."""
    if form.form_key is not None and form.form_key.startswith("column-"):
        yield int(form.form_key.split("-")[1])
    for content in getattr(form, "contents", None) or ([form.content] if hasattr(form, "content") else []):
        yield from _stored_columns(content)

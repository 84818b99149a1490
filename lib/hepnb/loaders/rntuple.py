"""A tree of events stored as RNTuple."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import awkward as ak
import numpy as np
from awkward.forms import Form, ListOffsetForm, NumpyForm, RecordForm
from uproot.behaviors.RNTuple import RNTuple

from hepnb.loaders.schema import UnrepresentableError, arrow_type
from hepnb.loaders.tree import Column, Contents, Entries

_NUMBER_OF: Final = "#"
"""Marks the number of elements of a collection among the branches; no field name can begin with it."""


class RNTupleOfEvents:
    """A `hepnb.loaders.tree.Tree` over uproot's RNTuple.

    A collection ``Muon`` with fields ``pt``, ``eta`` appears as the columns that a TTree has for it:
    ``Muon_pt``, ``Muon_eta``, each a list, and their number ``nMuon``.
    """

    def __init__(self, ntuple: RNTuple) -> None:
        """Wrap an open RNTuple."""
        self._ntuple = ntuple

    @property
    def entries(self) -> int:
        """Number of events."""
        return int(self._ntuple.num_entries)

    @property
    def file_bytes(self) -> int:
        """Size [B] of the whole file."""
        return int(self._ntuple.file.source.num_bytes or 0)

    def contents(self) -> Contents:
        """Fields of the top level, collections of records split into one column per member."""
        columns, left_out = [], {}
        for branch, form in self._forms.items():
            name = f"n{branch[1:]}" if branch.startswith(_NUMBER_OF) else branch.replace(".", "_")
            try:
                columns.append(Column(name, branch, arrow_type(form)))
            except UnrepresentableError as error:
                left_out[name] = str(error)
        return Contents(tuple(columns), left_out)

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

    def arrays(self, columns: Sequence[Column], start: int, stop: int) -> list[ak.Array]:
        """The values of each column for a range of events."""
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


def _stored_columns(form: Form) -> Iterator[int]:
    """The numbers of the columns on disk; uproot writes them into the form keys as ``column-7-cardinality``."""
    if form.form_key is not None and form.form_key.startswith("column-"):
        yield int(form.form_key.split("-")[1])
    for content in getattr(form, "contents", None) or ([form.content] if hasattr(form, "content") else []):
        yield from _stored_columns(content)

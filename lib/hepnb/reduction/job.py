"""The main job: files in, a folder with the reduced events, their counts and their histograms out."""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal

import hist
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hepnb.errors import HepnbError, SessionError, UnreadableFileError
from hepnb.events import DIMUON_MASS, EVENT_ID, EVENTS_TREE, INPUT_COUNT, INPUT_FILE, SPECTRUM
from hepnb.loaders.catalogue import FileDescription
from hepnb.loaders.plan import plan
from hepnb.loaders.schema import sql_schema
from hepnb.loaders.survey import Failure, survey
from hepnb.physics.dimuon import SPECTRUM_BINS, SPECTRUM_RANGE
from hepnb.reduction.dimuon import Cut, Selection, check_columns, find_selection, reduce
from hepnb.reduction.part import Part, Recipe, reduce_piece
from hepnb.runners.runner import Progress, Runner, Silent
from hepnb.writers.parquet import pack
from hepnb.writers.root import write_histograms

OnError = Literal["fail", "skip"]

EVENTS_FILE: Final = "events.parquet"
COUNTS_FILE: Final = "counts.parquet"
HISTOGRAMS_FILE: Final = "spectrum.root"

_PICTURE_BINS: Final = 500


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """What the job found.

    Attributes:
        files: the files that were read.
        skipped: the files that could not be read, with the reasons.
        cutflow: from all events to those kept.
        mean_mass: of the pairs kept [GeV]; ``None`` where there are none.
        bytes_read: compressed size [B] of what was read from the files.
        dataset_bytes: size [B] of the files.
        spectrum: of the masses, over a logarithmic axis.
    """

    files: tuple[str, ...]
    skipped: tuple[Failure, ...]
    cutflow: tuple[Cut, ...]
    mean_mass: float | None
    bytes_read: int
    dataset_bytes: int
    spectrum: hist.Hist[hist.storage.Double]


def reduce_files(
    runner: Runner,
    paths: Sequence[str],
    folder: Path,
    *,
    selection: str = SPECTRUM,
    tree: str = EVENTS_TREE,
    on_error: OnError = "fail",
    progress: Progress | None = None,
) -> Reduction:
    """Reduce files to pairs of muons.

    Writes into `folder`: ``events.parquet`` (one row per event kept, in the order of the files),
    ``counts.parquet`` (``file``, ``count``: events of each file before any cut, needed to normalise) and
    ``spectrum.root`` (histograms of the mass). They do not depend on the runner.

    Args:
        runner: where the work runs; its workers must see `folder`.
        paths: what `hepnb.loaders.addresses.resolve` returns.
        folder: a folder for the results.
        selection: a name in `hepnb.reduction.dimuon.SELECTIONS`.
        tree: name of the TTree or RNTuple.
        on_error: what to do with a file that cannot be read: give up, or leave it out, whole.
        progress: is told how far the work is.

    Raises:
        HepnbError: one of its children; with ``on_error="skip"`` still when no file can be read, or the disk is full.
    """
    job = _Job(runner, folder.absolute(), find_selection(selection), tree, on_error, progress or Silent())
    files, failures = job.look_into(paths)
    parts, damaged = job.reduce(files)
    skipped = [*failures, *damaged]
    damaged_paths = {failure.path for failure in damaged}
    files = [file for file in files if file.path not in damaged_paths]
    if not files:
        raise UnreadableFileError(f"None of the {len(skipped)} files can be read. The first: {skipped[0].error}")
    cutflow = job.cutflow(files, parts)
    job.pack(parts, _rows_of(files[0], job.selection))
    job.write_counts(files)
    mean_mass, spectrum = job.fill_histograms()
    return Reduction(
        files=tuple(file.path for file in files),
        skipped=tuple(skipped),
        cutflow=cutflow,
        mean_mass=mean_mass,
        bytes_read=sum(sum(file.stored_bytes) for file in files),
        dataset_bytes=sum(file.file_bytes for file in files),
        spectrum=spectrum,
    )


@dataclass(frozen=True)
class _Job:
    runner: Runner
    folder: Path
    selection: Selection
    tree: str
    on_error: OnError
    progress: Progress

    def look_into(self, paths: Sequence[str]) -> tuple[list[FileDescription], list[Failure]]:
        self.progress.step(f"Looking into {len(paths)} file{'' if len(paths) == 1 else 's'}")
        found = survey(
            self.runner,
            paths,
            tree=self.tree,
            columns=self.selection.columns,
            optional=EVENT_ID,
            progress=self.progress,
        )
        files, failures = [], list(found.failures)
        for file in found.files:
            try:
                check_columns(file.schema, self.selection, where=file.path)
                files.append(file)
            except HepnbError as error:
                failures.append(Failure(file.path, error))
        if failures and self.on_error == "fail":
            raise failures[0].error
        return files, failures

    def reduce(self, files: Sequence[FileDescription]) -> tuple[list[Part], list[Failure]]:
        """Reduce these files, part by part; a file is in whole or out whole."""
        if not files:
            return [], []
        self.progress.step("Reading and selecting events")
        shutil.rmtree(self.folder / "parts", ignore_errors=True)  # an attempt that failed may have left some
        (self.folder / "parts").mkdir()
        recipe = Recipe(
            selection=self.selection.name,
            tree=self.tree,
            columns=files[0].schema,
            rows=_rows_of(files[0], self.selection),
            folder=self.folder / "parts",
            keep_errors=self.on_error == "skip",
        )
        work = partial(reduce_piece, recipe=recipe)
        pieces = list(enumerate(plan(files)))
        answers = list(chain.from_iterable(self.runner.map(work, pieces, progress=self.progress)))
        failures = {answer.path: answer for answer in answers if isinstance(answer, Failure)}
        parts = [answer for answer in answers if isinstance(answer, Part) and answer.path not in failures]
        return parts, list(failures.values())

    def cutflow(self, files: Sequence[FileDescription], parts: Sequence[Part]) -> tuple[Cut, ...]:
        passed: Counter[int] = Counter()
        for part in parts:
            passed.update(dict(enumerate(part.passed)))
        expected = sum(file.entries for file in files)
        if passed[0] != expected:
            raise SessionError(f"The workers passed on {passed[0]} of {expected} events; run the reduction again.")
        return tuple(Cut(name, passed[line]) for line, name in enumerate(("events", *self.selection.cuts)))

    def pack(self, parts: Sequence[Part], schema: pa.Schema) -> None:
        """Join the parts to one file."""
        self.progress.step("Packing the events into one file")
        files = [part.rows for part in parts if part.rows is not None]
        try:
            rows = pack(files, self.folder / EVENTS_FILE, schema=schema)
        except FileNotFoundError as error:
            raise SessionError(f"Rows of the workers are lost; do all of them see {self.folder}?") from error
        if rows != (expected := sum(part.passed[-1] for part in parts if part.passed)):
            raise SessionError(f"The workers wrote {rows} of {expected} rows; run the reduction again.")
        shutil.rmtree(self.folder / "parts")

    def write_counts(self, files: Sequence[FileDescription]) -> None:
        columns = {
            INPUT_FILE: [file.path for file in files],
            INPUT_COUNT: pa.array([file.entries for file in files], pa.int64()),
        }
        pq.write_table(pa.table(columns), self.folder / COUNTS_FILE)

    def fill_histograms(self) -> tuple[float | None, hist.Hist[hist.storage.Double]]:
        """Write the histograms of the mass, and give its mean and the one over a logarithmic axis, for pictures."""
        self.progress.step("Filling histograms")
        label = "Dimuon mass [GeV]"
        edges = np.geomspace(*SPECTRUM_RANGE, _PICTURE_BINS + 1)
        linear = _histogram(hist.axis.Regular(SPECTRUM_BINS, *SPECTRUM_RANGE, name=DIMUON_MASS, label=label))
        logarithmic = _histogram(hist.axis.Variable(edges, name=DIMUON_MASS, label=label))
        total, number = 0.0, 0
        for batch in pq.ParquetFile(self.folder / EVENTS_FILE).iter_batches(columns=[DIMUON_MASS]):
            masses = batch.column(0).to_numpy()
            linear.fill(masses)
            logarithmic.fill(masses)
            total, number = total + float(masses.sum()), number + len(masses)
        write_histograms(self.folder / HISTOGRAMS_FILE, {DIMUON_MASS: linear, f"{DIMUON_MASS}_log": logarithmic})
        return total / number if number else None, logarithmic


def _histogram(axis: Any) -> hist.Hist[hist.storage.Double]:
    return hist.Hist(axis, storage=hist.storage.Double())


def _rows_of(file: FileDescription, selection: Selection) -> pa.Schema:
    """Schema of the rows, in types that every reader of Parquet computes with."""
    empty = pa.RecordBatch.from_pylist([], schema=file.schema)
    return sql_schema(reduce(empty, selection=selection.name).rows.schema)

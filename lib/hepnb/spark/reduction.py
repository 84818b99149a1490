"""The main job: files in, a folder with the reduced events, their counts and their histograms out."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import hist
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Observation, SparkSession
from pyspark.sql import functions as F

from hepnb.errors import (
    HepnbError,
    MissingInputError,
    MissingNameError,
    SessionError,
    UnreadableFileError,
    WrongTypeError,
)
from hepnb.events import DIMUON_MASS, EVENT_ID, EVENTS_TREE, INPUT_COUNT, INPUT_FILE, SPECTRUM
from hepnb.loaders.catalogue import FileDescription
from hepnb.physics.dimuon import SPECTRUM_BINS, SPECTRUM_RANGE
from hepnb.spark import dimuon
from hepnb.spark.catalogue import Failure, find_unreadable, survey
from hepnb.spark.failures import explained
from hepnb.spark.histogram import fill
from hepnb.spark.progress import Progress, Silent, watched
from hepnb.spark.root_source import read_described
from hepnb.spark.types import spark_schema
from hepnb.writers.parquet import pack
from hepnb.writers.root import write_histograms

OnError = Literal["fail", "skip"]

EVENTS_FILE: Final = "events.parquet"
COUNTS_FILE: Final = "counts.parquet"
HISTOGRAMS_FILE: Final = "spectrum.root"

_PICTURE_BINS: Final = 500
_FAULTS_OF_A_FILE: Final = (MissingInputError, MissingNameError, UnreadableFileError, WrongTypeError)


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
    cutflow: tuple[dimuon.Cut, ...]
    mean_mass: float | None
    bytes_read: int
    dataset_bytes: int
    spectrum: hist.Hist[hist.storage.Double]


def reduce_files(
    spark: SparkSession,
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
    ``spectrum.root`` (histograms of the mass).

    Args:
        spark: a session from `hepnb.spark.session.get_session`.
        paths: what `hepnb.loaders.addresses.resolve` returns.
        folder: an empty folder.
        selection: a name in `hepnb.spark.dimuon.SELECTIONS`.
        tree: name of the TTree or RNTuple.
        on_error: what to do with a file that cannot be read: give up, or leave it out, whole.
        progress: is told how far the work is.

    Raises:
        HepnbError: one of its children; with ``on_error="skip"`` still when no file can be read, or the disk is full.
    """
    job = _Job(spark, folder, dimuon.find_selection(selection), tree, progress or Silent())
    with explained(), watched(spark, job.progress):
        files, skipped = job.look_into(paths)
        _refuse(files, skipped, on_error)
        try:
            cutflow, mean_mass = job.reduce(files)
        except _FAULTS_OF_A_FILE:
            if on_error == "fail":
                raise
            files, damaged = job.leave_out_damaged(files)
            skipped += damaged
            _refuse(files, skipped, on_error)
            cutflow, mean_mass = job.reduce(files)
        job.write_counts(files)
        spectrum = job.fill_histograms()
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
    spark: SparkSession
    folder: Path
    selection: dimuon.Selection
    tree: str
    progress: Progress

    def look_into(self, paths: Sequence[str]) -> tuple[list[FileDescription], list[Failure]]:
        self.progress.step(f"Looking into {len(paths)} file{'' if len(paths) == 1 else 's'}")
        found = survey(self.spark, paths, tree=self.tree, columns=self.selection.columns, optional=EVENT_ID)
        files, failures = [], list(found.failures)
        for file in found.files:
            try:
                dimuon.check_columns(spark_schema(file.schema), self.selection, where=file.path)
                files.append(file)
            except HepnbError as error:
                failures.append(Failure(file.path, error))
        return files, failures

    def reduce(self, files: Sequence[FileDescription]) -> tuple[tuple[dimuon.Cut, ...], float | None]:
        """Write the pairs of these files as one Parquet file, and count on the way."""
        self.progress.step("Reading and selecting events")
        counts, masses = Observation(), Observation()
        parts = self.folder / "parts"
        events = read_described(self.spark, files, tree=self.tree)
        pairs = dimuon.reduce(events, selection=self.selection.name, observation=counts)
        with explained():
            pairs.observe(masses, F.avg(DIMUON_MASS).alias("mean")).write.mode("overwrite").parquet(f"file://{parts}")
        cutflow = dimuon.cutflow(counts, selection=self.selection.name)
        expected = sum(file.entries for file in files)
        if cutflow[0].events != expected:
            raise SessionError(f"Spark passed on {cutflow[0].events} of {expected} events; run the reduction again.")
        self.progress.step("Packing the events into one file")
        pack(parts, self.folder / EVENTS_FILE)
        shutil.rmtree(parts)
        return cutflow, masses.get["mean"]

    def leave_out_damaged(self, files: Sequence[FileDescription]) -> tuple[list[FileDescription], list[Failure]]:
        self.progress.step("Looking for damaged files")
        damaged = find_unreadable(self.spark, files, tree=self.tree)
        damaged_paths = {failure.path for failure in damaged}
        return [file for file in files if file.path not in damaged_paths], damaged

    def write_counts(self, files: Sequence[FileDescription]) -> None:
        columns = {
            INPUT_FILE: [file.path for file in files],
            INPUT_COUNT: pa.array([file.entries for file in files], pa.int64()),
        }
        pq.write_table(pa.table(columns), self.folder / COUNTS_FILE)

    def fill_histograms(self) -> hist.Hist[hist.storage.Double]:
        """Write the histograms of the mass; the one over a logarithmic axis is for pictures."""
        self.progress.step("Filling histograms")
        events = self.spark.read.parquet(f"file://{_without_wildcards(self.folder / EVENTS_FILE)}")
        label = "Dimuon mass [GeV]"
        linear = fill(
            events, DIMUON_MASS, hist.axis.Regular(SPECTRUM_BINS, *SPECTRUM_RANGE, name=DIMUON_MASS, label=label)
        )
        edges = np.geomspace(*SPECTRUM_RANGE, _PICTURE_BINS + 1)
        logarithmic = fill(events, DIMUON_MASS, hist.axis.Variable(edges, name=DIMUON_MASS, label=label))
        write_histograms(self.folder / HISTOGRAMS_FILE, {DIMUON_MASS: linear, f"{DIMUON_MASS}_log": logarithmic})
        return logarithmic


def _refuse(files: Sequence[FileDescription], failures: Sequence[Failure], on_error: OnError) -> None:
    if failures and on_error == "fail":
        raise failures[0].error
    if not files:
        raise UnreadableFileError(f"None of the {len(failures)} files can be read. The first: {failures[0].error}")


def _without_wildcards(path: Path) -> str:
    """Spark reads ``*?[]{}`` in a path as wildcards."""
    return re.sub(r"([\\{}\[\]*?])", r"\\\1", str(path))

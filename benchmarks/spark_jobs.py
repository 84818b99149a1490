"""What Spark's jobs cost per event: the difference between many files and one, JVM and Python workers included."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

import numpy as np
import uproot
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.measure import NANO, Clock, Contestant, Run, family_time, timed
from benchmarks.project import KERNEL
from benchmarks.settings import Settings
from benchmarks.spectrum import Spectrum, axis
from hepnb.events import DIMUON_MASS
from hepnb.reduction.job import HISTOGRAMS_FILE, reduce_files
from hepnb.reduction.kernels import find_kernel
from hepnb.spark import dimuon
from hepnb.spark.histogram import fill
from hepnb.spark.root_source import read_root
from hepnb.spark.runner import SparkRunner
from hepnb.spark.session import get_session

Job: TypeAlias = Callable[[SparkSession, Sequence[str]], Spectrum]
"""Reduces files on Spark."""

COPIES: Final = 4
"""So many files lie between the two sets whose costs are subtracted."""

_ONE_CORE: Final = "small"


def session() -> SparkSession:
    """Spark on one core."""
    return get_session(_ONE_CORE)


def warm_up(job: Job, paths: Sequence[str], settings: Settings, *, what: str) -> None:
    """Run a job until the JVM has compiled what it runs."""
    settings.progress.step(f"Warming up {what}")
    for _ in range(min(settings.repeats, 3)):
        job(session(), paths)


def marginal(job: Job, paths: Sequence[str], settings: Settings, *, clock: Clock = family_time) -> Contestant:
    """A contestant that runs a job over one file and over all.

    Args:
        job: to run.
        paths: one file and `COPIES` copies of it.
        settings: the number of events in each.
        clock: which processes count.
    """

    def run() -> Run:
        spark = session()
        few, one = timed(lambda: job(spark, paths[:1]), clock=clock)
        many, all_ = timed(lambda: job(spark, paths), clock=clock)
        copies = len(paths) - 1
        return Run((many - few) / (copies * settings.events) * NANO, (all_ - one).share(copies))

    return run


def fused_histogram(spark: SparkSession, paths: Sequence[str]) -> Spectrum:
    """The reduction runs where files are read; its rows fill a histogram."""
    return _histogram(read_root(spark, paths, reduce=KERNEL))


def fused_aggregates(spark: SparkSession, paths: Sequence[str]) -> Spectrum:
    """The reduction runs where files are read; SQL counts its rows and adds up the masses."""
    return _aggregates(read_root(spark, paths, reduce=KERNEL))


def sql_aggregates(spark: SparkSession, paths: Sequence[str]) -> Spectrum:
    """Jagged columns cross to Spark, whose SQL does the rest."""
    return _aggregates(dimuon.reduce(read_root(spark, paths, columns=find_kernel(KERNEL).columns)))


def command_job(spark: SparkSession, paths: Sequence[str]) -> Spectrum:
    """What ``hepnb reduce --backend spark`` does: reduced events, counts and histograms in files."""
    with TemporaryDirectory() as folder:
        reduction = reduce_files(SparkRunner(spark), paths, Path(folder))
        with uproot.open(Path(folder) / HISTOGRAMS_FILE) as file:
            counts = file[DIMUON_MASS].values(flow=True)
    pairs = reduction.cutflow[-1].events
    return Spectrum(pairs, (reduction.mean_mass or 0.0) * pairs, counts)


def _histogram(pairs: DataFrame) -> Spectrum:
    counts = np.asarray(fill(pairs, DIMUON_MASS, axis()).view(flow=True))
    return Spectrum(int(counts.sum()), None, counts)


def _aggregates(pairs: DataFrame) -> Spectrum:
    row = pairs.agg(F.count(DIMUON_MASS).alias("pairs"), F.sum(DIMUON_MASS).alias("total")).collect()[0]
    return Spectrum(row.pairs, row.total or 0.0)

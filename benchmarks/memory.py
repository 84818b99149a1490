"""Claim: a worker that reads a file of one giant cluster stays below 500 MB."""

import os
import resource
import sys
from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa

from benchmarks.files import Files
from benchmarks.rows import Row, at_most
from benchmarks.settings import Settings, main
from benchmarks.spark_jobs import fused_aggregates, session, sql_aggregates

_MOST = 500.0  # [MB]
MAXRSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # [B]


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    path = Files(settings).giant()
    settings.progress.step("Measuring memory")
    for name, job in (("fused", fused_aggregates), ("jagged columns", sql_aggregates)):
        job(session(), [path])
        claim = f"Python worker's memory, a cluster of {settings.events} events, {name}"
        yield at_most(claim, _peak_of_workers(), unit="MB", bound=_MOST)


def _peak_of_workers() -> float:
    """The most [MB] that one of Spark's workers, which it uses again, ever had in memory."""
    answers = session().range(4).repartition(4).mapInArrow(_own_peak, "pid long, peak long").toArrow()
    return float(max(answers["peak"].to_pylist())) / 1e6


def _own_peak(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT
        yield pa.RecordBatch.from_pydict({"pid": [os.getpid()], "peak": [peak]})


if __name__ == "__main__":
    main(measure)

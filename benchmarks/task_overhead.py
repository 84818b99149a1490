"""Claim: a task that has next to nothing to do costs its Python worker at most 10 ms, once the worker has started."""

from collections.abc import Iterator
from statistics import median

from pyspark.sql import DataFrame

from benchmarks.files import Files
from benchmarks.measure import python_workers_time, timed
from benchmarks.project import KERNEL
from benchmarks.rows import Row, at_most
from benchmarks.settings import Settings, main
from benchmarks.spark_jobs import session
from hepnb.spark.root_source import read_root

_MOST = 10.0  # [ms]
_TASKS = 105
_FEW = 5


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    files = Files(settings).tiny(_TASKS)
    settings.progress.step("Measuring tasks")
    few, many = (read_root(session(), paths, reduce=KERNEL) for paths in (files[:_FEW], files))
    tasks = many.rdd.getNumPartitions() - few.rdd.getNumPartitions()
    _python_time(many)
    costs = [(_python_time(many) - _python_time(few)) / tasks * 1e3 for _ in range(settings.repeats)]
    yield at_most(f"Python per task, {tasks} tasks", median(costs), unit="ms", bound=_MOST)


def _python_time(rows: DataFrame) -> float:
    return timed(rows.count, clock=python_workers_time)[0]


if __name__ == "__main__":
    main(measure)

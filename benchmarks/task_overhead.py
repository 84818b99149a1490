"""Claim: a task that has next to nothing to do costs its Python worker at most 10 ms, once the worker has started."""

from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Final

from pyspark.sql import DataFrame

from benchmarks.files import Files
from benchmarks.measure import python_workers_time, timed
from benchmarks.project import KERNEL
from benchmarks.rows import Row, at_most
from benchmarks.settings import Settings, main
from benchmarks.spark_jobs import session
from hepnb.events import EVENTS_TREE
from hepnb.loaders.catalogue import describe
from hepnb.reduction.kernels import find_kernel
from hepnb.spark.data_source import make_plan
from hepnb.spark.types import spark_schema

_MOST: Final = 10.0  # [ms]
_FEW: Final = 10
_TASKS: Final = 100
"""So many tasks lie between the two jobs whose costs are subtracted."""


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    settings = settings.of_spark
    path = Files(settings).tiny()
    settings.progress.step("Measuring tasks")
    few, many = _rows(path, tasks=_FEW), _rows(path, tasks=_FEW + _TASKS)
    _python_time(many)
    costs = [(_python_time(many) - _python_time(few)) / _TASKS * 1e3 for _ in range(settings.repeats)]
    yield at_most("Python per task, of a file that is open", median(costs), unit="ms", bound=_MOST)


def _rows(path: str, *, tasks: int) -> DataFrame:
    """A reduction of the same few events in each of many tasks; a plan of the library's own would make them one."""
    kernel = find_kernel(KERNEL)
    file = describe(path, tree=EVENTS_TREE, columns=kernel.columns)
    plan = make_plan([file], tree=EVENTS_TREE, kernel=kernel)
    plan = replace(plan, pieces=plan.pieces * tasks)
    schema = spark_schema(kernel.schema(file.schema))
    return session().read.format("root").schema(schema).option("plan", plan.packed()).load()


def _python_time(rows: DataFrame) -> float:
    return timed(rows.count, clock=python_workers_time)[0]


if __name__ == "__main__":
    main(measure)

"""Work on Spark's workers."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from hepnb.runners.runner import Answer, Item, Progress
from hepnb.runners.settle import settle
from hepnb.spark.failures import explained

_INTERVAL: Final = 0.2  # [s]
_MOST_TASKS: Final = 100_000  # more would keep Spark's scheduler busy with itself


class SparkRunner:
    """A `hepnb.runners.runner.Runner` on the workers of a Spark session."""

    def __init__(self, spark: SparkSession) -> None:
        """Use a session from `hepnb.spark.session.get_session`."""
        self._spark = spark

    def map(self, work: Callable[[Item], Answer], items: Sequence[Item], *, progress: Progress) -> list[Answer]:
        """Apply a function to each item, each in a task."""

        def answers(part: Iterable[Item]) -> Iterator[Answer]:
            settle()
            return map(work, part)

        tasks = max(min(len(items), _MOST_TASKS), 1)
        with explained(), _watched(self._spark, progress):
            found: list[Answer] = self._spark.sparkContext.parallelize(items, tasks).mapPartitions(answers).collect()
        return found


@contextmanager
def _watched(spark: SparkSession, progress: Progress) -> Iterator[None]:
    """Tell `progress` about the tasks of the jobs that run inside the block."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(spark, progress, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(spark: SparkSession, progress: Progress, over: threading.Event) -> None:
    tracker = spark.sparkContext.statusTracker()
    while not over.wait(_INTERVAL):
        try:
            stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        except (Py4JError, OSError):  # Spark is being stopped
            return
        if running := [stage for stage in stages if stage is not None]:
            progress.tasks(sum(stage.numCompletedTasks for stage in running), sum(stage.numTasks for stage in running))

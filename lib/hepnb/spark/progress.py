"""How far a Spark job is, told to whoever shows it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

_INTERVAL: Final = 0.2  # [s]


class Progress(Protocol):
    """Somebody who shows how far the work is."""

    def step(self, description: str) -> None:
        """A new step begins."""

    def tasks(self, done: int, total: int) -> None:
        """So many of the step's tasks are done."""


class Silent:
    """Nobody watches."""

    def step(self, description: str) -> None:
        """Show nothing."""

    def tasks(self, done: int, total: int) -> None:
        """Show nothing."""


@contextmanager
def watched(spark: SparkSession, progress: Progress) -> Iterator[None]:
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

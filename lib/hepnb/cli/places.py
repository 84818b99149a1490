"""Where the work of a command runs: on Spark, in this process, or in several."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import click

from hepnb.cli import interrupts
from hepnb.cli.terminal import StepProgress
from hepnb.cluster.profiles import default_profile

if TYPE_CHECKING:
    from hepnb.runners.runner import Runner

Place: TypeAlias = "Callable[[StepProgress], AbstractContextManager[Runner]]"


def place_of(backend: str, *, profile: str | None, workers: int | None) -> Place:
    """The place that a user asked for.

    Args:
        backend: ``spark`` or ``process``.
        profile: size of Spark, if one was given.
        workers: number of processes, if one was given.

    Raises:
        UsageError: the size of one place was given for the other.
    """
    if profile is not None and backend == "process":
        raise click.UsageError("--profile is the size of Spark; with --backend process, give --workers.")
    if workers is not None and backend == "spark":
        raise click.UsageError("--workers are those of --backend process; with Spark, give --profile.")
    return partial(_on_spark, profile or default_profile()) if backend == "spark" else partial(_here, workers or 1)


@contextmanager
def _on_spark(profile: str, progress: StepProgress) -> Iterator["Runner"]:
    from hepnb.spark.runner import SparkRunner  # imported here, because the other backend works without Spark
    from hepnb.spark.session import get_session, stop

    progress.step("Starting Spark")
    try:
        yield SparkRunner(get_session(profile))
    except KeyboardInterrupt:
        interrupts.heard()
        raise
    finally:
        stop()


@contextmanager
def _here(workers: int, progress: StepProgress) -> Iterator["Runner"]:  # noqa: ARG001  # nothing is waited for
    from hepnb.runners.local import InProcess, Processes  # imported here, as everything that runs
    from hepnb.runners.settle import settle

    settle()
    try:
        yield InProcess() if workers == 1 else Processes(workers)
    except KeyboardInterrupt:
        interrupts.heard()
        raise

"""How much processor time does something take: user and system, of this process and of those that work for it."""

import gc
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final, TypeAlias, TypeVar

import psutil

from benchmarks.settings import Settings
from benchmarks.spectrum import Spectrum, check_agreement

Result = TypeVar("Result")

Clock: TypeAlias = Callable[[], float]
"""Processor time so far [s]."""

NANO: Final = 1e9


@dataclass(frozen=True)
class Run:
    """One run of one contestant.

    Attributes:
        cost: processor time [ns/event].
        spectrum: what it found, in one file; ``None`` where it is not asked for that.
    """

    cost: float
    spectrum: Spectrum | None


Contestant: TypeAlias = Callable[[], Run]


def own_time() -> float:
    """Of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def family_time() -> float:
    """Of this process, of those below it, and of those that have ended there."""
    return own_time() + sum(_time_of(process) for process in psutil.Process().children(recursive=True))


def python_workers_time() -> float:
    """Of the Python processes below this one's own children, and of those that have ended there: Spark's workers."""
    children = psutil.Process().children()
    return sum(_time_of(process) for child in children for process in child.children(recursive=True))


def _time_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system + times.children_user + times.children_system


def timed(work: Callable[[], Result], *, clock: Clock = own_time) -> tuple[float, Result]:
    """Processor time [s] of a function, and what it returned."""
    gc.collect()  # what others left is not this one's to clear
    begin = clock()
    result = work()
    return clock() - begin, result


def here(work: Callable[[], Spectrum], *, events: int) -> Contestant:
    """A contestant that runs in this process alone."""

    def run() -> Run:
        seconds, spectrum = timed(work)
        return Run(seconds / events * NANO, spectrum)

    return run


def interleaved(contestants: Mapping[str, Contestant], settings: Settings, *, what: str) -> dict[str, float]:
    """Let contestants run in turn, after a run each to warm up.

    Args:
        contestants: by their names.
        settings: how often.
        what: they do, for the progress display.

    Returns:
        The median of each one's costs [ns/event].

    Raises:
        DisagreementError: they did not find the same.
    """
    settings.progress.step(f"Measuring {what}")
    rounds = settings.repeats + 1
    costs: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        runs: dict[str, Run] = {}
        for position, (name, contestant) in enumerate(contestants.items()):
            settings.progress.tasks(number * len(contestants) + position, rounds * len(contestants))
            runs[name] = contestant()
        check_agreement({name: run.spectrum for name, run in runs.items() if run.spectrum is not None})
        for name, run in runs.items():
            costs[name].append(run.cost)
    return {name: median(values[1:]) for name, values in costs.items()}

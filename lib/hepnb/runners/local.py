"""Work in this process, or in several processes of this machine."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from typing import Final

from hepnb.errors import InputError, SessionError
from hepnb.runners.runner import Answer, Item, Progress
from hepnb.runners.settle import settle

_INTERRUPTS: Final = (signal.SIGINT, signal.SIGTERM)


class InProcess:
    """A `hepnb.runners.runner.Runner` in this process, one item after the other."""

    def map(self, work: Callable[[Item], Answer], items: Sequence[Item], *, progress: Progress) -> list[Answer]:
        """Apply a function to each item."""
        answers: list[Answer] = []
        progress.tasks(0, len(items))
        for done, item in enumerate(items, start=1):
            answers.append(work(item))
            progress.tasks(done, len(items))
        return answers


class Processes:
    """A `hepnb.runners.runner.Runner` in several processes, which live as long as one call of `map`."""

    def __init__(self, workers: int) -> None:
        """Start nothing yet.

        Args:
            workers: how many processes.

        Raises:
            InputError: less than one.
        """
        if workers < 1:
            raise InputError(f"The number of workers must be at least 1, got {workers}.")
        self._workers = workers

    def map(self, work: Callable[[Item], Answer], items: Sequence[Item], *, progress: Progress) -> list[Answer]:
        """Apply a function to each item."""
        with _pool(min(self._workers, len(items))) as pool:
            with _interrupts_later():
                futures = [pool.submit(work, item) for item in items]
            progress.tasks(0, len(futures))
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()  # raises what the work raised
                progress.tasks(done, len(futures))
            return [future.result() for future in futures]


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the block, whatever they are doing."""
    others = set(multiprocessing.active_children())
    # Forked processes would inherit the locks of threads that only their parent has.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(max(workers, 1), mp_context=context, initializer=_begin_worker)
    try:
        yield pool
    except BaseException as error:
        for worker in set(multiprocessing.active_children()) - others:
            worker.kill()
        if isinstance(error, BrokenProcessPool):
            raise SessionError(
                "A worker process was killed, most likely for its memory: run again with fewer --workers."
            ) from error
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Let processes start in peace: an interrupt in between would leave one that nobody knows.

    They inherit this, so that Ctrl-C finds none of them before it can leave it to its parent.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker() -> None:
    """Leave interrupts to the parent, and end when it ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPTS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settle()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)

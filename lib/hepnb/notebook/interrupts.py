"""What happens to Spark's jobs when a user interrupts a cell?"""

import logging
import signal
from collections.abc import Callable
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import Any, Final

from hepnb.backends.attach import BACKENDS

log = logging.getLogger(__name__)

_PATIENCE: Final = 5.0  # [s]


def listen(*_: Any) -> None:
    """Hear interrupts before the handler of the cell, until the kernel puts its own back, which it does after each."""
    handler = signal.getsignal(signal.SIGINT)
    if current_thread() is main_thread() and callable(handler) and not isinstance(handler, _Interrupted):
        signal.signal(signal.SIGINT, _Interrupted(handler))


def cancel_jobs() -> None:
    """Cancel what Spark works on, if there is one."""
    # In a thread, with a connection of its own to the JVM: that of the interrupted one is in the middle of an answer.
    cancelling = Thread(target=_cancel, daemon=True)
    cancelling.start()
    cancelling.join(_PATIENCE)


class _Interrupted:
    """A handler of Ctrl-C before another."""

    def __init__(self, handler: Callable[[int, FrameType | None], Any]) -> None:
        self._handler = handler

    def __call__(self, number: int, frame: FrameType | None) -> None:
        cancel_jobs()
        self._handler(number, frame)


def _cancel() -> None:
    for backend in BACKENDS.values():
        try:
            backend.cancel()
        except Exception:  # a Spark that has ended has no jobs
            log.info("Spark's jobs could not be cancelled", exc_info=True)

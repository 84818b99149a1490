"""How Ctrl-C and SIGTERM end a command, for certain."""

import os
import signal
import threading
from types import FrameType
from typing import Final

_PATIENCE: Final = 2.0  # [s]
_received: Final = threading.Event()
_heard: Final = threading.Event()


def install() -> None:
    """Raise `KeyboardInterrupt` in the main thread on SIGINT and SIGTERM, again and again until it is `heard`.

    Once is not enough: Python drops an exception that a signal raises inside a destructor, and py4j runs
    some for every object of the JVM that it forgets.
    """
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)


def heard() -> None:
    """The interrupt has arrived; cleaning up may take its time."""
    _heard.set()


def received() -> bool:
    """Whether there was an interrupt; what fails after it, fails because of it."""
    return _received.is_set()


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _received.set()
    if not _heard.is_set():
        threading.Thread(target=_insist, args=(number,), daemon=True).start()
        raise KeyboardInterrupt


def _insist(number: int) -> None:
    if not _heard.wait(_PATIENCE):
        os.kill(os.getpid(), number)

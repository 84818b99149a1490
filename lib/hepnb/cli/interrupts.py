"""How Ctrl-C and SIGTERM end a command, for certain."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Final

_PATIENCE: Final = 2.0  # [s]
_received: Final = threading.Event()
_heard: Final = threading.Event()


def install() -> None:
    """Raise `KeyboardInterrupt` in the main thread on SIGINT and SIGTERM, again and again until it is `heard`.

    Once is not enough: Python drops an exception that a signal raises inside a destructor or a finalizer, and
    py4j and uproot run some for every object that they forget.
    """
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    sys.unraisablehook = _report_dropped


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


def _report_dropped(dropped: "sys.UnraisableHookArgs") -> None:
    """Report an exception that Python drops, with its traceback; an interrupt comes again and needs none."""
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)


def _insist(number: int) -> None:
    if not _heard.wait(_PATIENCE):
        os.kill(os.getpid(), number)

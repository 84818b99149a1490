"""What is a user told whose cell waits for executors?"""

import logging
import time
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from hepnb.backends import attach as door
from hepnb.backends.attach import BACKENDS

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

log = logging.getLogger(__name__)

_OFTEN: Final = 2.0  # [s]
_SETTLED: Final = 2  # looks in a row with the same answer, so that what passes by itself is not told


class Waiting:
    """Looks while a cell runs whether Spark gets what it needs, and says below the cell why not."""

    def __init__(self, shell: "InteractiveShell") -> None:
        """Look from now on.

        Args:
            shell: of the kernel.
        """
        self._kernel: Any = shell.kernel  # type: ignore[attr-defined]  # a kernel's shell has one
        self._parent: Any = None
        self._runs = Event()
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)
        Thread(target=self._look_on, name="hepnb-waiting", daemon=True).start()

    def _begin(self, *_: Any) -> None:
        # A thread does not know which cell runs.
        self._parent = self._kernel.get_parent("shell")
        self._runs.set()

    def _end(self, *_: Any) -> None:
        self._runs.clear()

    def _look_on(self) -> None:
        said, last, looks = None, None, 0
        while True:
            if not self._runs.is_set():
                said = last = None
                self._runs.wait()
            time.sleep(_OFTEN)
            found = _reason() if self._runs.is_set() else None
            looks = looks + 1 if _kind(found) == _kind(last) else 1
            last = found
            if found is not None and looks >= _SETTLED and _kind(found) != _kind(said):
                self._say(found)
                said = found

    def _say(self, sentence: str) -> None:
        content = {"name": "stderr", "text": f"{sentence}\n"}
        self._kernel.session.send(self._kernel.iopub_socket, "stream", content, parent=self._parent, ident=b"stream")


def _reason() -> str | None:
    found = door.running()
    if found is None:
        return None
    try:
        return BACKENDS[found[0].backend].waits_for()
    except Exception as error:  # Spark may end at any moment, and Kubernetes may not answer: the next look says more
        log.info("nobody knows what Spark waits for: %s", error)
        return None


def _kind(sentence: str | None) -> str | None:
    """What it is about; its numbers change while one waits."""
    return None if sentence is None else sentence.partition("(")[0]

"""How does Spark start while a user still types?"""

from collections.abc import Mapping
from threading import Event, Thread
from typing import Any

from hepnb.backends import attach as door
from hepnb.backends.backend import Choice
from hepnb.errors import HepnbError, SessionError, missing_package


class Background:
    """The start of a Spark in a thread."""

    def __init__(self, remembered: Mapping[str, Any]) -> None:
        """Know what was chosen before.

        Args:
            remembered: ``backend``, ``profile`` and ``options`` from a notebook's metadata.
        """
        self._remembered = remembered
        self._ended = Event()
        self.begun = False
        self.error: HepnbError | None = None
        self.choice: Choice | None = None

    @property
    def harmless(self) -> bool:
        """Whether it may start before the user has run a cell.

        Options can name programs and servers, and a notebook may come from anybody: those of its metadata wait, as
        its cells do, until the user runs one.
        """
        default = door.default_backend()
        return not self._remembered.get("options") and self._remembered.get("backend", default) == default

    def start(self) -> None:
        """Begin, and return at once. Does nothing the second time."""
        if self.begun:
            return
        self.begun = True
        try:
            backend, profile, options = (self._remembered.get(key) for key in ("backend", "profile", "options"))
            self.choice = door.choose(backend or door.default_backend(), profile, options)
        except HepnbError as error:
            self.error = error
            self._ended.set()
        else:
            Thread(target=self._run, args=(self.choice,), name="hepnb-spark-start", daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether it has ended, well or not."""
        return self._ended.is_set()

    def wait(self) -> None:
        """Until it has ended."""
        self._ended.wait()

    def _run(self, choice: Choice) -> None:
        try:
            # A cell may have started one of its own meanwhile: that one stays.
            if door.running() is None:
                door.attach(choice.backend, profile=choice.profile, options=choice.options)
        except HepnbError as error:
            self.error = error
        except ModuleNotFoundError as error:
            self.error = missing_package(error)
        except Exception as error:  # a cell must not wait for what never comes
            self.error = SessionError(f"Spark does not start: {type(error).__name__}: {error}.")
        finally:
            self._ended.set()

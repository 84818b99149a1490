"""How do the parts of a Spark kernel work together?"""

import atexit
import os
from collections.abc import Mapping
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_runtime_dir

from hepnb.backends import attach as door
from hepnb.backends.attach import BACKENDS
from hepnb.backends.backend import Choice
from hepnb.cluster import executors, spark_conf, tokens
from hepnb.cluster.drivers import Driver, forget_driver, write_driver
from hepnb.cluster.environment import environment, export
from hepnb.notebook import deaths, monitor
from hepnb.notebook.background import Background
from hepnb.notebook.cells import NAMES, Refused
from hepnb.notebook.place import Place
from hepnb.notebook.status import Status

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from pyspark.sql import SparkSession


class SparkKernel:
    """The `hepnb.backends.attach.Companion` of a notebook's kernel."""

    def __init__(self, shell: "InteractiveShell", place: Place, background: Background) -> None:
        """Put the parts together; nothing starts yet."""
        self._shell = shell
        self._place = place
        self._background = background
        self.status = Status(place)
        self._runtime = Path(jupyter_runtime_dir())
        self._key = ""
        self._known: dict[str, list[Any]] = {name: [] for name in NAMES}
        self._announced = False
        self._listener = self._listen_to_jobs()
        atexit.register(forget_driver, self._runtime, place.kernel)

    def settings(self, choice: Choice) -> Mapping[str, str]:
        """Spark's own pages for the owner of the notebook server, and the listener of SparkMonitor."""
        if _in_a_cell():
            self.status.starting(choice)
        if not BACKENDS[choice.backend].own_driver:
            return {}
        settings = executors.of_kernel(self._place.kernel) if choice.backend == "kubernetes" else {}
        if not self._place.served:
            return settings
        self._key = tokens.new_secret()
        return settings | spark_conf.pages(key=self._key, base=self._place.pages) | self._listener

    def stopping(self, choice: Choice) -> None:
        """Say so: DataFrames end with their Spark."""
        forget_driver(self._runtime, self._place.kernel)
        self.status.say(f"Stopping Spark ({BACKENDS[choice.backend].describe(choice)[1]}) …")

    def started(self, choice: Choice, session: "SparkSession") -> None:
        """Let the notebook server know where the pages are, and the user that Spark runs."""
        forget_driver(self._runtime, self._place.kernel)
        address = BACKENDS[choice.backend].pages_address()
        if self._place.served and address:
            write_driver(
                self._runtime,
                Driver(kernel=self._place.kernel, address=address, token=tokens.sign(self._key), process=os.getpid()),
            )
        if _in_a_cell():
            self._give(choice, session)
            self._announce(choice, session)
        else:
            self._values(choice, session)

    def needed(self, names: set[str]) -> None:
        """A cell uses Spark: wait for it.

        Args:
            names: by which the cell calls it.

        Raises:
            Refused: there is none, and the sentence says why.
        """
        if not any(self._ours(name) for name in names):
            return
        # What waits for a first cell need not start where %attach was that cell.
        if not self._background.ended and (self._background.begun or door.running() is None):
            self._wait()
        if (found := door.running()) is not None:
            choice, session = found
            self._give(choice, session)
            if not self._announced:
                self._announce(choice, session)
        elif (obituary := deaths.obituary()) is not None:
            raise Refused(obituary)
        elif self._background.error is not None and not self._known[NAMES[0]]:
            raise Refused(f"{self._background.error} Python works without it; %attach tries again.")

    def opened(self) -> None:
        """A cell asks for a Spark itself: one that is on its way comes first."""
        if self._background.begun:
            if not self._background.ended:
                self._wait()
            if not self._announced and (found := door.running()) is not None:
                self._announce(*found)

    def before_cell(self, *_: Any) -> None:
        """What is said next stands below the next cell."""
        self.status.begin()

    def _wait(self) -> None:
        self._background.start()
        if self._background.choice is not None:
            self.status.starting(self._background.choice)
        try:
            self._background.wait()
        except KeyboardInterrupt:
            raise Refused("Interrupted. Spark goes on starting; run the cell again to use it.") from None

    def _give(self, choice: Choice, session: "SparkSession") -> None:
        """Put ``spark`` and ``sc`` into the namespace, where the user has nothing else of that name."""
        names = self._shell.user_ns
        free = [name for name in NAMES if self._ours(name)]
        values = self._values(choice, session)
        for name in free:
            if name in values:
                self._shell.push({name: values[name]}, interactive=False)
            else:
                names.pop(name, None)

    def _values(self, choice: Choice, session: "SparkSession") -> dict[str, Any]:
        """What the names stand for; remembered, so that they can stand for another Spark when it starts."""
        values: dict[str, Any] = {"spark": session}
        if BACKENDS[choice.backend].own_driver:
            values["sc"] = session.sparkContext
        for name, value in values.items():
            if not any(value is known for known in self._known[name]):
                self._known[name].append(value)
        return values

    def _ours(self, name: str) -> bool:
        """Whether a name is free, or stands for a Spark."""
        names = self._shell.user_ns
        return name not in names or any(names[name] is known for known in self._known[name])

    def _announce(self, choice: Choice, session: "SparkSession") -> None:
        self._announced = True
        BACKENDS[choice.backend].make_active()
        self.status.runs(choice, session.version)

    def _listen_to_jobs(self) -> dict[str, str]:
        jar = monitor.listener_jar() if self._place.watched else None
        if jar is None:
            return {}
        listener = monitor.Monitor()
        self._shell.kernel.comm_manager.register_target(  # type: ignore[attr-defined]  # a kernel's shell has one
            monitor.TARGET, listener.opened
        )
        export(monitor.variables(jar, listener.port, environment()))
        return monitor.settings()


def _in_a_cell() -> bool:
    """Threads of our own say nothing, and leave the user's names alone."""
    return current_thread() is main_thread()

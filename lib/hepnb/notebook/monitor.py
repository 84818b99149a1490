"""How do Spark's jobs, stages and tasks reach SparkMonitor below the running cell?"""

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final, Protocol

log = logging.getLogger(__name__)

TARGET: Final = "SparkMonitor"
"""Target of the comm that its extension of JupyterLab opens."""

PORT: Final = "SPARKMONITOR_KERNEL_PORT"
"""Variable: where its listener in the JVM sends to."""

CLASS_PATH: Final = "SPARK_DIST_CLASSPATH"
"""Variable, Spark's own: what stands behind its jars. Java starts from no archive where anything stands before them."""

_PACKAGE: Final = "sparkmonitor"
_LISTENER: Final = "sparkmonitor.listener.JupyterSparkMonitorListener"
_JAR: Final = "listener_spark4_2.13.jar"
_END: Final = b";EOD:"
_KEPT: Final = 1_000  # a user who never opens the notebook must not fill the memory
_LONGEST: Final = 16 * 1024**2  # [bytes]


class Comm(Protocol):
    """What is used of Jupyter's comms."""

    def send(self, data: Mapping[str, Any]) -> None:
        """Send to the browser."""

    def on_close(self, callback: Callable[[Any], None]) -> None:
        """Call when the browser has gone."""


def listener_jar() -> Path | None:
    """SparkMonitor's listener for this Spark; none where the package is not installed."""
    found = find_spec(_PACKAGE)
    jar = Path(found.origin).parent / _JAR if found is not None and found.origin else None
    return jar if jar is not None and jar.is_file() else None


def settings() -> dict[str, str]:
    """What Spark needs to load the listener, beside `variables`."""
    return {"spark.extraListeners": _LISTENER}


def variables(jar: Path, port: int, before: Mapping[str, str]) -> dict[str, str]:
    """What the JVM of a driver needs in its environment to find the listener.

    Args:
        jar: from `listener_jar`.
        port: where the listener sends to.
        before: the environment so far.
    """
    more = before.get(CLASS_PATH)
    known = more.split(os.pathsep) if more else []
    return {PORT: str(port), CLASS_PATH: os.pathsep.join([*known, *({str(jar)} - set(known))])}


class Monitor:
    """Takes messages from the JVM to the browser, and keeps them while there is none."""

    def __init__(self) -> None:
        """Listen on a free port of the loopback address."""
        self._comm: Comm | None = None
        self._kept: deque[str] = deque(maxlen=_KEPT)
        self._lock = Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._serve, name="hepnb-sparkmonitor", daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    @property
    def kept(self) -> int:
        """How many messages wait for the browser."""
        return len(self._kept)

    def opened(self, comm: Comm, _message: Any) -> None:
        """The browser is there; the signature is that of comm targets."""
        with self._lock:
            self._comm = comm
            comm.on_close(self._closed)
            comm.send({"msgtype": "commopen"})
            while self._kept:
                self._forward(comm, self._kept.popleft())

    def take(self, message: str) -> None:
        """A message of the listener."""
        with self._lock:
            if self._comm is None:
                self._kept.append(message)
            else:
                self._forward(self._comm, message)

    def _closed(self, _message: Any) -> None:
        with self._lock:
            self._comm = None

    @staticmethod
    def _forward(comm: Comm, message: str) -> None:
        comm.send({"msgtype": "fromscala", "msg": message})

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            try:
                with connection:
                    self._read(connection)
            except OSError:
                log.info("a listener of SparkMonitor went away", exc_info=True)

    def _read(self, connection: socket.socket) -> None:
        rest = b""
        while data := connection.recv(65_536):
            *messages, rest = (rest + data).split(_END)
            for message in messages:
                self.take(message.decode(errors="replace"))
            if len(rest) > _LONGEST:
                return

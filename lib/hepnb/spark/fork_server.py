"""Which process do Spark's Python workers come from, that they need not import everything themselves?

Spark starts a Python process to make a data source, one to plan, and one whose forks do the work of tasks; each would
import PySpark, awkward and uproot anew, two seconds each time. A fork server imports them once, while Java starts, and
each of these processes is a fork of it. The command ``hepnb-spark-python`` is what Spark starts, and it runs
`hepnb.spark.worker_daemon`, which asks for a fork. Where anything stands against it (other packages, no Linux, the
server gone), that program does the work itself.
"""

import gc
import importlib
import json
import os
import secrets
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NoReturn

from hepnb.cluster.environment import environment, replace

ADDRESS: Final = "HEPNB_FORK_SERVER"
"""Variable: name of the socket at which the fork server of this Spark is asked."""

STANDARD_STREAMS: Final = (0, 1, 2)

_PRELOADED: Final = (
    "hepnb.loaders.filters",
    "hepnb.loaders.read",
    "hepnb.spark.data_source",
    "pyspark.daemon",
    "pyspark.sql.worker.create_data_source",
    "pyspark.sql.worker.plan_data_source_read",
    "pyspark.worker",
)

_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Variables of the server: what it imports starts threads otherwise, and a fork would not have them."""

_AT_START: Final = ("LD_LIBRARY_PATH", "LD_PRELOAD", "OMP_NUM_THREADS", "PYTHONHASHSEED")
"""Variables that a Python heeds only when it starts: whoever asks with another value gets no fork."""

_LONGEST: Final = 1 << 20  # [bytes] of a request
_PATIENCE: Final = 10.0  # [s] with who connects and sends nothing
_CREDENTIALS: Final = struct.Struct("3i")  # process, user, group: see unix(7)


class ForkServer:
    """The fork server of a Spark, as its driver sees it."""

    def __init__(self) -> None:
        """Start it; it imports while this process goes on, and who asks already waits for that."""
        self.address = f"hepnb-{secrets.token_hex(16)}"
        variables = {**_ONE_THREAD, "PYTHONHASHSEED": environment().get("PYTHONHASHSEED", "0")}
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(f"\0{self.address}")
            listener.listen()
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(listener.fileno())],
                pass_fds=[listener.fileno()],
                stdin=subprocess.PIPE,  # its end is the end of the server
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**environment(), **variables},
                process_group=0,  # interrupts are for the driver alone
            )

    def end(self) -> None:
        """Let it end; forks go on as long as Spark wants them."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def possible() -> bool:
    """Whether this system has what a fork server needs."""
    return sys.platform == "linux"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A process that wants to be a fork of the server.

    Attributes:
        prefix: ``sys.prefix``, where its packages are.
        arguments: ``sys.argv``.
        variables: its environment.
        folder: where it works.
    """

    prefix: str
    arguments: list[str]
    variables: dict[str, str]
    folder: str


def ask(address: str, request: Request) -> int | None:
    """Ask for a fork that has the standard streams of this process.

    Args:
        address: of the server, from the variable `ADDRESS`.
        request: what the fork is to be.

    Returns:
        The process id of the fork; none where the server makes none.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.connect(f"\0{address}")
            socket.send_fds(server, [b"\n"], list(STANDARD_STREAMS))
            server.sendall(json.dumps(asdict(request)).encode() + b"\n")
            with server.makefile("rb") as answer:
                return int(answer.readline()) or None
    except (OSError, ValueError):
        return None


def serve(listener: socket.socket) -> None:
    """Make forks until the driver has ended, and with it standard input.

    Args:
        listener: where forks are asked for.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for forks
    for module in _PRELOADED:
        importlib.import_module(module)
    gc.freeze()
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        return  # what the others hold would stay locked in a fork
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        with connection, suppress(OSError, ValueError, TypeError):
            _answer(connection, listener)


def _answer(connection: socket.socket, listener: socket.socket) -> None:
    connection.settimeout(_PATIENCE)
    _, user, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    if user != os.geteuid():
        return
    _, streams, _, _ = socket.recv_fds(connection, 1, len(STANDARD_STREAMS))
    try:
        with connection.makefile("rb") as sent:
            request = Request(**json.loads(sent.readline(_LONGEST)))
        fork = os.fork() if _same(request.prefix, request.variables) else None
        if fork == 0:
            listener.close()
            connection.close()
            _become(request, streams)
        connection.sendall(f"{fork or 0}\n".encode())
    finally:
        for stream in streams:
            os.close(stream)


def _same(prefix: str, variables: Mapping[str, str]) -> bool:
    """Whether a fork is what a new process would have been."""
    own = environment()
    return prefix == sys.prefix and all(variables.get(name, own.get(name)) == own.get(name) for name in _AT_START)


def _become(request: Request, streams: list[int]) -> NoReturn:
    """Be the process that asked."""
    code = 1
    try:
        for number, stream in zip(STANDARD_STREAMS, streams, strict=True):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(request.folder)
        replace(request.variables)
        sys.argv = request.arguments
        path = [entry for entry in request.variables.get("PYTHONPATH", "").split(os.pathsep) if entry]
        sys.path[:0] = [entry for entry in path if entry not in sys.path]
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        from pyspark.daemon import manager  # the driver, which imports this module, needs none

        manager()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as given:
        serve(given)

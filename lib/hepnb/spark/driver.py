"""The JVM of a session: how it is launched, how it ends, and what it died of."""

import atexit
import logging
import signal
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from py4j.java_gateway import JavaGateway
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from hepnb.cluster.environment import changed
from hepnb.cluster.memory import oom_kills
from hepnb.cluster.names import SPARK_REMOTE
from hepnb.errors import SessionError
from hepnb.spark import fork_server
from hepnb.spark.fork_server import ForkServer

log = logging.getLogger(__name__)

_STOP_TIMEOUT: Final = 20.0  # [s]
_OUT_OF_HEAP: Final = 52  # Spark's own exit status for java.lang.OutOfMemoryError


def launch(settings: Mapping[str, str], *, variables: Mapping[str, str], meanwhile: Callable[[], None]) -> None:
    """Start the JVM with its chatter in a file, where it does not run through progress bars and cells.

    It is launched in a thread of its own: an interrupt in the middle would leave a JVM that nobody knows.

    Args:
        settings: Spark property -> value; everybody on this machine can read them in its list of processes.
        variables: that it sees in its environment besides.
        meanwhile: called while it starts.

    Raises:
        SessionError: it does not start.
    """
    _end_fork_server()
    if fork_server.possible():
        _fork_servers.append(ForkServer())
    seen = {fork_server.ADDRESS: _fork_servers[0].address if _fork_servers else None}
    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    with (
        tempfile.NamedTemporaryFile(prefix="hepnb-spark-", suffix=".log", delete=False) as output,
        ThreadPoolExecutor(1) as launcher,
        # With the address of a server before its eyes, Spark starts without the classes to be one itself.
        changed({**variables, **seen, SPARK_REMOTE: None}),
    ):
        atexit.register(Path(output.name).unlink, missing_ok=True)
        _launched.update(output=Path(output.name), oom_kills=oom_kills())
        launching = launcher.submit(launch_gateway, conf, popen_kwargs={"stdout": output, "stderr": output})
        launching.add_done_callback(_adopt)
        try:
            meanwhile()
            launching.result()
        except PySparkException as error:
            raise SessionError(f"Spark does not start; its last words: {_last_words()}.") from error
    log.info("Spark's own log is %s", output.name)


def end() -> None:
    """Let the JVM exit, insist if it does not, and let PySpark forget it. Does nothing where there is none."""
    _end_fork_server()
    gateway = SparkContext._gateway
    if gateway is None:
        return
    try:
        gateway.shutdown()
    finally:
        _wait(gateway.proc)
        SparkContext._gateway = None
        SparkContext._jvm = None
        SparkContext._active_spark_context = None
        SparkSession._instantiatedSession = None
        SparkSession._activeSession = None


def lives() -> bool:
    """Whether this process has a JVM that runs."""
    gateway = SparkContext._gateway
    return gateway is not None and (gateway.proc is None or gateway.proc.poll() is None)


def pid() -> int | None:
    """The process id of the JVM, if there is one."""
    gateway = SparkContext._gateway
    return None if gateway is None or gateway.proc is None else int(gateway.proc.pid)


def cause_of_death() -> str | None:
    """What the JVM of this process died of, as a sentence; none where it lives, or where there is none."""
    gateway = SparkContext._gateway
    if gateway is None or gateway.proc is None:
        return None
    status: int | None = gateway.proc.poll()
    if status is None:
        return None
    if status == _OUT_OF_HEAP or "java.lang.OutOfMemoryError" in _text():
        return "Spark's driver ended because its memory was used up; a larger profile gives it more."
    if status == -signal.SIGKILL and (oom_kills() or 0) > (_launched["oom_kills"] or 0):
        return "Spark's driver was killed because this machine ran out of memory; a smaller profile takes less."
    if status < 0:
        return f"Spark's driver was ended from outside by signal {-status} ({signal.Signals(-status).name})."
    return f"Spark's driver ended with status {status}; its last words: {_last_words()}."


def crashed() -> bool:
    """Whether the JVM that was launched last ended by a fault of Java itself."""
    return "A fatal error has been detected by the Java Runtime Environment" in _text()


def has_mapped(file: Path) -> bool:
    """Whether the JVM has a file in its memory; true where nobody can look."""
    maps = Path(f"/proc/{pid()}/maps")
    return not maps.exists() or str(file.resolve()) in maps.read_text()


_fork_servers: Final[list[ForkServer]] = []
"""That of the JVM that runs, if it has one."""

_launched: Final[dict[str, Any]] = {"output": Path(), "oom_kills": 0}


def _adopt(launched: "Future[JavaGateway]") -> None:
    """Make a JVM the one of this process, so that `end` ends it."""
    if launched.exception() is None:
        SparkContext._gateway = launched.result()
        SparkContext._jvm = launched.result().jvm
        atexit.register(end)


def _end_fork_server() -> None:
    while _fork_servers:
        _fork_servers.pop().end()


def _text() -> str:
    path: Path = _launched["output"]
    return path.read_text(errors="replace") if path.is_file() else ""


def _last_words() -> str:
    lines = [line.strip() for line in _text().splitlines() if line.strip()]
    telling = [line for line in lines if "rror" in line or "xception" in line]
    return (telling or lines or ["none"])[-1].rstrip(".")


def _wait(process: Any) -> None:
    """The end of its standard input is the order to exit."""
    process.stdin.close()
    try:
        process.wait(_STOP_TIMEOUT)
    except Exception:  # subprocess.TimeoutExpired, or a process already reaped
        process.kill()
        process.wait()

"""How Spark starts and stops, the same for a script, a notebook and the command line."""

import atexit
import logging
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from py4j.java_gateway import JavaGateway
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from hepnb.cluster import spark_conf
from hepnb.cluster.environment import environment, export
from hepnb.cluster.java import require_java
from hepnb.cluster.profiles import DEFAULT_PROFILE, find_profile
from hepnb.errors import SessionError
from hepnb.spark.data_source import RootDataSource

log = logging.getLogger(__name__)

_PROFILE: Final = "spark.hepnb.profile"
_STOP_TIMEOUT: Final = 20.0  # [s]


def get_session(profile: str = DEFAULT_PROFILE) -> SparkSession:
    """The Spark session of this process, started if need be, with the ``root`` data source registered.

    Args:
        profile: name of a size in ``hepnb/cluster/profiles.toml``.

    Raises:
        MissingNameError: there is no such profile.
        JavaError: Java is missing or too old.
        SessionError: Spark does not start, or runs already with another profile.
    """
    chosen = find_profile(profile)
    running = SparkSession.getActiveSession()
    if running is None or running.sparkContext._jsc is None:
        running = _start(spark_conf.local(chosen) | {_PROFILE: chosen.name})
    elif (current := running.conf.get(_PROFILE, chosen.name)) != chosen.name:
        raise SessionError(
            f"Spark runs already with the profile '{current}'; "
            f"call hepnb.spark.session.stop() before asking for '{chosen.name}'."
        )
    running.dataSource.register(RootDataSource)
    return running


def stop() -> None:
    """Stop Spark and wait until its processes are gone. Does nothing where none runs."""
    gateway = SparkContext._gateway
    if gateway is None:
        return
    try:
        if SparkContext._active_spark_context is not None:
            with warnings.catch_warnings():
                # An interrupted connection makes Spark doubt that its JVM stops; it is ended below.
                warnings.simplefilter("ignore", RuntimeWarning)
                SparkContext._active_spark_context.stop()
    finally:
        gateway.shutdown()
        _end(gateway.proc)
    SparkContext._gateway = None
    SparkContext._jvm = None


def _start(settings: dict[str, str]) -> SparkSession:
    require_java(environment())
    export(spark_conf.local_environment(sys.executable))
    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    if SparkContext._gateway is None:
        _launch_java(conf)
    try:
        with _own_interrupts():
            SparkContext.getOrCreate(conf)
        session = SparkSession.builder.config(conf=conf).getOrCreate()
    except (PySparkException, OSError) as error:
        raise SessionError(f"Spark does not start: {str(error).splitlines()[0]}.") from error
    session.sparkContext.setLogLevel("ERROR")
    return session


@contextmanager
def _own_interrupts() -> Iterator[None]:
    """Keep a program's own handler of Ctrl-C, where it has one; Spark's context would put its own in the place."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    if handler is not signal.default_int_handler and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handler)


def _launch_java(conf: SparkConf) -> None:
    """Start the JVM with its chatter in a file, where it does not run through progress bars and cells.

    It is launched in a thread of its own: an interrupt in the middle would leave a JVM that nobody knows.
    """
    with (
        tempfile.NamedTemporaryFile(prefix="hepnb-spark-", suffix=".log", delete=False) as output,
        ThreadPoolExecutor(1) as launcher,
    ):
        atexit.register(Path(output.name).unlink, missing_ok=True)
        launching = launcher.submit(launch_gateway, conf, popen_kwargs={"stdout": output, "stderr": output})
        launching.add_done_callback(_adopt)
        try:
            launching.result()
        except PySparkException as error:
            raise SessionError(f"Spark does not start; its last words: {_last_words(Path(output.name))}.") from error
    log.info("Spark's own log is %s", output.name)


def _adopt(launched: "Future[JavaGateway]") -> None:
    """Make a JVM the one of this process, so that `stop` ends it."""
    if launched.exception() is None:
        SparkContext._gateway = launched.result()
        SparkContext._jvm = launched.result().jvm
        atexit.register(stop)


def _last_words(path: Path) -> str:
    lines = [line.strip() for line in path.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "rror" in line or "xception" in line]
    return (telling or lines or ["none"])[-1].rstrip(".")


def _end(process: Any) -> None:
    """Let the JVM see the end of its standard input, which it takes as the order to exit; insist if it does not."""
    process.stdin.close()
    try:
        process.wait(_STOP_TIMEOUT)
    except Exception:  # subprocess.TimeoutExpired, or a process already reaped
        process.kill()
        process.wait()

"""How Spark starts and stops, the same for a script, a notebook and the command line."""

import importlib
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from hepnb.cluster import spark_conf
from hepnb.cluster.environment import export
from hepnb.cluster.profiles import Profile, default_profile, find_profile
from hepnb.errors import SessionError
from hepnb.spark import driver
from hepnb.spark.launch import launch

_PROFILE: Final = "spark.hepnb.profile"
_APPLICATION: Final = "spark.app.id"
_SAID_TWICE: Final = ("DataFrameQueryContextLogger", "SQLQueryContextLogger")
"""Loggers that print a mistake in a query as JSON with a stack of Java, beside the exception that says it."""

_one_at_a_time: Final = threading.RLock()


def get_session(profile: str | None = None) -> SparkSession:
    """The Spark session of this process, started if need be, with the ``root`` data source registered.

    Args:
        profile: name of a size in ``hepnb/cluster/profiles.toml``. None stands for what runs; else for that of the
            notebook server; else for ``"local"``, every core of the machine.

    Raises:
        MissingNameError: there is no such profile.
        JavaError: Java is missing or too old.
        SessionError: Spark does not start, or runs already with another profile.
    """
    chosen = find_profile(profile or default_profile())
    # Where Spark is on its way in another thread, it is the one to wait for.
    with _one_at_a_time:
        session = running() or start(chosen)
    if profile is not None and (current := profile_of(session) or chosen.name) != chosen.name:
        raise SessionError(
            f"Spark runs already with the profile '{current}'; "
            f"call hepnb.spark.session.stop() before asking for '{chosen.name}'."
        )
    return session


@dataclass(frozen=True, kw_only=True)
class Executors:
    """Where the executors of a Spark are, if its driver does not do their work.

    Attributes:
        settings: Spark property -> value.
        application: gives Spark's application its name, from the process id of the driver.
    """

    settings: Mapping[str, str]
    application: Callable[[int], str]


def start(
    profile: Profile, *, settings: Mapping[str, str] | None = None, executors: Executors | None = None
) -> SparkSession:
    """Start Spark with its driver in this machine or pod, and the ``root`` data source registered.

    Args:
        profile: the size.
        settings: Spark property -> value, over those of the profile.
        executors: where they are; by default the driver does their work.

    Raises:
        JavaError: Java is missing or too old.
        SessionError: Spark does not start, or runs already.
    """
    with _one_at_a_time:
        if running() is not None:
            raise SessionError("Spark runs already; call hepnb.spark.session.stop() first.")
        stop()
        place = spark_conf.local(profile) if executors is None else executors.settings
        chosen = spark_conf.merged({**place, _PROFILE: profile.name}, settings or {})
        export(spark_conf.local_environment(sys.executable))
        quick = launch(
            spark_conf.at_launch(chosen), remote_executors=executors is not None, meanwhile=_import_what_queries_need
        )
        try:
            named = {} if executors is None else {_APPLICATION: executors.application(driver.pid() or 0)}
            session = _started({**named, **chosen})
        except (PySparkException, Py4JError, OSError) as error:
            reason = _reason(error)
            driver.end()
            # Spark's own exceptions ask the JVM, which has ended, for their text.
            raise SessionError(f"Spark does not start: {reason}.") from None
        if not quick and executors is None:
            from hepnb.spark.class_archive import make_in_background  # once on each machine

            make_in_background()
        return session


def running() -> SparkSession | None:
    """The session of this process, if its Spark runs."""
    session = SparkSession._instantiatedSession
    return session if session is not None and session.sparkContext._jsc is not None and driver.lives() else None


def profile_of(session: SparkSession) -> str | None:
    """The name of the profile that a session was started with; none where something else started it."""
    return session.conf.get(_PROFILE, None)


def master_of(session: SparkSession) -> str:
    """Where the executors of a session are, as Spark calls it: ``local[2]``, ``k8s://…``."""
    return str(session.sparkContext.master)


def make_active(session: SparkSession) -> None:
    """Make a session that another thread started the active one of this thread, as Spark calls it."""
    session._jvm.SparkSession.setActiveSession(session._jsparkSession)  # type: ignore[union-attr]  # a JVM it has


def pages_address(session: SparkSession) -> str | None:
    """Where Spark shows its own pages, ``http://127.0.0.1:<port>``; none where it shows none."""
    shown = session.sparkContext.uiWebUrl
    # Spark names its driver's host, which executors elsewhere know it by; its pages listen on the loopback address.
    return None if shown is None else f"http://{spark_conf.LOOPBACK}:{urlsplit(shown).port}"


def stop() -> None:
    """Stop Spark and wait until its processes are gone. Does nothing where none runs."""
    context = SparkContext._active_spark_context
    try:
        if context is not None and not driver.lives():
            context._jsc = None  # PySpark would ask a JVM that is not there
        if context is not None:
            with warnings.catch_warnings():
                # An interrupted connection makes Spark doubt that its JVM stops; it is ended below.
                warnings.simplefilter("ignore", RuntimeWarning)
                context.stop()
    finally:
        driver.end()


def _started(settings: Mapping[str, str]) -> SparkSession:
    launched = spark_conf.at_launch(settings)
    # The JVM's own defaults know what it was launched with, and which jars came of it.
    conf = SparkConf().setAll([(name, value) for name, value in settings.items() if name not in launched])
    with _own_interrupts():
        context = SparkContext.getOrCreate(conf)
    context.setLogLevel("ERROR")
    for name in _SAID_TWICE:
        PySparkLogger.getLogger(name).disabled = True
    # Not PySpark's builder: with SPARK_REMOTE in the environment it would look for a server.
    session = SparkSession(context, options=dict(settings))
    from hepnb.spark.data_source import RootDataSource  # see `_import_what_queries_need`

    session.dataSource.register(RootDataSource)
    return session


def _import_what_queries_need() -> None:
    """Import, while Java starts, what would make the first queries wait."""
    importlib.import_module("hepnb.spark.data_source")


def _reason(error: Exception) -> str:
    """The first line of Spark's own words."""
    java = getattr(error, "java_exception", None)
    return str(error if java is None else java.toString()).splitlines()[0].rstrip(".")


@contextmanager
def _own_interrupts() -> Iterator[None]:
    """Keep a program's own handler of Ctrl-C, where it has one; Spark's context would put its own in the place."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    if handler is not signal.default_int_handler and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handler)

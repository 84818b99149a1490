"""How a session on a Spark Connect server begins and ends."""

import logging
import os
import socket
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from pyspark.errors import PySparkException, PySparkImportError
from pyspark.sql import SparkSession

from hepnb.cluster.environment import export, withdraw
from hepnb.errors import InputError, MissingPackageError, SessionError
from hepnb.spark.data_source import RootDataSource

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession as RemoteSession

_PORT: Final = 15002  # Spark's own default
_KNOCK: Final = 5.0  # [s]
_ANSWER: Final = 20.0  # [s]
_RETRIES: Final = 5  # after 0.05, 0.2, 0.8, 3.2 and 12.8 s
_RETRIES_AT_THE_END: Final = 2  # a server keeps sessions that nobody uses for an hour
_SWITCH: Final = "SPARK_CONNECT_MODE_ENABLED"
"""Variable: while it is set, PySpark's functions make columns for servers instead of for the JVM here."""


def connect(address: str, *, settings: Mapping[str, str]) -> SparkSession:
    """A session on a server, with the ``root`` data source registered.

    Args:
        address: ``sc://host:port`` (https://spark.apache.org/docs/latest/spark-connect-overview.html).
        settings: Spark property -> value, of the session.

    Raises:
        InputError: the address is none.
        MissingPackageError: what PySpark needs to speak to a server is not installed.
        SessionError: the server does not answer, or refuses a setting.
    """
    _knock(address)
    opening: Future[SparkSession] = Future()
    # gRPC tries for minutes to talk to whatever has an open port.
    Thread(target=_settle, args=(opening, address, settings), daemon=True).start()
    try:
        return opening.result(_ANSWER)
    except TimeoutError as error:
        opening.cancel()
        withdraw(_SWITCH)
        raise SessionError(
            f"{shown(address)} is open, but no Spark Connect server answers there; {_ADVICE}."
        ) from error
    except PySparkImportError as error:
        raise MissingPackageError(
            "PySpark lacks the packages for Spark Connect; install them with: pip install 'hepnb[connect]'"
        ) from error
    except PySparkException as error:
        withdraw(_SWITCH)
        raise SessionError(f"Spark Connect at {shown(address)}: {str(error).splitlines()[0].rstrip('.')}.") from error


def shown(address: str) -> str:
    """An address without its parameters: they carry tokens."""
    return address.partition("/;")[0]


def disconnect(session: SparkSession) -> None:
    """End a session; the server runs on."""
    logger = logging.getLogger("pyspark.sql.connect.logging")
    level = logger.level
    for policy in cast("RemoteSession", session).client.get_retry_policies():
        policy.max_retries = _RETRIES_AT_THE_END  # of what is under way as well: its end is waited for
    try:
        # A server that has gone cannot be told that we go.
        logger.setLevel(logging.CRITICAL)
        session.stop()
    except PySparkException:
        logging.getLogger(__name__).info("the server could not be told that a session ended", exc_info=True)
    finally:
        logger.setLevel(level)
        withdraw(_SWITCH)


def answers(session: SparkSession) -> bool:
    """Whether a session's server is there."""
    return not cast("RemoteSession", session).is_stopped


def interrupt(session: SparkSession) -> None:
    """Cancel what a session's server is working on for it."""
    cast("RemoteSession", session).interruptAll()


_ADVICE: Final = "check the address, and that the server runs"


def _knock(address: str) -> None:
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        host, port = None, _PORT
    if parts.scheme != "sc" or not host:
        raise InputError(f"'{shown(address)}' is no address of a Spark Connect server; write sc://host:port.")
    try:
        socket.create_connection((host, port), _KNOCK).close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise SessionError(f"No Spark Connect server answers at {host}:{port} ({reason}); {_ADVICE}.") from error


def _settle(opening: "Future[SparkSession]", address: str, settings: Mapping[str, str]) -> None:
    try:
        opening.set_result(_open(address, settings))
    except Exception as error:  # it is raised in the thread that waits
        if not opening.cancelled():
            opening.set_exception(error)


def _open(address: str, settings: Mapping[str, str]) -> SparkSession:
    # Only here, because its packages may be missing where nobody connects.
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession as RemoteSession

    remote = RemoteSession.builder.remote(address).create()
    # By itself it would wait for ten minutes for a server that has gone.
    remote.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
    for name, value in settings.items():
        remote.conf.set(name, value)
    export({_SWITCH: "1"})
    remote.dataSource.register(RootDataSource)
    return cast("SparkSession", remote)

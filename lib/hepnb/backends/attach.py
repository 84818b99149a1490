"""The one door to every Spark."""

import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from hepnb.backends.backend import Backend, Choice
from hepnb.backends.connect import ConnectBackend
from hepnb.backends.kubernetes import KubernetesBackend
from hepnb.backends.local import LocalBackend
from hepnb.backends.remote_session import SessionBackend
from hepnb.cluster.environment import environment
from hepnb.cluster.names import BACKEND, SESSION_NAME
from hepnb.cluster.profiles import find_profile
from hepnb.errors import InputError, MissingNameError, nearest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)

BACKENDS: Final[Mapping[str, Backend]] = {
    "local": LocalBackend(),
    "kubernetes": KubernetesBackend(),
    "connect": ConnectBackend(),
    "session": SessionBackend(),
}
"""Every kind of Spark by the name that a user says."""


class Companion(Protocol):
    """What lives beside Spark in a process and wants to know of it, such as a notebook's kernel."""

    def settings(self, choice: Choice) -> Mapping[str, str]:
        """Spark properties that it needs, of a Spark that is about to start."""

    def stopping(self, choice: Choice) -> None:
        """Another Spark was asked for; this one stops."""

    def started(self, choice: Choice, session: "SparkSession") -> None:
        """Spark runs."""


_companions: Final[list[Companion]] = []
_one_at_a_time: Final = threading.RLock()


def accompany(companion: Companion) -> None:
    """Let something live beside every Spark of this process."""
    _companions.append(companion)


def default_backend() -> str:
    """The backend where nobody names one: that of the platform, or ``"local"`` where there is none."""
    return environment().get(BACKEND) or "local"


def attach(
    backend: str | None = None,
    *,
    profile: str | None = None,
    options: Mapping[str, str | int | bool] | None = None,
    name: str | None = None,
) -> "SparkSession":
    """The Spark that was asked for, as a session with the ``root`` data source registered.

    What runs already is given back. Another backend, profile or other options stop it first, and DataFrames that were
    made with it are of no use any more.

    Args:
        backend: ``"local"`` for this machine; ``"kubernetes"`` for executors in pods beside this notebook's;
            ``"connect"`` for a Spark Connect server; ``"session"`` for a remote session of the platform, whose driver
            goes on when this process ends. None stands for the platform's own: ``"kubernetes"`` where it runs there,
            else ``"local"``.
        profile: name of a size. None stands for what runs; else for that of the variable HEPNB_PROFILE; else for
            ``"local"``, every core of the machine.
        options: Spark property -> value. None stands for what runs; else for no options. For ``"connect"``,
            ``spark.remote`` is the address of the server, ``sc://host:port``; without it, SPARK_REMOTE of the
            environment is.
        name: of the remote session: the one that lives, or a new one. None stands for ``"default"``.

    Raises:
        MissingNameError: there is no such backend or profile.
        InputError: an option makes no sense.
        JavaError: Java is missing or too old.
        SessionError: Spark does not start, or the server does not answer.
        MissingPackageError: a package that the backend needs is not installed.
    """
    backend = backend or default_backend()
    if name is not None and backend != "session":
        raise InputError(f"name= is that of a remote session; the backend '{backend}' has none, leave it out.")
    asked = None if options is None and name is None else _checked(options or {}) | _named(name)
    with _one_at_a_time:
        chosen, found = _what(backend, profile, asked)
        if found is not None:
            BACKENDS[backend].make_active()
            return found
        for running, _ in _running():
            log.info("Spark stops (%s) and starts anew (%s)", running, chosen)
            for companion in _companions:
                companion.stopping(running)
        detach()
        settings: dict[str, str] = {}
        for companion in _companions:
            settings |= companion.settings(chosen)
        session = BACKENDS[backend].start(chosen, settings)
        for companion in _companions:
            companion.started(chosen, session)
        return session


def choose(backend: str, profile: str | None, options: Mapping[str, str | int | bool] | None) -> Choice:
    """What `attach` would start where nothing runs; raises what it would raise before it starts."""
    return _find(backend).choose(profile, _checked(options or {}))


def running() -> "tuple[Choice, SparkSession] | None":
    """The Spark of this process and what was chosen for it, if one runs; waits for one that is about to."""
    with _one_at_a_time:
        return next(iter(_running()), None)


def detach() -> None:
    """Stop the Spark of this process, whichever it is."""
    with _one_at_a_time:
        for backend in BACKENDS.values():
            backend.stop()


def _what(backend: str, profile: str | None, options: Mapping[str, str] | None) -> "tuple[Choice, SparkSession | None]":
    kind = _find(backend)
    found = kind.running()
    if found is None:
        return kind.choose(profile, options or {}), None
    current, session = found
    if profile is not None:
        find_profile(profile)
    wanted = kind.choose(
        current.profile if profile is None else profile, current.options if options is None else options
    )
    return wanted, session if wanted == current else None


def _find(name: str) -> Backend:
    if name not in BACKENDS:
        raise MissingNameError(f"There is no backend '{name}'; {nearest(name, BACKENDS)}.")
    return BACKENDS[name]


def _running() -> "list[tuple[Choice, SparkSession]]":
    return [found for backend in BACKENDS.values() if (found := backend.running()) is not None]


def _named(name: str | None) -> dict[str, str]:
    return {} if name is None else {SESSION_NAME: name}


def _checked(options: Mapping[str, str | int | bool]) -> dict[str, str]:
    if not isinstance(options, Mapping):
        raise InputError(f"options= is {options!r}; pass a dictionary of Spark properties, {{'spark.…': value}}.")
    checked = {}
    for name, value in options.items():
        if not str(name).startswith("spark."):
            raise InputError(f"The option {name!r} is no Spark property; their names begin with 'spark.'.")
        if not isinstance(value, str | int):
            raise InputError(f"The option '{name}' is {value!r}; pass a string, a whole number, True or False.")
        checked[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return checked

"""Spark on a server that speaks Spark Connect."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from hepnb.backends.backend import Choice
from hepnb.cluster.environment import environment
from hepnb.cluster.names import SPARK_REMOTE
from hepnb.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from hepnb.cluster.profiles import Profile

ADDRESS: Final = "spark.remote"
"""Option: where the server is, ``sc://host:port``."""

# Spark is imported by the methods: who only wants to know what there is must not wait for it.


class ConnectBackend:
    """The `hepnb.backends.backend.Backend` of Spark Connect."""

    own_driver = False

    def __init__(self) -> None:
        """None runs yet."""
        self._running: tuple[Choice, SparkSession] | None = None

    def choose(self, profile: str | None, options: Mapping[str, str]) -> Choice:
        """The server of the environment variable SPARK_REMOTE, where the options name none."""
        if profile is not None:
            raise InputError(
                f"A Spark Connect server has the size that it was started with; leave the profile '{profile}' out."
            )
        address = options.get(ADDRESS) or environment().get(SPARK_REMOTE)
        if not address:
            raise InputError(
                "The backend 'connect' needs the address of a server: "
                f"pass options={{'{ADDRESS}': 'sc://host:port'}}, or set {SPARK_REMOTE}."
            )
        return Choice(backend="connect", profile=None, options={**options, ADDRESS: address})

    def start(self, choice: Choice, settings: Mapping[str, str]) -> "SparkSession":  # noqa: ARG002 - its driver runs elsewhere
        """Open a session on the server."""
        own = {name: value for name, value in choice.options.items() if name != ADDRESS}
        return self._enter(choice, choice.options[ADDRESS], own)

    def stop(self) -> None:
        """End the session; the server runs on."""
        if self._running is not None:
            from hepnb.spark.connect import disconnect

            _, session = self._running
            self._running = None
            disconnect(session)

    def running(self) -> "tuple[Choice, SparkSession] | None":
        """The open session."""
        from hepnb.spark.connect import answers

        return self._running if self._running is not None and answers(self._running[1]) else None

    def cause_of_death(self) -> str | None:
        """A server keeps that to itself."""
        return None

    def cancel(self) -> None:
        """Cancel what the server does for this session."""
        if self._running is not None:
            from hepnb.spark.connect import interrupt

            interrupt(self._running[1])

    def waits_for(self) -> str | None:
        """A server keeps that to itself."""
        return None

    def explain(self, message: str) -> str | None:  # noqa: ARG002 - Spark's own words say all that is known
        """A server keeps to itself what stands behind its errors."""
        return None

    def pages_address(self) -> str | None:
        """They are the server's."""
        return None

    def make_active(self) -> None:
        """Spark Connect has one for all threads."""

    def _enter(self, choice: Choice, address: str, settings: Mapping[str, str]) -> "SparkSession":
        from hepnb.spark.connect import connect

        session = connect(address, settings=settings)
        self._running = choice, session
        return session

    def size_of(self, profile: "Profile") -> str:
        """What a profile means elsewhere is not known here."""
        return profile.description

    def free(self) -> str:
        """A server keeps that to itself."""
        return "What is free on the server is not known here."

    def describe(self, choice: Choice) -> tuple[str, str]:
        """The address, without what may follow it: parameters carry tokens."""
        place = choice.options[ADDRESS].partition("/;")[0]
        return place, place

"""Spark in a remote session: its driver lives outside this process, and survives it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from hepnb.backends.backend import Choice
from hepnb.backends.sessions_client import SessionsClient
from hepnb.cluster.names import SESSION_NAME, SESSION_PROFILE
from hepnb.cluster.profiles import find_profile
from hepnb.errors import InputError, SessionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULT_NAME: Final = "default"
"""Of the session where a user names none."""

# Spark is imported by the methods: who only wants to know what there is must not wait for it.


class SessionBackend:
    """The `hepnb.backends.backend.Backend` of remote sessions."""

    def __init__(self) -> None:
        """None runs yet."""
        self._running: tuple[Choice, SparkSession, int] | None = None

    def choose(self, profile: str | None, options: Mapping[str, str]) -> Choice:
        """Where no profile is named, that of the session which lives, or else of the notebook server."""
        name = options.get(SESSION_NAME, DEFAULT_NAME)
        if not name.strip() or name.isdigit():
            raise InputError(f"'{name}' is no name of a remote session; take one that is not only digits.")
        named = None if profile is None else find_profile(profile).name
        return Choice(backend="session", profile=named, options={**options, SESSION_NAME: name})

    def start(self, choice: Choice, settings: Mapping[str, str]) -> "SparkSession":  # noqa: ARG002 - its driver runs elsewhere
        """Begin the session, or find the one of that name again, and enter it by Spark Connect."""
        from hepnb.spark.connect import connect

        client = SessionsClient.of_this_server()
        own = {name: value for name, value in choice.options.items() if name != SESSION_NAME}
        if choice.profile is not None:
            own[SESSION_PROFILE] = choice.profile
        number = client.open(choice.options[SESSION_NAME], conf=own)
        door = client.spark_connect(number)
        session = connect(f"{door['address']}/;token={door['token']}", settings={})
        self._running = choice, session, number
        return session

    def stop(self) -> None:
        """Leave it; it goes on, and ends when nobody has used it for a while."""
        if self._running is not None:
            from hepnb.spark.connect import disconnect

            _, session, _ = self._running
            self._running = None
            disconnect(session)

    def running(self) -> "tuple[Choice, SparkSession] | None":
        """The session that this process is in."""
        if self._running is None:
            return None
        from hepnb.spark.connect import answers

        choice, session, _ = self._running
        return (choice, session) if answers(session) else None

    def cause_of_death(self) -> str | None:
        """Why the session ended, as the service knows it."""
        if self._running is None:
            return None
        choice, _, number = self._running
        try:
            return SessionsClient.of_this_server().reason(number)
        except SessionError as error:
            return f"The remote session '{choice.options[SESSION_NAME]}' is gone: {error}"

    def cancel(self) -> None:
        """Cancel what it does for this process."""
        if self._running is not None:
            from hepnb.spark.connect import interrupt

            interrupt(self._running[1])

    def pages_address(self) -> str | None:
        """They are the session's."""
        return None

    def make_active(self) -> None:
        """Spark Connect has one for all threads."""

    def describe(self, choice: Choice) -> tuple[str, str]:
        """The name of the session, and its profile if it was named."""
        name = f"remote session '{choice.options[SESSION_NAME]}'"
        if choice.profile is None:
            return name, name
        return f"{name}, profile '{choice.profile}': {find_profile(choice.profile).size}", name

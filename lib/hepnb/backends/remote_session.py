"""Spark in a remote session: its driver lives outside this process, and survives it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from hepnb.backends.backend import Choice
from hepnb.backends.connect import ConnectBackend
from hepnb.backends.sessions_client import SessionsClient
from hepnb.cluster.names import SESSION_NAME, SESSION_PROFILE
from hepnb.cluster.profiles import find_profile
from hepnb.errors import InputError, SessionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULT_NAME: Final = "default"
"""Of the session where a user names none."""


class SessionBackend(ConnectBackend):
    """The `hepnb.backends.backend.Backend` of remote sessions, which are entered by Spark Connect.

    Leaving one does not end it: it ends when nobody has used it for a while.
    """

    def __init__(self) -> None:
        """None runs yet."""
        super().__init__()
        self._number = 0

    def choose(self, profile: str | None, options: Mapping[str, str]) -> Choice:
        """Where no profile is named, that of the session which lives, or else of the notebook server."""
        name = options.get(SESSION_NAME, DEFAULT_NAME)
        if not name.strip() or name.isdigit():
            raise InputError(f"'{name}' is no name of a remote session; take one that is not only digits.")
        named = None if profile is None else find_profile(profile).name
        return Choice(backend="session", profile=named, options={**options, SESSION_NAME: name})

    def start(self, choice: Choice, settings: Mapping[str, str]) -> "SparkSession":  # noqa: ARG002 - its driver runs elsewhere
        """Begin the session, or find the one of that name again, and enter it."""
        client = SessionsClient.of_this_server()
        own = {name: value for name, value in choice.options.items() if name != SESSION_NAME}
        if choice.profile is not None:
            own[SESSION_PROFILE] = choice.profile
        self._number = client.open(choice.options[SESSION_NAME], conf=own)
        door = client.spark_connect(self._number)
        return self._enter(choice, f"{door['address']}/;token={door['token']}", {})

    def cause_of_death(self) -> str | None:
        """Why the session ended, as the service knows it."""
        if self._running is None:
            return None
        try:
            return SessionsClient.of_this_server().reason(self._number)
        except SessionError as error:
            return f"The remote session '{self._running[0].options[SESSION_NAME]}' is gone: {error}"

    def describe(self, choice: Choice) -> tuple[str, str]:
        """The name of the session, and its profile if it was named."""
        name = f"remote session '{choice.options[SESSION_NAME]}'"
        if choice.profile is None:
            return name, name
        return f"{name}, profile '{choice.profile}': {find_profile(choice.profile).size}", name

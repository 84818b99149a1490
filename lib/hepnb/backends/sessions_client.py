"""How does a notebook ask the service of remote sessions?"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import quote

from hepnb.cluster.environment import environment
from hepnb.cluster.names import HUB_TOKEN, SERVER_PROFILE, SESSIONS
from hepnb.cluster.profiles import default_profile
from hepnb.errors import InputError, SessionError

_TIMEOUT: Final = 30.0  # [s] of one request
_START: Final = 180.0  # [s] of a session
_PAUSE: Final = 0.3  # [s]
_KEPT_ALIVE: Final = ("idle", "busy")


@dataclass(frozen=True)
class SessionsClient:
    """A user of the service.

    Attributes:
        address: of the service.
        token: of the hub, by which the service knows the user.
    """

    address: str
    token: str = field(repr=False)

    @classmethod
    def of_this_server(cls) -> Self:
        """The user of the notebook server that this process belongs to.

        Raises:
            InputError: it belongs to none.
        """
        address, token = environment().get(SESSIONS), environment().get(HUB_TOKEN)
        if not address or not token:
            raise InputError(
                "Remote sessions belong to the platform: they can be had in its notebooks (start it with hepnb up), "
                "and here the variables that lead to them are not set. The backend 'local' needs no platform."
            )
        return cls(address.rstrip("/"), token)

    def open(self, name: str, *, conf: Mapping[str, str]) -> int:
        """The session of that name, begun where there is none; waits until it is ready.

        Args:
            name: of the session.
            conf: Spark property -> value.

        Returns:
            Its number.

        Raises:
            InputError: the service refuses it.
            SessionError: it does not start, or the service does not answer.
        """
        number: int = self._ask("POST", "sessions", {"kind": "pyspark", "name": name, "conf": dict(conf)})["id"]
        deadline = time.monotonic() + _START
        while (found := self._ask("GET", f"sessions/{number}"))["state"] == "starting":
            if time.monotonic() > deadline:
                raise SessionError(f"The remote session '{name}' is not ready after {_START:g} s.")
            time.sleep(_PAUSE)
        if found["state"] not in _KEPT_ALIVE:
            raise SessionError(f"The remote session '{name}' does not start: {found['reason'] or found['state']}")
        return number

    def spark_connect(self, number: int) -> dict[str, str]:
        """Where its Spark is, and what opens it: ``address`` and ``token``."""
        return dict(self._ask("POST", f"sessions/{number}/spark-connect", {}))

    def reason(self, number: int) -> str | None:
        """Why a session has ended by itself; none where it has not.

        Raises:
            SessionError: the service does not know it any more, or does not answer.
        """
        try:
            return self._ask("GET", f"sessions/{number}")["reason"] or None
        except InputError as error:
            raise SessionError(str(error)) from error

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is the platform's own
            f"{self.address}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"token {self.token}",
                "Content-Type": "application/json",
                SERVER_PROFILE: quote(default_profile()),
            },
            method=method,
        )
        # No proxy of the site stands between a notebook and its platform.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=_TIMEOUT) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise InputError(_sentence(error)) from error
        except (urllib.error.URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise SessionError(f"The service of remote sessions does not answer ({reason}); try again.") from error


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["msg"])
    except (ValueError, KeyError, TypeError):
        return f"The service of remote sessions answered {error.code}."

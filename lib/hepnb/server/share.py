"""Who may enter this server beside its owner, and how does the owner say so?"""

import json
from typing import Any, Final
from urllib.parse import quote, urlencode

from jupyter_server.base.handlers import APIHandler
from jupyterhub.services.auth import HubAuth
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from hepnb.cluster.environment import environment
from hepnb.cluster.names import OWNER, SERVER_NAME
from hepnb.cluster.projects import is_project
from hepnb.cluster.trust import LEFT_BEHIND, OWN_SERVER
from hepnb.server.collaboration import is_shared

LASTING: Final = (3600, 86_400, 604_800)
"""For how long a link may be good [s]."""

_COLLEAGUES: Final = 200  # names that are suggested, at most
_PATIENCE: Final = 10.0  # [s] for an answer of the hub

_NOT_SHARED: Final = (
    "This server was started for its owner alone. Stop it in the hub's control panel, and start it with "
    "'Work together'."
)
_NOT_OWNER: Final = "Only the owner of this server, {owner}, decides who may enter it."
_NO_ANSWER: Final = "The hub does not answer; try again in a minute."


class _OwnersHandler(APIHandler):
    """Asks the hub with the server's own token, for the owner alone."""

    def initialize(self, hub: HubAuth) -> None:
        """Know the hub.

        Args:
            hub: where it is, and the server's token.
        """
        self._hub = hub
        variables = environment()
        self._owner = variables.get(OWNER, "")
        self._server = f"{quote(self._owner, safe='')}/{quote(variables.get(SERVER_NAME, ''), safe='')}"

    def _is_owner(self) -> bool:
        return bool(self.current_user.username == self._owner)

    def _check(self) -> None:
        """Let only the owner of a shared server on.

        Raises:
            HTTPError: 403 for anybody else, 409 where the server is not shared.
        """
        if not self._is_owner():
            raise web.HTTPError(403, _NOT_OWNER.format(owner=self._owner))
        if not is_shared():
            raise web.HTTPError(409, _NOT_SHARED)

    def _asked(self, name: str, of: type) -> Any:
        """A value of the request's body.

        Raises:
            HTTPError: 400 where there is none, or another kind of value.
        """
        body = self.get_json_body()
        value = body.get(name) if isinstance(body, dict) else None
        if not isinstance(value, of):
            raise web.HTTPError(400, f"The body of this request must be an object with '{name}'.")
        return value

    async def _ask(self, path: str, method: str = "GET", body: dict[str, Any] | None = None) -> Any:
        """Ask the hub.

        Raises:
            HTTPError: with the hub's own sentence where it refuses; 502 where it does not answer.
        """
        try:
            answer = await AsyncHTTPClient().fetch(
                f"{self._hub.api_url}/{path}",
                method=method,
                body=None if body is None else json.dumps(body),
                headers={"Authorization": f"token {self._hub.api_token}", "Content-Type": "application/json"},
                request_timeout=_PATIENCE,
                ca_certs=self._hub.client_ca or None,
                client_key=self._hub.keyfile or None,
                client_cert=self._hub.certfile or None,
            )
        except (HTTPClientError, OSError) as error:
            raise _refusal(error) from error
        return json.loads(answer.body) if answer.body else None

    async def _listed(self, path: str) -> list[dict[str, Any]]:
        """All entries of one of the hub's lists."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self._ask(f"{path}?{urlencode({'offset': len(found), 'limit': _COLLEAGUES})}")
            found += page["items"]
            if not page["items"] or page["_pagination"]["next"] is None:
                return found


class Share(_OwnersHandler):
    """``<base URL>hepnb/share``: who may enter."""

    @web.authenticated
    async def get(self) -> None:
        """Tell the owner who may enter, and by which links; tell anybody else whose server it is."""
        told: dict[str, Any] = {"owner": self._owner, "is_owner": self._is_owner(), "shared": is_shared()}
        if told["is_owner"] and told["shared"]:
            shares = await self._listed(f"shares/{self._server}")
            codes = await self._listed(f"share-codes/{self._server}")
            told["words"] = [OWN_SERVER, LEFT_BEHIND]
            told["people"] = [
                {"name": one["user"]["name"], "since": one["created_at"]} for one in shares if one["user"]
            ]
            told["links"] = [
                {"id": one["id"], "expires": one["expires_at"], "used": one["exchange_count"]} for one in codes
            ]
            told["colleagues"] = await self._colleagues({self._owner, *(one["name"] for one in told["people"])})
        self.finish(told)

    async def _colleagues(self, known: set[str]) -> list[str]:
        """Names to choose from; none where the hub does not tell them."""
        try:
            users = await self._ask(f"users?limit={_COLLEAGUES}")
        except web.HTTPError:
            return []
        return sorted(user["name"] for user in users if not (user["name"] in known or is_project(user["name"])))


class People(_OwnersHandler):
    """``<base URL>hepnb/share/people``: colleagues by name."""

    @web.authenticated
    async def post(self) -> None:
        """Let a colleague in.

        Raises:
            HTTPError: 400 where the hub knows nobody of that name, or it is the owner's.
        """
        self._check()
        name = self._asked("name", str).strip()
        if not name or name == self._owner:
            raise web.HTTPError(400, "Name a colleague: the server is yours already.")
        try:
            await self._ask(f"shares/{self._server}", "POST", {"user": name})
        except web.HTTPError as error:
            if error.status_code not in (400, 403, 404):
                raise
            raise web.HTTPError(
                400, f"The hub knows nobody called '{name}'; names count from the first login on. Send a link instead."
            ) from error
        self.set_status(204)

    @web.authenticated
    async def delete(self) -> None:
        """Take the access away, and every link with it: nobody knows which of them the colleague has."""
        self._check()
        await self._ask(f"share-codes/{self._server}", "DELETE")
        await self._ask(f"shares/{self._server}", "PATCH", {"user": self.get_query_argument("name")})
        self.set_status(204)


class Links(_OwnersHandler):
    """``<base URL>hepnb/share/links``: links that let in whoever has them, and an account."""

    @web.authenticated
    async def post(self) -> None:
        """Make a link.

        Raises:
            HTTPError: 400 for another time than those of `LASTING`.
        """
        self._check()
        seconds = self._asked("seconds", int)
        if seconds not in LASTING:
            raise web.HTTPError(
                400, f"A link is good for one of {', '.join(map(str, LASTING))} seconds, not {seconds}."
            )
        code = await self._ask(f"share-codes/{self._server}", "POST", {"expires_in": seconds})
        self.set_status(201)
        self.finish({"id": code["id"], "expires": code["expires_at"], "path": code["accept_url"]})

    @web.authenticated
    async def delete(self) -> None:
        """Make a link worthless; who came by it stays."""
        self._check()
        await self._ask(f"share-codes/{self._server}?{urlencode({'id': self.get_query_argument('id')})}", "DELETE")
        self.set_status(204)


def _refusal(error: HTTPClientError | OSError) -> web.HTTPError:
    """What the owner is told when the hub refuses."""
    if not isinstance(error, HTTPClientError) or error.response is None or error.code >= 500:
        return web.HTTPError(502, _NO_ANSWER)
    try:
        said = json.loads(error.response.body)["message"]
    except (ValueError, KeyError, TypeError):
        said = error.message
    return web.HTTPError(error.code, f"The hub refuses: {said}")

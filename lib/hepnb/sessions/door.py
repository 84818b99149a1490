"""Who asks?"""

from typing import Any, Final, Protocol

from jupyterhub.services.auth import HubOAuth
from tornado.web import HTTPError, RequestHandler

_RECENT: Final = 2  # [s] for so long is the hub's word on a token good; a poll of a statement is one request of many


class Door(Protocol):
    """Knows the users by their requests."""

    async def user_of(self, handler: RequestHandler) -> str | None:
        """The name of the user; none where nobody is known.

        Raises:
            HTTPError: 403 for somebody who may not enter.
        """

    def login_address(self, handler: RequestHandler) -> str:
        """Where a browser logs in."""

    def page_token(self, handler: RequestHandler) -> str:
        """What a page of ours sends along when it changes something."""

    def check_origin(self, handler: RequestHandler) -> None:
        """Refuse what another site lets a browser send.

        Raises:
            HTTPError: 403.
        """


class HubDoor:
    """The `Door` of a service of JupyterHub."""

    def __init__(self, auth: HubOAuth) -> None:
        """Ask the hub.

        Args:
            auth: as the hub's variables configure it.
        """
        auth.cache_max_age = _RECENT
        self._auth = auth

    async def user_of(self, handler: RequestHandler) -> str | None:
        """By the token in the header, or by the cookie of a browser."""
        model: dict[str, Any] | None = await self._auth.get_user(handler, sync=False)
        if model is None:
            return None
        if model.get("kind", "user") != "user" or not self._auth.check_scopes(self._auth.access_scopes, model):
            raise HTTPError(403, reason="Forbidden")
        return str(model["name"])

    def login_address(self, handler: RequestHandler) -> str:
        """The hub's page, which comes back to this one."""
        return str(handler.get_login_url())

    def page_token(self, handler: RequestHandler) -> str:
        """The hub's own, bound to the cookie."""
        return handler.xsrf_token.decode("ascii")

    def check_origin(self, handler: RequestHandler) -> None:
        """A token in a header is never sent by accident; a cookie needs the page's own one beside it."""
        self._auth.check_xsrf_cookie(handler)

"""Who is it that works in this server, and in which colour do others see them?"""

import json
from pathlib import Path
from typing import Any, Final

from jupyter_server.auth import IdentityProvider, User
from jupyterhub.singleuser.extension import JupyterHubIdentityProvider
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from hepnb.cluster.site import write_private
from hepnb.server.collaboration import page_config
from hepnb.server.guests import INTERVAL, Guests

PALETTE: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#7b4fa3",
    "#b8860b",
    "#2f9ec4",
    "#a23b3b",
    "#5f7f2f",
    "#6b6b6b",
)
"""Colours that stay apart for those who see fewer, and on which dark and light letters can be read."""


class Colours:
    """A colour for everybody who was ever here, in the order in which they came."""

    def __init__(self, file: Path) -> None:
        """Remember them.

        Args:
            file: where they are kept.
        """
        self._file = file
        self._names: list[str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []

    def of(self, name: str) -> str:
        """The colour of a user; the first ten have each their own.

        Args:
            name: by which the hub knows the user.
        """
        if name not in self._names:
            self._names.append(name)
            write_private(self._file, json.dumps(self._names))
        return PALETTE[self._names.index(name) % len(PALETTE)]


class SharedIdentity(JupyterHubIdentityProvider):
    """The hub's users with their colours; guests are looked after as long as they are connected."""

    def __init__(self, *, owner: str, colours: Colours, **kwargs: Any) -> None:
        """Know whose server it is.

        Args:
            owner: by the name that the hub knows.
            colours: of all users.
            kwargs: for Jupyter's settings.
        """
        super().__init__(**kwargs)
        self._owner, self._colours = owner, colours
        self.hub_auth.cache_max_age = INTERVAL
        self.hub_auth.cache.max_age = INTERVAL
        self.guests = Guests(self._may_enter)

    async def get_user(self, handler: RequestHandler) -> User | None:
        """Who asks; none where the hub does not let them in.

        Args:
            handler: of the request.
        """
        user: User | None = await super().get_user(handler)
        if user is not None:
            user.color = user.color or self._colours.of(user.username)
            user.initials = user.initials or user.display_name[:2].capitalize()
            if isinstance(handler, WebSocketHandler) and user.username != self._owner:
                self.guests.watch(handler, self.hub_auth.get_token(handler))
        return user

    def page_config_hook(self, handler: RequestHandler, config: dict[str, Any]) -> dict[str, Any]:
        """What JupyterLab is told.

        Args:
            handler: of the request.
            config: what it is told without the hub.
        """
        told: dict[str, Any] = super().page_config_hook(handler, config)
        return page_config(told)

    async def _may_enter(self, token: str) -> bool:
        user = await self.hub_auth.user_for_token(token, use_cache=False, sync=False)
        return user is not None and bool(self.hub_auth.check_scopes(self.hub_auth.access_scopes, user))


def put_in_place(app: Any, identity: IdentityProvider) -> None:
    """Let a server ask this one who its users are; the hub's extension names its own class past every setting.

    Args:
        app: the notebook server.
        identity: that knows them.
    """
    app.identity_provider = app.authorizer.identity_provider = identity
    app.web_app.settings["identity_provider"] = identity

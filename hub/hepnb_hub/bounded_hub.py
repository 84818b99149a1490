"""How much may somebody make the hub hold?

JupyterHub takes bodies of 100 MB from anybody, and as many tokens and share codes as a user asks for, and holds them
all in memory when they are listed.
"""

from typing import Any, Final

from jupyterhub import orm
from jupyterhub.apihandlers.shares import ServerShareCodeAPIHandler
from jupyterhub.apihandlers.users import UserTokenListAPIHandler
from jupyterhub.app import JupyterHub
from tornado.web import Application, HTTPError

LARGEST_BODY: Final = 1 << 20
"""Of a request [B]; a form of a site's own may bring a file."""

LONGEST_NOTE: Final = 1000
"""Letters of what a token is for."""

MOST_TOKENS: Final = 1000
"""Of a user, those of the user's browsers and servers included."""

MOST_CODES: Final = 100
"""Codes that let others into a server of a user's."""


class BoundedApplication(Application):
    """Refuses bodies that are too long before it reads them."""

    def start_request(self, server_conn: object, request_conn: Any) -> Any:
        """A request begins, of which nothing was read.

        Args:
            server_conn: what is common to all requests of a connection.
            request_conn: the connection.
        """
        request_conn.set_max_body_size(LARGEST_BODY)
        return super().start_request(server_conn, request_conn)


class BoundedTokens(UserTokenListAPIHandler):  # type: ignore[misc]  # JupyterHub has no types
    """Makes tokens with a short note, and not too many of them."""

    async def post(self, user_name: str) -> None:
        """Make one.

        Args:
            user_name: whose it will be.

        Raises:
            HTTPError: its note is too long, or the user has too many.
        """
        body = self.get_json_body() or {}
        if isinstance(body, dict) and len(str(body.get("note") or "")) > LONGEST_NOTE:
            raise HTTPError(400, f"The note of a token may have {LONGEST_NOTE} letters, and not more.")
        _require_room(self, orm.APIToken, user_name, MOST_TOKENS, "tokens; delete some on the hub's page of tokens")
        await super().post(user_name)


class BoundedCodes(ServerShareCodeAPIHandler):  # type: ignore[misc]  # JupyterHub has no types
    """Makes not too many share codes."""

    async def post(self, user_name: str, server_name: str | None = None) -> None:
        """Make one.

        Args:
            user_name: whose server it opens.
            server_name: which one.

        Raises:
            HTTPError: the user has too many.
        """
        _require_room(self, orm.ShareCode, user_name, MOST_CODES, "share codes; revoke some or wait until they expire")
        await super().post(user_name, server_name)


_BOUNDED: Final = {UserTokenListAPIHandler: BoundedTokens, ServerShareCodeAPIHandler: BoundedCodes}


class BoundedHub(JupyterHub):  # type: ignore[misc]  # JupyterHub has no types
    """JupyterHub, with bounds for what anybody may send and what users may store."""

    handlers: list[tuple[Any, ...]]

    def init_handlers(self) -> None:
        """Put ours in the place of JupyterHub's own."""
        super().init_handlers()
        self.handlers = [(path, _BOUNDED.get(handler, handler), *more) for path, handler, *more in self.handlers]

    def init_tornado_application(self) -> None:
        """Make what answers requests."""
        self.tornado_application = BoundedApplication(self.handlers, **self.tornado_settings)


def _require_room(handler: Any, kind: Any, user_name: str, most: int, what: str) -> None:
    owner = orm.User.find(handler.db, user_name)
    column = kind.owner_id if kind is orm.ShareCode else kind.user_id
    if owner and handler.db.query(kind).filter(column == owner.id).count() >= most:
        raise HTTPError(403, f"'{owner.name}' has {most} {what}.")

"""How does the service of remote sessions run?"""

import asyncio
import logging
import os
import signal
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler
from tornado.httpserver import HTTPServer
from tornado.web import Application, RedirectHandler, RequestHandler

from hepnb.cluster.environment import environment
from hepnb.cluster.names import PLATFORM
from hepnb.cluster.site import DataFolder
from hepnb.sessions import handlers, pages
from hepnb.sessions.door import Door, HubDoor
from hepnb.sessions.local_launcher import LocalLauncher
from hepnb.sessions.records import Shelf
from hepnb.sessions.sessions import Limits, Sessions
from hepnb.sessions.wishes import LARGEST

log = logging.getLogger(__name__)

_ONE: Final = r"sessions/([^/]+)"
_OUR_LARGEST: Final = 4 * LARGEST  # up to here a body is read, so that its sender hears why it is refused


def application(sessions: Sessions, door: Door, *, prefix: str) -> Application:
    """All addresses of the service.

    Args:
        sessions: of everybody.
        door: that knows who asks.
        prefix: of the addresses, with a slash at both ends.
    """
    known = {"sessions": sessions, "door": door}
    routes = [
        (r"sessions/?", handlers.SessionList),
        (_ONE, handlers.OneSession),
        (f"{_ONE}/state", handlers.SessionState),
        (f"{_ONE}/log", handlers.SessionLog),
        (f"{_ONE}/(connect|interrupt|stop|completion|spark-connect)", handlers.SessionCall),
        (f"{_ONE}/(?:add|upload)-(?:file|jar|pyfile)", handlers.SessionFiles),
        (f"{_ONE}/statements/?", handlers.StatementList),
        (f"{_ONE}/statements/([^/]+)", handlers.OneStatement),
        (f"{_ONE}/statements/([^/]+)/cancel", handlers.CancelStatement),
        (r"batches", handlers.Batches),
        (r"version", handlers.Version),
        (r"metrics/ping", handlers.Ping),
        (r"ui(?:/session/[^/]+)?", pages.SessionsPage),
        (r".*", handlers.Nowhere),
    ]
    return Application(
        [
            (prefix, RedirectHandler, {"url": f"{prefix}ui", "permanent": False}),
            (f"{prefix}oauth_callback", HubOAuthCallbackHandler),
            *((f"{prefix}{route}", handler, known) for route, handler in routes),
        ],
        cookie_secret=os.urandom(32),
        compress_response=True,
        log_function=_log,
    )


async def serve(limits: Limits, *, accounts: bool) -> None:
    """Run as a service of JupyterHub until it is asked to end; sessions go on without it.

    Args:
        limits: of each user.
        accounts: whether sessions run under their owners' accounts of this machine.
    """
    folder = DataFolder(Path(environment()[PLATFORM]))
    sessions = Sessions(Shelf(folder.sessions), LocalLauncher(data=folder, accounts=accounts), limits)
    auth = HubOAuth.instance()
    app = application(sessions, HubDoor(auth), prefix=environment()["JUPYTERHUB_SERVICE_PREFIX"])
    address = urlsplit(environment()["JUPYTERHUB_SERVICE_URL"])
    server = HTTPServer(app, max_body_size=_OUR_LARGEST, max_buffer_size=_OUR_LARGEST)
    server.listen(address.port or 80, address.hostname or "127.0.0.1")
    sessions.resume()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    log.info("The service of remote sessions listens at %s.", environment()["JUPYTERHUB_SERVICE_URL"])
    await asked.wait()
    sessions.close()


def _log(handler: RequestHandler) -> None:
    """Who asked for what; neither headers nor queries, where tokens may be."""
    owner = getattr(handler, "owner", "-")
    method, path = handler.request.method, handler.request.path
    if handler.get_status() >= 400 or method not in ("GET", "HEAD"):
        log.info("%s %s %s by %s", handler.get_status(), method, path[:300], owner)

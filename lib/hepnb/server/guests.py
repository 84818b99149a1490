"""Who of those that are connected may no longer enter?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final
from weakref import WeakKeyDictionary

from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler

INTERVAL: Final = 4
"""Time between two looks, and for how long an answer of the hub holds [s]."""

_NOT_ALLOWED: Final = 1008  # RFC 6455: it violates our policy
_SENTENCE: Final = "You may no longer enter this server: its owner has taken the access away."

_log = logging.getLogger(__name__)


class Guests:
    """The WebSockets of people whose server this is not.

    A WebSocket is asked for its token once, when it opens; kernels, terminals, documents and events come by it for as
    long as it lasts.
    """

    def __init__(self, may_enter: Callable[[str], Awaitable[bool]]) -> None:
        """Know nobody yet.

        Args:
            may_enter: says whether the hub lets the owner of a token in now; raises an `HTTPError` where it does not
                answer.
        """
        self._may_enter = may_enter
        self._sockets: WeakKeyDictionary[WebSocketHandler, str] = WeakKeyDictionary()

    def start(self) -> None:
        """Look again and again, as long as the server runs."""
        PeriodicCallback(self.look, INTERVAL * 1000).start()

    def watch(self, socket: WebSocketHandler, token: str) -> None:
        """Remember a WebSocket that a guest opens.

        Args:
            socket: its handler.
            token: that the guest entered by.
        """
        self._sockets[socket] = token

    async def look(self) -> None:
        """Ask the hub about everyone who is connected, and close what belongs to those who may no longer enter."""
        connected = {socket: token for socket, token in self._sockets.items() if socket.ws_connection is not None}
        tokens = sorted(set(connected.values()))
        allowed = dict(zip(tokens, await asyncio.gather(*map(self._allowed, tokens)), strict=True))
        for socket, token in connected.items():
            if not allowed[token]:
                _close(socket)

    async def _allowed(self, token: str) -> bool:
        try:
            return await self._may_enter(token)
        except HTTPError as error:
            # A hub that restarts must not end everybody's work; it is asked again soon.
            _log.warning("The hub does not say who may enter: %s", error)
            return True


def _close(socket: WebSocketHandler) -> None:
    connection = socket.ws_connection
    socket.close(_NOT_ALLOWED, _SENTENCE)
    if connection is not None and connection.stream is not None:
        # The other side is given five seconds to say goodbye, in which it would still be heard.
        connection.stream.close()

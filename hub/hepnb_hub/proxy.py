"""What does the proxy in Python not pass on as it came?

It writes addresses anew (``:`` as ``%3A``), by which the documents that several people edit are not found; bytes of a
WebSocket arrive at the server as text; a page is not told that the server has closed its end, and goes on speaking to
nobody; a message of more than 10 MB ends the connection; when a server was last used is told in local time, which
the hub takes for UTC: where clocks are ahead of it, idle servers stayed for hours; what proxies before it have noted of
a browser's address and protocol is lost; and the cookies of the hub's page about an error, which are meant for the
proxy that asked, take the place of the browser's own, after which forms that are open are refused.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from configurable_http_proxy import cli, configproxy
from configurable_http_proxy.handlers import ProxyHandler
from tornado.httpclient import HTTPRequest

from hepnb.cluster.environment import export

_LONGEST: Final = 1 << 30  # [B] of a message: as much as the server takes for a document
_NOTED: Final = ("X-Forwarded-For", "X-Forwarded-Proto")
_GOING_AWAY: Final = 1001
_NEVER_SENT: Final = (None, 1005, 1006, 1015)  # RFC 6455, 7.4.1: they say that a connection ended without a word


class FaithfulProxyHandler(ProxyHandler):  # type: ignore[misc]  # the proxy has no types
    """Passes on addresses and bytes as they are, and the end of a connection with the server's code and reason."""

    _answers_with_error = False

    @property
    def max_message_size(self) -> int:
        """Of what a browser sends [B]."""
        return _LONGEST

    async def get_target_url(self, path: str) -> str | None:
        """Where a request goes; none where nothing is known below its path.

        The hub's routes lead to servers that know their own prefix, so that the path stays whole.

        Args:
            path: that the browser asked for, decoded.
        """
        target = await super().get_target_url(path)
        return None if target is None else urlsplit(target)._replace(path=self.request.path).geturl()

    async def start_ws_client(self, path: str | None = None) -> None:
        """Connect to the server.

        Args:
            path: that the browser asked for.
        """
        await super().start_ws_client(path)
        if self.ws_client is not None:
            self.ws_client.params.max_message_size = _LONGEST
            self.ws_client.write_message = _keeping_kinds(self.ws_client.write_message)
            self.ws_client.on_connection_close = self._closing(self.ws_client.on_connection_close)

    async def handle_proxy_error(self, code: int, err: object) -> None:
        """Answer with the hub's page about an error, but not with its cookies.

        Args:
            code: of the answer.
            err: what happened.
        """
        self._answers_with_error = True
        await super().handle_proxy_error(code, err)

    def set_header(self, name: str, value: Any) -> None:
        """Add a header to the answer, or replace it.

        Args:
            name: of the header.
            value: of it.
        """
        if not (self._answers_with_error and name.lower() == "set-cookie"):
            super().set_header(name, value)

    def _get_proxy_request(self, url: str) -> HTTPRequest:
        request: HTTPRequest = super()._get_proxy_request(url)
        for name in _NOTED if self.proxy.x_forward else ():
            # The last one is that of this proxy; those of proxies before it come first.
            noted = [*self.request.headers.get_list(name), request.headers.pop(name.lower()).rpartition(",")[2]]
            request.headers[name] = ", ".join(noted)
        return request

    def _closing(self, closed: Callable[[], None]) -> Callable[[], None]:
        server = self.ws_client

        def both() -> None:
            closed()
            code = _GOING_AWAY if server.close_code in _NEVER_SENT else server.close_code
            self.close(code, server.close_reason)

        return both


def _keeping_kinds(write: Callable[..., object]) -> Callable[[str | bytes], object]:
    return lambda message: write(message, binary=isinstance(message, bytes))


def main() -> None:
    """Run the proxy with its own options."""
    export({"TZ": "UTC"})
    time.tzset()
    configproxy.ProxyHandler = FaithfulProxyHandler
    logging.getLogger("tornado.access").disabled = True  # it logs addresses with their queries, and there may be tokens
    cli.main()


if __name__ == "__main__":
    main()

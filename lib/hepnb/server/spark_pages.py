"""How does the owner of a notebook server see the pages of a kernel's Spark?"""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jupyter_server_proxy.handlers import ProxyHandler, RewritableResponse
from tornado import web

from hepnb.cluster.drivers import Driver, find_driver
from hepnb.cluster.names import SPARK_ROUTE
from hepnb.cluster.spark_conf import LOOPBACK

_PASSED_ON: Final = ("Accept", "Accept-Encoding", "Accept-Language", "If-Modified-Since", "If-None-Match")
"""Headers that Spark may read. Jupyter's cookies and tokens are none of its business."""

_NO_SPARK: Final = "This kernel runs no Spark: run a cell that uses spark, and load this page again."
_NO_ANSWER: Final = "Spark does not answer: it may have ended; run the cell again, and load this page again."


class SparkPages(ProxyHandler):
    """``<base URL>hepnb/spark/<kernel id>/…``, for whoever may use the notebook server.

    Spark asks for a token that only the user's processes know (`hepnb.cluster.drivers`). It is added here, and the
    browser never sees it. Pages can be read, not written to.
    """

    SUPPORTED_METHODS = ("GET", "HEAD")

    def __init__(self, *args: Any, runtime: Path, **kwargs: Any) -> None:
        """What Jupyter passes, and where.

        Args:
            args: the application and the request.
            runtime: Jupyter's runtime folder of the user.
            kwargs: for the handlers below.
        """
        super().__init__(
            *args,
            host_allowlist=[LOOPBACK],
            rewrite_response=lambda response: self._below(response),  # noqa: PLW0108 - it cannot take a bound method
            **kwargs,
        )
        self._runtime = runtime
        self._driver: Driver | None = None

    async def get(self, kernel: str, path: str | None) -> None:
        """A page of that kernel's Spark.

        Args:
            kernel: its id.
            path: of the page, or nothing for the first one.

        Raises:
            HTTPError: 405 for a websocket, and for a link that ends a job: Spark takes a GET for that, too.
        """
        ends_a_job = (path or "").rstrip("/").endswith("/kill")
        if ends_a_job or self.request.headers.get("Upgrade", "").lower() == "websocket":
            raise web.HTTPError(405)
        self._driver = find_driver(self._runtime, kernel)
        if self._driver is None:
            self._say(404, _NO_SPARK)
            return
        self.proxy_base = f"{SPARK_ROUTE}/{kernel}"
        address = urlsplit(self._driver.address)
        try:
            await self.proxy(address.hostname, address.port, path or "/")
        except (web.HTTPError, OSError) as error:
            # What Spark answers is passed on, errors too; what is raised is that nobody answers.
            self.log.info("Spark of kernel %s does not answer: %s", kernel, error)
            self._say(502, _NO_ANSWER)

    head = get

    def proxy_request_headers(self) -> dict[str, str]:
        """What Spark is asked with."""
        passed_on = {name: self.request.headers[name] for name in _PASSED_ON if name in self.request.headers}
        return passed_on | ({"Authorization": f"Bearer {self._driver.token}"} if self._driver else {})

    def proxy_request_options(self) -> dict[str, Any]:
        """Redirects are the browser's; a large page may take a minute [s]."""
        return {"follow_redirects": False, "connect_timeout": 5.0, "request_timeout": 60.0}

    def _below(self, response: RewritableResponse) -> None:
        """Point redirects below our route, whether Spark gave its own address or the one that it is told to have."""
        response.headers.pop("Set-Cookie", None)
        if self._driver and "Location" in response.headers:
            location = response.headers["Location"].removeprefix(self._driver.address)
            # The handler below puts the route back in front of it.
            response.headers["Location"] = location.removeprefix(f"{self.base_url}{self.proxy_base}")

    def _say(self, code: int, sentence: str) -> None:
        self.set_status(code)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{sentence}\n")

"""Does work go on, although nobody types?"""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jupyter_server.serverapp import ServerApp
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.ioloop import PeriodicCallback
from traitlets import Float
from traitlets.config import LoggingConfigurable

from hepnb.cluster.drivers import Driver, drivers

_PATIENCE: Final = 5.0  # [s] for an answer of Spark


class Activity(LoggingConfigurable):
    """Keeps the time at which something last ran, where Jupyter and the hub look for it.

    They see messages of kernels; a cell that computes for hours sends none, nor does a job of Spark in the background.
    """

    interval = Float(10.0, config=True, help="Time between two looks [s].")

    def __init__(self, app: ServerApp, runtime: Path, **kwargs: Any) -> None:
        """Look at this server.

        Args:
            app: the notebook server.
            runtime: Jupyter's runtime folder of the user.
            kwargs: for Jupyter's settings.
        """
        super().__init__(**kwargs)
        self._app = app
        self._runtime = runtime

    def start(self) -> None:
        """Look again and again, as long as the server runs."""
        PeriodicCallback(self._look, self.interval * 1000).start()

    async def _look(self) -> None:
        kernels = self._app.kernel_manager.list_kernels()
        if any(kernel["execution_state"] == "busy" for kernel in kernels) or await self._spark_works():
            self._app.web_app.settings["last_activity_times"]["hepnb"] = datetime.now(UTC)

    async def _spark_works(self) -> bool:
        return any(await asyncio.gather(*(_works(driver) for driver in drivers(self._runtime))))


async def _works(driver: Driver) -> bool:
    """Whether one of its jobs runs; a driver that does not answer has none."""
    try:
        for application in await _ask(driver, "applications"):
            if await _ask(driver, f"applications/{application['id']}/jobs?status=running"):
                return True
    except (HTTPClientError, OSError, ValueError):
        return False
    return False


async def _ask(driver: Driver, path: str) -> Any:
    answer = await AsyncHTTPClient().fetch(
        f"{driver.address}/api/v1/{path}",
        headers={"Authorization": f"Bearer {driver.token}"},
        connect_timeout=_PATIENCE,
        request_timeout=_PATIENCE,
    )
    return json.loads(answer.body)

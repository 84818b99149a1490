"""Who deletes the executors of a kernel that was killed?"""

import asyncio
from typing import Final

from jupyter_server.serverapp import ServerApp
from traitlets import Float
from traitlets.config import LoggingConfigurable

from hepnb.cluster.environment import environment
from hepnb.cluster.kubernetes import NotebookPod
from hepnb.errors import HepnbError
from hepnb.pods import remains
from hepnb.pods.namespace import Namespace

_SAID: Final = 20  # failures between two warnings


class Remains(LoggingConfigurable):
    """Deletes, again and again, what drivers left in the user's namespace that ended in this pod."""

    interval = Float(8.0, config=True, help="Time between two looks [s].")

    def __init__(self, app: ServerApp, **kwargs: object) -> None:
        """Look after the pod of a notebook server.

        Args:
            app: the notebook server.
            kwargs: for Jupyter's settings.
        """
        super().__init__(parent=app, **kwargs)
        self._pod = NotebookPod.of(environment())
        self._namespace = Namespace.of(self._pod.namespace, environment())
        self._failures = 0

    async def run(self) -> None:
        """As long as the server runs."""
        while True:
            await asyncio.get_running_loop().run_in_executor(None, self._look)
            await asyncio.sleep(self.interval)

    def _look(self) -> None:
        try:
            remains.remove(self._namespace, self._pod.name, remains.process_lives)
        except HepnbError as error:
            if self._failures % _SAID == 0:
                self.log.warning("Executors of kernels that were killed stay: %s", error)
            self._failures += 1
        else:
            self._failures = 0

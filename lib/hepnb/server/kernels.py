"""How does a notebook learn that its kernel died, and why?"""

import asyncio
import time
from typing import Any, Final

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager

from hepnb.cluster.deaths import explain
from hepnb.cluster.memory import oom_kills
from hepnb.server.deaths import DEATH_EVENT

# Where they stand in a message, behind the identities (https://jupyter-client.readthedocs.io/en/stable/messaging.html).
_HEADER: Final = 1
_PARENT: Final = 2
_CONTENT: Final = 4

_STARTED: Final = 10.0  # [s] a process that lived as long has started, as jupyter_client sees it, too


class WatchedKernelManager(ServerKernelManager):
    """Keeps why its kernel died.

    Attributes:
        running: header of the request whose cell runs; a page that comes later must know it, too.
        answered: whether its process has begun to do what it is asked.
        death: the sentence about the last time that the kernel ended without being asked.
        told: whether somebody was told.
    """

    running: dict[str, Any] | None = None
    answered = False
    death = ""
    told = True
    _kills: int | None = None
    _start = 0.0

    def start_restarter(self) -> None:
        """Begin to watch a process that was just started."""
        watched = self._restarter is not None
        super().start_restarter()
        self.running, self.answered, self._start = None, False, time.monotonic()
        self._kills = oom_kills()
        if not watched:
            self.add_restart_callback(lambda: self._die(restarts=True))
            self.add_restart_callback(lambda: self._die(restarts=False), "dead")
        if self.execution_state == "busy":
            # The cell that it was busy with died with the last process, and nothing else will say so.
            self.execution_state = "idle"

    def _die(self, *, restarts: bool) -> None:
        """Called when the process is gone and before it is started again."""
        stillborn = not self.answered and time.monotonic() - self._start < _STARTED
        if self.shutting_down or (self.death and stillborn and restarts):
            # Asked for; or one of several deaths in a row, of which the first and the last are told.
            return
        process = getattr(self.provisioner, "process", None)
        before, now = self._kills, oom_kills()
        kills = None if before is None or now is None else now - before
        again = "run the cells again" if restarts else "restart it from the menu Kernel and run the cells again"
        self.death = explain(getattr(process, "returncode", None), kills=kills, who="The kernel", again=again)
        self.told = False


class ExplainingConnection(ZMQChannelsWebsocketConnection):
    """Tells of a death in the cell that was running, or else in an event that our extension of JupyterLab shows."""

    def connect(self) -> Any:
        """Begin to pass messages on; who comes after a death is told now.

        Returns:
            What becomes done when messages pass, or nothing where they cannot.
        """
        connected = super().connect()
        if connected is not None:
            connected.add_done_callback(lambda _: self._announce())
        return connected

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass a message of the kernel on, and see whether a cell runs.

        Args:
            stream: the channel that it came by.
            outgoing_msg: its parts.
        """
        super().handle_outgoing_message(stream, outgoing_msg)
        if getattr(stream, "channel", stream) == "iopub":
            self._follow(outgoing_msg)

    def on_kernel_restarted(self) -> None:
        """The kernel died, and is about to be started again."""
        self._tell()
        super().on_kernel_restarted()

    def on_restart_failed(self) -> None:
        """The kernel died once too often."""
        self._tell()
        super().on_restart_failed()

    def _follow(self, message: list[Any]) -> None:
        _, parts = self.session.feed_identities(message)
        if self.session.unpack(parts[_HEADER]).get("msg_type") != "status":
            return
        parent = self.session.unpack(parts[_PARENT])
        self.kernel_manager.answered |= bool(parent)
        if parent.get("msg_type") == "execute_request":
            busy = self.session.unpack(parts[_CONTENT]).get("execution_state") == "busy"
            self.kernel_manager.running = parent if busy else None

    def _tell(self) -> None:
        kernel = self.kernel_manager
        # A cell may have ended while no page saw it; Jupyter itself always sees whether the kernel is busy.
        if kernel.running is not None and kernel.execution_state == "busy":
            self.write_stderr(kernel.death, kernel.running)
            # A page that was loaded since has forgotten which cell it is.
            kernel.told |= kernel.running.get("session") == self.session.session
        # When every page with this kernel has been asked.
        asyncio.get_running_loop().call_soon(self._announce)

    def _announce(self) -> None:
        kernel = self.kernel_manager
        if not kernel.told:
            kernel.told = True
            kernel.emit(schema_id=DEATH_EVENT, data={"kernel_id": self.kernel_id, "sentence": kernel.death})

"""``python -m hepnb.sessions.kernel_app``: the kernel of a remote session, as a launcher starts it."""

import signal
from types import FrameType
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from traitlets import Type


class SessionShell(ZMQInteractiveShell):
    """IPython's shell, which knows whether code of a statement runs."""

    runs = False

    async def run_code(self, *args: Any, **options: Any) -> bool:
        """Run code, as `IPython.core.interactiveshell.InteractiveShell.run_code` does."""
        outer, self.runs = self.runs, True
        try:
            failed: bool = await super().run_code(*args, **options)
        finally:
            self.runs = outer
        return failed


class SessionKernel(IPythonKernel):
    """IPython's kernel, where an interrupt is heard by the code of a statement or by nobody.

    Between a request and its code it would be taken for a mistake of a callback, or leave the request without an
    answer, or an answer of the JVM for the next question. The service insists, so that the code hears the next one.
    """

    shell_class = Type(SessionShell)

    def pre_handler_hook(self) -> None:
        """Put our handler in the place of Python's, which the base class puts there for each request."""
        super().pre_handler_hook()
        signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self.shell is not None and self.shell.runs:
            signal.default_int_handler(number, frame)


class SessionKernelApp(IPKernelApp):
    """The program."""

    kernel_class = Type(SessionKernel)

    def log_connection_info(self) -> None:
        """Nobody but the service connects; its log is for the session's owner."""


if __name__ == "__main__":
    SessionKernelApp.launch_instance()

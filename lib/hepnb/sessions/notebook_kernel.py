"""How does a notebook use a remote session: with sparkmagic's PySpark kernel, and what is it told?"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ipykernel.kernelapp import IPKernelApp
from IPython.display import DisplayHandle, display
from requests import PreparedRequest

from hepnb.backends.sessions_client import SessionsClient
from hepnb.cluster.environment import environment
from hepnb.cluster.names import HUB_TOKEN, NOTEBOOK, PROFILE, SERVER_PROFILE, SESSION_NOTEBOOK, SESSIONS
from hepnb.errors import InputError

if not find_spec("sparkmagic"):
    sys.exit("hepnb: The package 'sparkmagic' is missing; install it with: pip install 'hepnb[remote]'")

import sparkmagic.utils.configuration as settings
from sparkmagic.auth.customauth import Authenticator
from sparkmagic.kernels.pysparkkernel.pysparkkernel import PySparkKernel
from sparkmagic.livyclientlib import command

from hepnb.sessions.failures import let_cells_fail

_AUTHENTICATOR: Final = "Hub_Token"
_NOWHERE: Final = "http://127.0.0.1:9"  # sparkmagic wants an address, also where none is asked
_START: Final = 180  # [s]


class HubToken(Authenticator):
    """Shows the hub's token of the notebook server, which is in no file, and says which notebook asks."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Complete a request."""
        variables = environment()
        request.headers["Authorization"] = f"token {variables.get(HUB_TOKEN, '')}"
        own = {SESSION_NOTEBOOK: _below_home(variables.get(NOTEBOOK, "")), SERVER_PROFILE: variables.get(PROFILE, "")}
        request.headers.update({header: quote(value) for header, value in own.items() if value})
        return request


def _below_home(notebook: str) -> str:
    """A notebook as its owner knows it."""
    path = Path(notebook)
    return str(path.relative_to(Path.home())) if path.is_relative_to(Path.home()) else notebook


class ProgressBar:
    """What is shown while a statement runs: sparkmagic's own is a widget that stays in the notebook, broken."""

    def __init__(self, **_: Any) -> None:
        """Nothing is shown yet."""
        self._line: DisplayHandle | None = None
        self._value = 0.0

    @property
    def value(self) -> float:
        """The part of its tasks that have ended."""
        return self._value

    @value.setter
    def value(self, value: float) -> None:
        changed, self._value = value != self._value, value
        if changed and self._line is not None:
            self._line.update(self._shown(), raw=True)

    def close(self) -> None:
        """Show it no longer."""
        if self._line is not None:
            self._line.update({"text/plain": ""}, raw=True)

    def _ipython_display_(self) -> None:
        if NOTEBOOK in environment():  # somebody looks on
            self._line = DisplayHandle()
            display(self._shown(), raw=True, display_id=self._line.display_id)

    def _shown(self) -> dict[str, str]:
        percent = f"{100 * self._value:.0f} %"
        bar = f'<progress value="{self._value}" aria-label="Tasks of Spark that have ended"></progress>'
        return {"text/html": f"<small>{bar} {percent}</small>", "text/plain": percent}


class RemoteSessionKernel(PySparkKernel):
    """sparkmagic's kernel, but for its end: the session goes on, and the notebook comes back to it."""

    def __init__(self, **kwargs: Any) -> None:
        """Start; the first cell says it where there is no platform.

        Args:
            kwargs: for the kernel.
        """
        super().__init__(**kwargs)
        let_cells_fail(self.shell)
        try:
            SessionsClient.of_this_server()
        except InputError as error:
            self._queue_fatal_error(str(error))

    def _repeat_fatal_error(self) -> Any:
        sentence = settings.fatal_error_suggestion().format(self._fatal_error)
        return self._execute_cell(f"from hepnb.sessions.failures import fail; fail({sentence!r})", silent=False)

    def do_shutdown(self, restart: bool) -> Any:
        """End the session when the kernel is restarted, but not one that has a name: other notebooks may be in it."""
        if restart and "name" not in settings.session_configs():
            self._delete_session()
        return self._do_shutdown_ipykernel(restart)


def configure() -> None:
    """Tell sparkmagic all that a user would have to write into its configuration."""
    own: dict[str, Any] = {
        "authenticators": {_AUTHENTICATOR: f"{HubToken.__module__}.{HubToken.__qualname__}"},
        "kernel_python_credentials": {
            "username": "",
            "password": "",
            "url": environment().get(SESSIONS) or _NOWHERE,
            "auth": _AUTHENTICATOR,
        },
        "livy_session_startup_timeout_seconds": _START,
        # Sessions end when nobody uses them. A heartbeat would end them with the notebook server, and %%cleanup would
        # wait for its thread.
        "livy_server_heartbeat_timeout_seconds": 0,
        # Its table of widgets never ends where no browser looks on.
        "use_auto_viz": False,
        # Columns have the types that Spark gave them; guessing makes dates of names.
        "coerce_dataframe": False,
        "fatal_error_suggestion": "{}\nRestart the kernel to try again.",
        # A cell that fails has failed: Run All, nbclient and papermill stop there.
        "all_errors_are_fatal": True,
        "retry_policy": "configurable",
        "retry_seconds_to_sleep_list": [0.2, 0.5, 1],
        "configurable_retry_policy_max_retries": 3,
    }
    for name, value in own.items():
        settings.override(name, value)
    command.FloatProgress = ProgressBar


def main() -> None:
    """Be the kernel."""
    configure()
    IPKernelApp.launch_instance(kernel_class=RemoteSessionKernel)


if __name__ == "__main__":
    # Under its own name, by which sparkmagic finds the authenticator.
    from hepnb.sessions.notebook_kernel import main as run

    run()

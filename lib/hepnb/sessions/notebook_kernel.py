"""How does a notebook use a remote session: with sparkmagic's PySpark kernel, and what is it told?"""

import sys
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import quote

from ipykernel.kernelapp import IPKernelApp
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

_AUTHENTICATOR: Final = "Hub_Token"
_NOWHERE: Final = "http://127.0.0.1:9"  # sparkmagic wants an address, also where none is asked
_START: Final = 180  # [s]


class HubToken(Authenticator):
    """Shows the hub's token of the notebook server, which is in no file, and says which notebook asks."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Complete a request."""
        variables = environment()
        request.headers["Authorization"] = f"token {variables.get(HUB_TOKEN, '')}"
        for header, name in ((SESSION_NOTEBOOK, NOTEBOOK), (SERVER_PROFILE, PROFILE)):
            if variables.get(name):
                request.headers[header] = quote(variables[name])
        return request


class RemoteSessionKernel(PySparkKernel):
    """sparkmagic's kernel, but for its end: the session goes on, and the notebook comes back to it."""

    def __init__(self, **kwargs: Any) -> None:
        """Start; the first cell says it where there is no platform.

        Args:
            kwargs: for the kernel.
        """
        super().__init__(**kwargs)
        try:
            SessionsClient.of_this_server()
        except InputError as error:
            self._queue_fatal_error(str(error))

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
        "fatal_error_suggestion": "{}\nRestart the kernel to try again.",
        "retry_policy": "configurable",
        "retry_seconds_to_sleep_list": [0.2, 0.5, 1],
        "configurable_retry_policy_max_retries": 3,
    }
    for name, value in own.items():
        settings.override(name, value)


def main() -> None:
    """Be the kernel."""
    configure()
    IPKernelApp.launch_instance(kernel_class=RemoteSessionKernel)


if __name__ == "__main__":
    # Under its own name, by which sparkmagic finds the authenticator.
    from hepnb.sessions.notebook_kernel import main as run

    run()

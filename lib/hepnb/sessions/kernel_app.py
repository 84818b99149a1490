"""``python -m hepnb.sessions.kernel_app``: the kernel of a remote session, as a launcher starts it."""

from ipykernel.kernelapp import IPKernelApp


class SessionKernelApp(IPKernelApp):
    """IPython's kernel, with what makes it a session's."""

    def log_connection_info(self) -> None:
        """Nobody but the service connects; its log is for the session's owner."""


if __name__ == "__main__":
    SessionKernelApp.launch_instance()

"""What is added to a notebook server when it starts?"""

from pathlib import Path

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from jupyter_server.utils import url_path_join

from hepnb.cluster.environment import environment
from hepnb.cluster.names import SERVER_PREFIX, SPARK_ROUTE
from hepnb.server.activity import Activity
from hepnb.server.closed_ports import ClosedPorts
from hepnb.server.deaths import DEATH_SCHEMA
from hepnb.server.kernels import ExplainingConnection, WatchedKernelManager
from hepnb.server.notebooks import furnish, reference_notebooks
from hepnb.server.spark_pages import SparkPages


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Add our routes, events and clockwork; Jupyter looks for this name."""
    base, runtime = app.web_app.settings["base_url"], Path(app.runtime_dir)
    # Routes that were added first win: Jupyter loads extensions by name, and this one before jupyter_server_proxy.
    app.web_app.add_handlers(
        ".*",
        [
            (url_path_join(base, SPARK_ROUTE, r"([\w-]+)(/.*)?"), SparkPages, {"runtime": runtime}),
            (url_path_join(base, r"proxy/.*"), ClosedPorts),
        ],
    )
    _explain_deaths(app)
    app.web_app.settings["event_logger"].register_event_schema(DEATH_SCHEMA)
    Activity(app, runtime, parent=app).start()
    if SERVER_PREFIX in environment():  # nobody wants them wherever a plain server starts
        furnish(Path(app.root_dir), reference_notebooks())


def _explain_deaths(app: ServerApp) -> None:
    """Take the place of Jupyter's own classes; those that a site has chosen, or that a gateway needs, stay."""
    settings, manager = app.web_app.settings, app.kernel_manager
    plain = settings["kernel_websocket_connection_class"] is ZMQChannelsWebsocketConnection
    if plain and manager.kernel_manager_class == _name(ServerKernelManager):
        settings["kernel_websocket_connection_class"] = ExplainingConnection
        manager.kernel_manager_class = _name(WatchedKernelManager)


def _name(of: type) -> str:
    return f"{of.__module__}.{of.__qualname__}"

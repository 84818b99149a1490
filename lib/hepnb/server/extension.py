"""What is added to a notebook server when it starts?"""

from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from jupyter_server.utils import url_path_join

from hepnb.cluster.environment import environment
from hepnb.cluster.kubernetes import POD_NAME
from hepnb.cluster.names import OWNER, SERVER_PREFIX, SHARE_ROUTE, SPARK_ROUTE
from hepnb.server import collaboration, terminal
from hepnb.server.activity import Activity
from hepnb.server.closed_ports import ClosedPorts
from hepnb.server.deaths import DEATH_SCHEMA
from hepnb.server.kernels import ExplainingConnection, WatchedKernelManager
from hepnb.server.notebooks import furnish, reference_notebooks
from hepnb.server.spark_pages import SparkPages


def _link_jupyter_server_extension(app: ServerApp) -> None:
    """Decide what else is loaded, before it is; Jupyter looks for this name."""
    collaboration.prepare(app)
    if SERVER_PREFIX in environment():
        terminal.prepare(app)


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
    _recover(app)
    if POD_NAME in environment():
        # Only here, because it loads what no other server needs.
        from hepnb.server.remains import Remains

        app.io_loop.add_callback(Remains(app).run)
    if SERVER_PREFIX in environment():  # nobody wants them wherever a plain server starts
        specs = KernelSpecManager(parent=app).get_all_specs()
        kernels = {name: one["spec"]["display_name"] for name, one in specs.items()}
        furnish(Path(app.root_dir), reference_notebooks(), kernels=kernels)
        _join_hub(app)
    else:
        app.web_app.settings.setdefault("page_config_hook", lambda _handler, config: collaboration.page_config(config))


def _recover(app: ServerApp) -> None:
    """Whether shared now or not: the owner may have started the server for himself this time."""
    folder = collaboration.documents_folder()
    if (folder / collaboration.STORE).exists():
        # Only here, because it loads packages that most servers never need.
        from hepnb.server.recovery import recover

        app.io_loop.run_sync(lambda: recover(folder, app.contents_manager))


def _join_hub(app: ServerApp) -> None:
    """What only a server of a hub has: the dialog of sharing, and, where it is shared, guests."""
    # Only here, because plain servers need no JupyterHub.
    from jupyterhub.singleuser.extension import JupyterHubIdentityProvider

    from hepnb.server.identity import Colours, SharedIdentity, put_in_place
    from hepnb.server.share import Links, People, Share

    identity: Any = app.identity_provider
    if type(identity) is not JupyterHubIdentityProvider:
        app.log.warning(
            "This site has an identity provider of its own: hepnb neither shares this server nor ends guests"
        )
        return
    hub = identity.hub_auth
    if collaboration.is_shared():
        colours = Colours(collaboration.documents_folder() / "people.json")
        shared = SharedIdentity(
            owner=environment().get(OWNER, ""), colours=colours, hub_auth=hub, parent=app, log=app.log
        )
        put_in_place(app, shared)
        shared.guests.start()
    base = url_path_join(app.web_app.settings["base_url"], SHARE_ROUTE)
    routes = [(base, Share), (f"{base}/people", People), (f"{base}/links", Links)]
    app.web_app.add_handlers(".*", [(route, handler, {"hub": hub}) for route, handler in routes])


def _explain_deaths(app: ServerApp) -> None:
    """Take the place of Jupyter's own classes; those that a site has chosen, or that a gateway needs, stay."""
    settings, manager = app.web_app.settings, app.kernel_manager
    plain = settings["kernel_websocket_connection_class"] is ZMQChannelsWebsocketConnection
    if plain and manager.kernel_manager_class == _name(ServerKernelManager):
        settings["kernel_websocket_connection_class"] = ExplainingConnection
        manager.kernel_manager_class = _name(WatchedKernelManager)


def _name(of: type) -> str:
    return f"{of.__module__}.{of.__qualname__}"

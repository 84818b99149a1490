"""Do several people edit the same documents in this server, and where is what they do kept?"""

import threading
from pathlib import Path
from typing import Any, Final

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.serverapp import ServerApp

from hepnb.cluster.environment import environment
from hepnb.cluster.names import OWNER, PLATFORM, SERVER_NAME, SHARED
from hepnb.cluster.site import PRIVATE_FOLDER, DataFolder
from hepnb.cluster.slugs import slug

EXTENSIONS: Final = ("jupyter_server_fileid", "jupyter_server_ydoc")
"""What answers for collaboration in a notebook server."""

STORE: Final = "documents.sqlite"
"""File with the histories of all documents."""

FILE_IDS: Final = "file_ids.sqlite"
"""File that knows which document is which file."""

_SESSIONS: Final = "sessions.json"
_ENABLED: Final = ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension")
# The first two, because @jupyter/docprovider-extension has its own; the last, because it shares without asking the hub.
_DISABLED: Final = (
    "@jupyterlab/filebrowser-extension:defaultFileBrowser",
    "@jupyterlab/notebook-extension:cell-executor",
    "@jupyter/collaboration-extension:shared-link",
)


def is_shared() -> bool:
    """Whether this server was started to work together in."""
    return environment().get(SHARED) == "1"


def documents_folder() -> Path:
    """Where the histories of this server's documents are: below the platform's data, which are no user's home."""
    variables = environment()
    if PLATFORM not in variables:
        return Path(jupyter_data_dir()) / "hepnb-documents"
    server = variables.get(SERVER_NAME)
    name = slug(variables.get(OWNER, "")) + (f"-{slug(server)}" if server else "")
    return DataFolder(Path(variables[PLATFORM])).documents / name


def prepare(app: ServerApp) -> None:
    """Before extensions load: no endpoint in a server that is not shared, and stores on a local disk in one that is.

    Jupyter switches collaboration on wherever its packages are installed.
    """
    if not is_shared():
        for name in EXTENSIONS:
            # Anew, because Jupyter asks what is only switched off to stop as well, and hangs.
            app.extension_manager.add_extension(name, enabled=False)
        return
    folder = documents_folder()
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    for section, name, path in (
        ("SQLiteYStore", "db_path", folder / STORE),
        ("BaseFileIdManager", "db_path", folder / FILE_IDS),
        # It lives and dies with the histories: without them a page that was open before must be loaded anew.
        ("YDocExtension", "session_store_path", folder / _SESSIONS),
    ):
        app.config[section].setdefault(name, str(path))
    # Python has no public hook between the last task and the wait for threads; concurrent.futures uses this one.
    threading._register_atexit(_let_threads_end)  # type: ignore[attr-defined]  # noqa: SLF001  # see above


def _let_threads_end() -> None:
    """The threads of the stores wait for tasks that nobody ends, and the process would wait for them."""
    for thread in threading.enumerate():
        if thread.name == "AnyIO worker thread":
            thread.queue.put_nowait(None)  # type: ignore[attr-defined]  # anyio's own class of threads


def page_config(config: dict[str, Any]) -> dict[str, Any]:
    """What JupyterLab is told; the environment's settings switch its side of collaboration off.

    Args:
        config: as it would be in a server that is not shared.
    """
    if not is_shared():
        return config
    disabled = [one for one in config.get("disabledExtensions", []) if one not in (*_ENABLED, *_DISABLED)]
    return config | {"disabledExtensions": [*disabled, *_DISABLED], "hepnbShared": True}

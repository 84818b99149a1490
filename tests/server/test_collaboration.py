"""Only a server that was started to work together in collaborates, and nothing that was typed is lost."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import websocket

from .jupyter import Server, running

SHARED = {"HEPNB_SHARED": "1"}
FRONT_ENDS = {"@jupyter/collaboration-extension", "@jupyter/docprovider-extension"}
REPLACED = {"@jupyterlab/filebrowser-extension:defaultFileBrowser", "@jupyterlab/notebook-extension:cell-executor"}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("alone"), app="jupyterlab") as one:
        yield one


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("together")
    variables = SHARED | {"HEPNB_PLATFORM": str(folder / "data"), "JUPYTERHUB_USER": "maria"}
    with running(folder, app="jupyterlab", variables=variables) as one:
        yield one


def session(server: Server, path: Path, kind: str = "file"):
    form = "json" if kind == "notebook" else "text"
    return server.ask(f"api/collaboration/session/{path.name}", method="PUT", data={"format": form, "type": kind})


def room_of(server: Server, path: Path, kind: str = "file") -> str:
    """Where several people edit a file."""
    opened = json.loads(session(server, path, kind).text)
    return f"api/collaboration/room/{opened['format']}:{kind}:{opened['fileId']}?sessionId={opened['sessionId']}"


def disabled(server: Server) -> set[str]:
    """What JupyterLab is told not to load."""
    page = server.ask("lab").text
    config = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert config is not None
    return set(json.loads(config[1])["disabledExtensions"])


def test_a_server_of_one_person_has_no_endpoint_of_collaboration(alone: Server):
    text = alone.home / "notes.txt"
    text.write_text("alone")
    assert session(alone, text).code == 404
    for path in ("fork/x", "timeline/notes.txt", "undo_redo/x"):
        assert alone.ask(f"api/collaboration/{path}").code == 404, path
    assert alone.ask("api/fileid/id?path=notes.txt").code == 404
    for room in ("JupyterLab:globalAwareness", "text:file:x"):
        with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
            alone.socket(f"api/collaboration/room/{room}")
    assert not [one for one in alone.home.rglob("*") if "ystore" in one.name or "file_id" in one.name]


def test_its_jupyterlab_loads_nothing_of_collaboration(alone: Server):
    told = disabled(alone)
    assert told >= FRONT_ENDS
    assert not told & REPLACED


def test_a_shared_server_has_documents_that_several_edit(together: Server):
    text = together.home / "notes.txt"
    text.write_text("together")
    socket = together.socket(room_of(together, text))
    assert socket.recv()[0] == 0  # the first step of the protocol of synchronisation
    socket.close()


def test_its_jupyterlab_loads_both_sides_and_no_link_past_the_hub(together: Server):
    told = disabled(together)
    assert not told & FRONT_ENDS
    assert told >= {*REPLACED, "@jupyter/collaboration-extension:shared-link"}


def test_histories_lie_in_the_platform_s_data_for_the_server_s_eyes_alone(together: Server):
    text = together.home / "more.txt"
    text.write_text("x")
    socket = together.socket(room_of(together, text))
    socket.recv()
    socket.close()
    folder = together.home.parent / "data" / "documents" / "maria"
    assert {one.name for one in folder.iterdir()} >= {"documents.sqlite", "file_ids.sqlite", "sessions.json"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not [one for one in together.home.rglob("*") if one.suffix in (".db", ".sqlite") or "sessions" in one.name]


def test_a_shared_server_stops_at_once_while_somebody_edits(tmp_path: Path):
    with running(tmp_path, variables=SHARED | {"HEPNB_PLATFORM": str(tmp_path / "data")}) as server:
        text = server.home / "notes.txt"
        text.write_text("x")
        socket = server.socket(room_of(server, text))
        socket.recv()
        process = psutil.Process(int(next(server.runtime.glob("jpserver-*.json")).stem.partition("-")[2]))
        process.terminate()
        gone, _ = psutil.wait_procs([process], timeout=10)
        assert gone == [process]
        socket.close()

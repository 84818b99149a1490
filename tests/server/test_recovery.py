"""What only the history of a document has comes into its file, and nothing else does."""

import asyncio
import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import websocket
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_ydoc import YNotebook, YUnicode
from pycrdt import Doc, create_sync_message, create_update_message, handle_sync_message

from hepnb.server.recovery import recover
from tests.waiting import until

from .jupyter import running
from .test_collaboration import SHARED, room_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def histories(folder: Path, home: Path, *states: tuple[str, float]) -> None:
    """A history of ``notes.txt``, as Jupyter stores it: texts and when each was there."""
    folder.mkdir()
    document = YUnicode(shared := Doc())
    with closing(sqlite3.connect(folder / "documents.sqlite")) as store, store:
        store.execute("CREATE TABLE yupdates (path TEXT, yupdate BLOB, metadata BLOB, timestamp REAL)")
        for text, when in states:
            before = shared.get_state()
            document.set(text)
            row = (".file:one.y", shared.get_update(before), None, when)
            store.execute("INSERT INTO yupdates VALUES (?, ?, ?, ?)", row)
    with closing(sqlite3.connect(folder / "file_ids.sqlite")) as ids, ids:
        ids.execute("CREATE TABLE Files (id TEXT, path TEXT)")
        ids.execute("INSERT INTO Files VALUES ('one', ?)", (str(home / "notes.txt"),))


def recovered(folder: Path, home: Path) -> list[str]:
    return asyncio.run(recover(folder, AsyncFileContentsManager(root_dir=str(home))))


NOW = 2_000_000_000.0
HISTORY = (("a", NOW), ("ab", NOW + 1), ("abc", NOW + 40))


@pytest.mark.parametrize(
    ("text", "written", "expected"),
    [
        ("ab", NOW + 2, "abc"),  # saved in the middle of the work
        ("a", NOW - 9999, "abc"),  # never saved since it was loaded
        ("a\r\n", NOW - 9999, "a\r\n"),  # never what the history began with
        ("abc", NOW + 41, "abc"),  # saved at the end
        ("other", NOW + 2, "other"),  # somebody else's
        ("ab", NOW + 9999, "ab"),  # somebody went back to an earlier state
    ],
)
def test_a_file_is_written_if_it_is_a_step_of_its_history(
    tmp_path: Path, home: Path, text: str, written: float, expected: str
):
    file = home / "notes.txt"
    file.write_bytes(text.encode())
    os.utime(file, (written, written))
    histories(tmp_path / "documents", home, *HISTORY)
    assert recovered(tmp_path / "documents", home) == (["notes.txt"] if text != expected else [])
    assert file.read_bytes().decode() == expected
    assert recovered(tmp_path / "documents", home) == []


def test_a_file_that_was_removed_stays_away(tmp_path: Path, home: Path):
    histories(tmp_path / "documents", home, *HISTORY)
    assert recovered(tmp_path / "documents", home) == []
    assert list(home.iterdir()) == []


OUTPUTS = [{"name": "stdout", "output_type": "stream", "text": ["one\n", "two\n"]}]


def add_to_first_cell(socket: websocket.WebSocket, text: str) -> None:
    """Edit a notebook as a page does."""
    notebook = YNotebook(shared := Doc())
    socket.send_binary(create_sync_message(shared))
    while not len(notebook.ycells):
        message = socket.recv()
        if message[0] == 0:
            handle_sync_message(message[1:], shared)
    before = shared.get_state()
    source = notebook.ycells[0]["source"]
    source += text
    socket.send_binary(create_update_message(shared.get_update(before)))


def has(store: Path, typed: bytes) -> bool:
    """Whether a history holds what somebody typed in one go."""
    with closing(sqlite3.connect(store)) as histories:
        updates = histories.execute("SELECT yupdate FROM yupdates").fetchall()
    return any(typed in update for (update,) in updates)


def test_a_server_that_is_killed_before_it_saves_has_saved_when_it_is_back(tmp_path: Path):
    variables = SHARED | {"HEPNB_PLATFORM": str(tmp_path / "data"), "JUPYTERHUB_USER": "maria"}
    never = "--YDocExtension.document_save_delay=600"
    cells = [{"cell_type": "code", "execution_count": 1, "id": "c0", "metadata": {}, "outputs": OUTPUTS, "source": "1"}]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    with running(tmp_path, never, variables=variables) as server:
        path = server.home / "work.ipynb"
        path.write_text(json.dumps(notebook))
        add_to_first_cell(server.socket(room_of(server, path, "notebook")), "typed")
        store = tmp_path / "data" / "documents" / "maria" / "documents.sqlite"
        until(lambda: has(store, b"typed"), within=10, what="the history has what was typed")
        os.kill(int(next(server.runtime.glob("jpserver-*.json")).stem.partition("-")[2]), signal.SIGKILL)
    assert json.loads(path.read_text()) == notebook
    for file in server.runtime.glob("jpserver-*"):
        file.unlink()
    with running(tmp_path, variables={"HEPNB_PLATFORM": str(tmp_path / "data"), "JUPYTERHUB_USER": "maria"}):
        (cell,) = json.loads(path.read_text())["cells"]
    assert ("".join(cell["source"]), cell["outputs"]) == ("1typed", OUTPUTS)

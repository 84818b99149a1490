"""What was typed and not yet in its file when a server was killed?"""

import copy
import logging
import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from jupyter_server.services.contents.manager import ContentsManager
from jupyter_server.utils import ensure_async
from jupyter_ydoc import ydocs
from pycrdt import Doc
from tornado.web import HTTPError

from hepnb.server.collaboration import FILE_IDS, STORE

_UNCERTAIN: Final = 10.0  # [s] between a change and the file that has it, as two clocks tell them

_log = logging.getLogger(__name__)


async def recover(folder: Path, contents: ContentsManager) -> list[str]:
    """Write into their files what only the histories of documents have.

    A change goes into its history at once, and into the file when nobody has typed for a second: two people who type
    all the time may be minutes ahead of the file. Jupyter takes the file for right where the two differ, and pages that
    reconnect lose the rest. A file that somebody else has changed meanwhile is left as it is.

    Args:
        folder: with the histories.
        contents: reads and writes the files.

    Returns:
        The paths of the files that were written, below the home.
    """
    store, ids = folder / STORE, folder / FILE_IDS
    if not (store.exists() and ids.exists()):
        return []
    root = str(getattr(contents, "root_dir", ""))
    written = []
    for history, file in _histories(store, ids):
        path = file.removeprefix(root).strip("/")
        if await _recover(store, history, path, contents):
            _log.warning("%s was behind what had been typed when its server ended, and is whole again", path)
            written.append(path)
    return written


def _histories(store: Path, ids: Path) -> list[tuple[str, str]]:
    """Names of the histories, each with the path of its file."""
    with closing(sqlite3.connect(ids)) as database:
        paths = dict(database.execute("SELECT id, path FROM Files"))
    with closing(sqlite3.connect(store)) as database:
        names = [name for (name,) in database.execute("SELECT DISTINCT path FROM yupdates ORDER BY path")]
    # Each is called .<type>:<id of the file>.y
    files = {name: name.partition(":")[2].removesuffix(".y") for name in names}
    return [(name, paths[file]) for name, file in files.items() if file in paths]


async def _recover(store: Path, history: str, path: str, contents: ContentsManager) -> bool:
    kind = history.removeprefix(".").partition(":")[0]
    form = {"type": "notebook", "format": "json"} if kind == "notebook" else {"type": "file", "format": "text"}
    try:
        model = await ensure_async(contents.get(path, content=True, **form))
    except HTTPError:  # it was removed, or is no text now
        return False
    with closing(sqlite3.connect(store)) as database:
        updates = database.execute(
            "SELECT yupdate, timestamp FROM yupdates WHERE path = ? ORDER BY timestamp, rowid", (history,)
        ).fetchall()
    content = _unsaved(updates, kind, model["content"], saved=model["last_modified"].timestamp())
    if content is None:
        return False
    await ensure_async(contents.save({**form, "content": content}, path))
    return True


def _unsaved(updates: Sequence[tuple[bytes, float]], kind: str, content: Any, *, saved: float) -> Any | None:
    """What a history ends with, if its file is a step on the way there; nothing where there is nothing to do."""
    if saved > updates[-1][1] + _UNCERTAIN:
        return None
    shared: Doc[Any] = Doc()
    document: Any = ydocs.get(kind, ydocs["file"])(shared)
    content, step, looked = _comparable(content), False, False
    for (update, begin), end in zip(updates, [*(when for _, when in updates[1:]), math.inf], strict=True):
        shared.apply_update(update)
        # What the file has was there when it was written; or it is older, and the history begins with it.
        if not step and not looked and end >= saved - _UNCERTAIN:
            step = _comparable(document.get()) == content
            looked = begin > saved + _UNCERTAIN
    last = document.get()
    return last if step and _comparable(last) != content else None


def _comparable(content: Any) -> Any:
    """What was typed: the text, or the cells, without what depends on who reads them."""
    if isinstance(content, str):
        return content.replace("\r\n", "\n")
    cells = copy.deepcopy(list(content["cells"]))
    for cell in cells:
        cell["metadata"].pop("trusted", None)
    return cells

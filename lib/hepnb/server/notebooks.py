"""How do the reference notebooks come into a user's home?"""

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Final

from hepnb import __version__

_FOLDER: Final = "notebooks"
_REMEMBERED: Final = Path(".hepnb") / "notebooks.json"


def reference_notebooks() -> Path:
    """Where the installed ones are."""
    return Path(sys.prefix) / "share" / "hepnb" / "notebooks"


def furnish(home: Path, source: Path, *, version: str = __version__) -> list[Path]:
    """Copy the reference notebooks into a home, each once; nothing of the user's is ever overwritten.

    One that a new release has changed comes beside the old one, with the release in its name. One that the user removed
    does not come back until then.

    Args:
        home: of the user.
        source: folder of the reference notebooks.
        version: of the release.

    Returns:
        The new copies.
    """
    state = home / _REMEMBERED
    known: dict[str, str] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    new = []
    for notebook in sorted(source.glob("*.ipynb")):
        digest = hashlib.sha256(notebook.read_bytes()).hexdigest()
        if known.get(notebook.name) != digest:
            new.append(_copied(notebook, home / _FOLDER, version))
            known[notebook.name] = digest
    if new:
        state.parent.mkdir(exist_ok=True)
        unfinished = state.with_suffix(".part")
        unfinished.write_text(json.dumps(known, indent=1), encoding="utf-8")
        unfinished.replace(state)
    return new


def _copied(notebook: Path, folder: Path, version: str) -> Path:
    folder.mkdir(exist_ok=True)
    target = folder / notebook.name
    attempt = 1
    while target.exists():
        again = "" if attempt == 1 else f"-{attempt}"
        target = folder / f"{notebook.stem}-{version}{again}.ipynb"
        attempt += 1
    unfinished = target.with_suffix(".part")
    shutil.copyfile(notebook, unfinished)
    unfinished.replace(target)
    return target

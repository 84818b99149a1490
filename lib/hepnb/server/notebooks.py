"""How do the reference notebooks come into a user's home?"""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hepnb import __version__

_FOLDER: Final = "notebooks"
_REMEMBERED: Final = Path(".hepnb") / "notebooks.json"


def reference_notebooks() -> Path:
    """Where the installed ones are."""
    return Path(sys.prefix) / "share" / "hepnb" / "notebooks"


def furnish(home: Path, source: Path, *, kernels: Mapping[str, str], version: str = __version__) -> list[Path]:
    """Copy the reference notebooks into a home, each once; nothing of the user's is ever overwritten.

    One that a new release has changed comes beside the old one, with the release in its name. One that the user removed
    does not come back until then. One whose kernel is not here does not come at all.

    Args:
        home: of the user.
        source: folder of the reference notebooks.
        kernels: what the launcher shows of each kernel that is here, by its name: copies name their kernel so.
        version: of the release.

    Returns:
        The new copies.
    """
    state = home / _REMEMBERED
    known: dict[str, str] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    new = []
    for notebook in sorted(source.glob("*.ipynb")):
        original = notebook.read_bytes()
        digest = hashlib.sha256(original).hexdigest()
        content = json.loads(original)
        kernel = content["metadata"]["kernelspec"]
        if known.get(notebook.name) != digest and kernel["name"] in kernels:
            kernel["display_name"] = kernels[kernel["name"]]
            new.append(_written(content, home / _FOLDER, notebook.name, version))
            known[notebook.name] = digest
    if new:
        state.parent.mkdir(exist_ok=True)
        unfinished = state.with_suffix(".part")
        unfinished.write_text(json.dumps(known, indent=1), encoding="utf-8")
        unfinished.replace(state)
    return new


def _written(content: Mapping[str, Any], folder: Path, name: str, version: str) -> Path:
    folder.mkdir(exist_ok=True)
    target = folder / name
    attempt = 1
    while target.exists():
        again = "" if attempt == 1 else f"-{attempt}"
        target = folder / f"{Path(name).stem}-{version}{again}.ipynb"
        attempt += 1
    unfinished = target.with_suffix(".part")
    # As Jupyter writes notebooks.
    unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(target)
    return target

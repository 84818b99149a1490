"""Where does this kernel run, and does somebody look on?"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hepnb.cluster.names import METADATA, NOTEBOOK, SERVER_PREFIX, SPARK_ROUTE

_CONNECTION_FILE: Final = re.compile(r"kernel-(.+)\.json")

_REMEMBERED: Final = {"backend": str, "profile": str, "options": dict}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a kernel runs.

    Attributes:
        kernel: its id, by which the notebook server knows it.
        notebook: the file that it was started for; none in headless runs.
        prefix: base URL of the notebook server.
        served: whether a notebook server stands before it.
    """

    kernel: str
    notebook: Path | None
    prefix: str
    served: bool

    @property
    def watched(self) -> bool:
        """Whether somebody sees what it displays; in headless runs outputs are compared, and stay as they are."""
        return self.notebook is not None

    @property
    def pages(self) -> str:
        """Path of Spark's own pages at the notebook server."""
        return f"{self.prefix}{SPARK_ROUTE}/{self.kernel}"


def place(connection_file: str, variables: Mapping[str, str]) -> Place:
    """The place of a kernel.

    Args:
        connection_file: path that the kernel was started with.
        variables: of its environment.
    """
    name = Path(connection_file).name
    found = _CONNECTION_FILE.fullmatch(name)
    notebook = variables.get(NOTEBOOK)
    prefix = variables.get(SERVER_PREFIX)
    return Place(
        kernel=found[1] if found else Path(name).stem,
        notebook=Path(notebook) if notebook else None,
        prefix=prefix if prefix and prefix.endswith("/") else f"{prefix or ''}/",
        served=bool(notebook or prefix),
    )


def remembered(notebook: Path | None) -> dict[str, Any]:
    """What was chosen in a notebook before, as its metadata say; empty where there is nothing to be read."""
    if notebook is None:
        return {}
    try:
        found: Any = json.loads(notebook.read_text(encoding="utf-8"))["metadata"][METADATA]
    except (OSError, ValueError, KeyError, TypeError):
        # A new notebook, one of another format, or one that was moved: nothing to remember.
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: found[key] for key, kind in _REMEMBERED.items() if isinstance(found.get(key), kind)}

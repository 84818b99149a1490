"""Where are the pages of the Spark that a kernel runs, and how does one get in?"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_PATTERN: Final = "hepnb-spark-{}.json"


@dataclass(frozen=True, kw_only=True)
class Driver:
    """A running Spark driver.

    Attributes:
        kernel: id of the kernel that it belongs to.
        address: of its pages, ``http://127.0.0.1:<port>``.
        token: what they ask for, as ``Authorization: Bearer <token>``.
        process: id of the kernel's process.
    """

    kernel: str
    address: str
    token: str
    process: int


def write_driver(folder: Path, driver: Driver) -> None:
    """Let the notebook server know; nobody else may read it.

    Args:
        folder: Jupyter's runtime folder of the user.
        driver: what to say.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _PATTERN.format(driver.kernel)
    unfinished = path.with_suffix(".part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(driver), file)
    unfinished.replace(path)


def forget_driver(folder: Path, kernel: str) -> None:
    """It runs no longer."""
    (folder / _PATTERN.format(kernel)).unlink(missing_ok=True)


def find_driver(folder: Path, kernel: str) -> Driver | None:
    """The driver of a kernel; none where there is none, or its kernel has ended."""
    try:
        found = Driver(**json.loads((folder / _PATTERN.format(kernel)).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if _lives(found.process) else None


def drivers(folder: Path) -> Iterator[Driver]:
    """All that run."""
    prefix, suffix = _PATTERN.split("{}")
    for path in sorted(folder.glob(_PATTERN.format("*"))):
        found = find_driver(folder, path.name.removeprefix(prefix).removesuffix(suffix))
        if found is not None:
            yield found


def _lives(process: object) -> bool:
    # Zero and negative numbers are groups of processes.
    if not isinstance(process, int) or process <= 0:
        return False
    try:
        os.kill(process, 0)
    except PermissionError:  # it is somebody else's
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True

"""How do tests wait for what comes sooner or later?"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def until(there: Callable[[], T], *, within: float = 60.0, what: str, pause: float = 0.05) -> T:
    """The first answer of ``there`` that is truthy.

    Args:
        there: question that is asked again and again.
        within: time it may take [s].
        what: name of what is waited for, in the error.
        pause: time between two questions [s].

    Raises:
        AssertionError: it did not come in time.
    """
    end = time.monotonic() + within
    while not (found := there()):
        if time.monotonic() >= end:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(pause)
    return found


def whole_json(file: Path) -> Any:
    """What a process writes down; none while it still writes."""
    try:
        return json.loads(file.read_text())
    except json.JSONDecodeError:
        return None

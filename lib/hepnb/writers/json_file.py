"""Facts about a result, for people and programs."""

import json
from pathlib import Path


def write_json(path: Path, content: object, *, allow_nan: bool = True) -> None:
    """Write JSON that people can read, too.

    Args:
        path: the file; an existing one is replaced.
        content: whatever JSON knows.
        allow_nan: whether numbers may be NaN or infinite, which is Python's JSON and nobody else's.

    Raises:
        ValueError: a number is NaN or infinite and may not be.
        OSError: the file cannot be written.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=allow_nan)
    path.write_text(text + "\n", encoding="utf-8")

"""Two answers side by side, one of them recorded: where do they differ?"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

NOTHING = "(nothing)"
"""Stands for a field that is not there."""

_PLACEHOLDER = re.compile(r"(<[A-Z_]+>|<\.\.\. [^>]*>|<the last \d+ log lines>)")
_CUT = re.compile(r"<\.\.\. (\d+) characters in all \.\.\.>")
_LONG_AGO = 1_000_000_000_000  # [ms since 1970]


class Disagreement(NamedTuple):
    """One of them.

    Attributes:
        place: in the answer, such as ``json.output.status``.
        recorded: what Livy said.
        ours: what this service said.
    """

    place: str
    recorded: Any
    ours: Any


def disagreements(recorded: Any, ours: Any, place: str) -> Iterator[Disagreement]:
    """Where values differ; placeholders of the recording stand for whatever they say.

    Lists are compared one by one where they are equally long, and as a whole else.
    """
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for key in [*recorded, *(key for key in ours if key not in recorded)]:
            yield from disagreements(recorded.get(key, NOTHING), ours.get(key, NOTHING), f"{place}.{key}")
    elif _objects(recorded) and _objects(ours) and len(recorded) == len(ours):
        for at, (one, other) in enumerate(zip(recorded, ours, strict=True)):
            yield from disagreements(one, other, f"{place}.{at}")
    elif not _same(recorded, ours):
        yield Disagreement(place, recorded, ours)


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _same(recorded: Any, ours: Any) -> bool:
    if recorded == "<EPOCH_MS>":
        return isinstance(ours, int) and ours > _LONG_AGO
    if isinstance(recorded, list) and isinstance(ours, list):
        return len(recorded) == len(ours) and all(map(_same, recorded, ours))
    if isinstance(recorded, str) and isinstance(ours, str):
        return _says(recorded, ours)
    return type(recorded) is type(ours) and bool(recorded == ours)


def _says(recorded: str, ours: str) -> bool:
    parts = _PLACEHOLDER.split(recorded)
    pattern = "".join(".*" if _PLACEHOLDER.fullmatch(part) else re.escape(part) for part in parts)
    length = _CUT.search(recorded)
    return re.fullmatch(pattern, ours, re.DOTALL) is not None and (length is None or len(ours) == int(length[1]))

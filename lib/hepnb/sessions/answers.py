"""How does the protocol put what there is?"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hepnb.errors import MissingNameError
from hepnb.sessions.records import Record

_LAST_LINES: Final = 10
_TAIL: Final = 1 << 20  # [B] of a log that are looked at


class NotThereError(MissingNameError):
    """A session or a statement that its asker does not have."""


def session_answer(record: Record, *, state: str, application: str | None, idle: float) -> dict[str, Any]:
    """A session (https://livy.apache.org/docs/latest/rest-api.html#session), and what the own page shows of it.

    Args:
        record: of it.
        state: in the protocol's words.
        application: Spark's own name of it.
        idle: for how long nobody has used it [s].
    """
    return {
        "id": record.number,
        "name": record.fields["name"],
        "appId": application,
        "owner": record.owner,
        "proxyUser": record.owner,
        "state": state,
        "kind": record.fields["kind"],
        "appInfo": {"driverLogUrl": None, "sparkUiUrl": None, "executorLogUrls": None},
        "log": log_lines(record.log)[-_LAST_LINES:],
        **{key: value for key, value in record.fields.items() if key not in ("name", "kind", "proxyUser")},
        "profile": record.profile,
        "notebook": record.notebook,
        "reason": record.reason,
        "idle": round(idle, 1),
        "idleLimit": record.idle_timeout,
    }


def log_lines(path: Path) -> list[str]:
    """The lines of a log, the oldest first; of a long one the last ones."""
    with path.open("rb") as log:
        log.seek(max(os.fstat(log.fileno()).st_size - _TAIL, 0))
        return log.read().decode(errors="replace").splitlines()


def window(everything: Sequence[Any], start: int, size: int) -> list[Any]:
    """Some of a list: ``size`` from the one at ``start``; none where one of them is negative."""
    return list(everything[start : start + size]) if start >= 0 and size >= 0 else []


def log_window(lines: Sequence[str], start: int | None, size: int | None) -> tuple[int, list[str]]:
    """Some of a log, and where they begin.

    Args:
        lines: of it.
        start: the first; none or a negative number for the last ones.
        size: how many; -1 for all. None for 100, or for all of them from a given one: sparkmagic asks so, and the
            reason of a death is in the last line.
    """
    all_of_them = size == -1 or (size is None and start is not None and start >= 0)
    many = len(lines) if all_of_them else 100 if size is None else size
    begin = max(len(lines) - many, 0) if start is None or start < 0 else start
    return begin, window(lines, begin, many)

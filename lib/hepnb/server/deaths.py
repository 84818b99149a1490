"""Why did a kernel die, in one sentence?"""

import signal
from typing import Any, Final

DEATH_EVENT: Final = "https://hepnb.invalid/kernel_death"
"""Name of the event by which a server tells its pages of a death that no running cell can show."""

DEATH_SCHEMA: Final[dict[str, Any]] = {
    "$id": DEATH_EVENT,
    "version": "1",
    "title": "A kernel died",
    "description": "A kernel ended that nobody had asked to end, and no cell was running.",
    "personal-data": True,
    "type": "object",
    "required": ["kernel_id", "sentence"],
    "properties": {
        "kernel_id": {"title": "Kernel", "description": "Its id.", "type": "string"},
        "sentence": {"title": "Sentence", "description": "Why, and what to do.", "type": "string"},
    },
}
"""What the event carries, as Jupyter wants to know it."""

_CRASHES: Final = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}


def explain(code: int | None, *, kills: int | None, restarts: bool) -> str:
    """The cause, and what to do.

    Args:
        code: what the process ended with, minus the signal's number if a signal ended it; ``None`` if nobody knows.
        kills: how many processes were killed for lack of memory while the kernel ran; ``None`` if nobody counts.
        restarts: whether it is started again without being asked.
    """
    again = "run the cells again" if restarts else "restart it from the menu Kernel and run the cells again"
    less = f"work in smaller pieces, or pick a larger profile, and {again}"
    if code is None:
        cause, todo = "ended, and nothing says why", again
    elif code >= 0:
        cause, todo = f"ended by itself with exit code {code}", again
    elif -code in _CRASHES:
        name = signal.Signals(-code).name
        cause, todo = f"crashed (signal {-code}, {name}) inside a compiled library", again
    elif -code != signal.SIGKILL:
        cause, todo = f"was killed from outside (signal {-code})", again
    elif kills is None:
        cause, todo = "was killed from outside (signal 9), often a sign that memory ran out", less
    elif kills == 0:
        cause, todo = "was killed from outside (signal 9), and not for lack of memory", again
    else:
        cause, todo = "was killed (signal 9), most likely because memory ran out", less
    return f"The kernel {cause}: its variables are gone; {todo}."

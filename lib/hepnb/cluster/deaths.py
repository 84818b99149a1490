"""Why did the process of a kernel end, in one sentence?"""

import signal
from typing import Final

_CRASHES: Final = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}


def explain(code: int | None, *, kills: int | None, who: str, again: str) -> str:
    """The cause, and what to do.

    Args:
        code: what the process ended with, minus the signal's number if a signal ended it; ``None`` if nobody knows.
        kills: how many processes were killed for lack of memory while it ran; ``None`` if nobody counts.
        who: ended, as the sentence begins: "The kernel".
        again: what to do then, as the sentence ends: "run the cells again".
    """
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
    return f"{who} {cause}: its variables are gone; {todo}."

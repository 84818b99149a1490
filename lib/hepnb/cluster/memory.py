"""Did this machine run out of memory?"""

from pathlib import Path
from typing import Final

_COUNTERS: Final = Path("/proc/vmstat")


def oom_kills() -> int:
    """How many processes Linux has killed for lack of memory since it started; 0 where it does not tell."""
    try:
        counters = dict(line.split() for line in _COUNTERS.read_text(encoding="ascii").splitlines())
    except OSError:
        return 0
    return int(counters.get("oom_kill", 0))

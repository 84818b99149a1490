"""How a process settles down to work on many pieces, one after the other."""

import ctypes
import gc
from itertools import count
from typing import Final

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3

_LARGEST_BLOCK: Final = 32 << 20  # [B], the largest value that glibc takes
_MOST_KEPT: Final = 128 << 20  # [B]


_FREEZES: Final = 3
_calls = count()


def settle() -> None:
    """Make a worker's memory fit for its work; to be called before each piece of it.

    What is imported stays, so garbage collections need not look at it: Spark's workers force one after every
    task, 100 ms each. The first calls count, because some modules are imported by the first piece alone; later ones
    do nothing, so that nothing is kept that should go. And blocks of megabytes come and go: kept by the process and
    not given back to the system each time, they need not be cleared anew, a fifth of the time of reading.
    """
    call = next(_calls)
    if call >= _FREEZES:
        return
    gc.collect()
    gc.freeze()
    if call == 0:
        _keep_freed_blocks()


def _keep_freed_blocks() -> None:
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # not glibc
        return
    mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)
    mallopt(_TRIM_THRESHOLD, _MOST_KEPT)

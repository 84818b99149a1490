"""How a process settles down to work on many pieces, one after the other."""

import ctypes
import gc
from functools import cache
from typing import Final

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3

_LARGEST_BLOCK: Final = 32 << 20  # [B], the largest value that glibc takes
_MOST_KEPT: Final = 128 << 20  # [B]


@cache
def settle() -> None:
    """Make a worker's memory fit for its work; to be called after the imports.

    What is imported stays, so garbage collections need not look at it: Spark's workers force one after every
    task, 100 ms each. And blocks of megabytes come and go: kept by the process and not given back to the
    system each time, they need not be cleared anew, a fifth of the time of reading.
    """
    gc.collect()
    gc.freeze()
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # not glibc
        return
    mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)
    mallopt(_TRIM_THRESHOLD, _MOST_KEPT)

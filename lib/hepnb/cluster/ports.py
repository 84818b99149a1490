"""Which port of the loopback address does nobody have?"""

import random
import socket
from contextlib import closing, suppress
from typing import Final

from hepnb.errors import InputError

_INNER: Final = range(20_000, 30_000)
_TRIES: Final = 100
# A training seeds Python's own generator: two with the same seed would choose the same ports.
_BY_CHANCE: Final = random.SystemRandom()


def free_port(wanted: int | None = None) -> int:
    """A port of the loopback address that nobody has.

    Args:
        wanted: this one, if it is free.

    Raises:
        InputError: none is free.
    """
    # Not among those that the kernel lends to outgoing connections at any moment.
    candidates = _BY_CHANCE.sample(_INNER, _TRIES)
    for port in candidates if wanted is None else [wanted, *candidates]:
        with closing(socket.socket()) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                listening.bind(("127.0.0.1", port))
                return port
    raise InputError(f"No port of 127.0.0.1 from {_INNER.start} to {_INNER.stop - 1} is free. End what listens there.")

"""Which ports can the platform have?"""

import random
import socket
from contextlib import closing, suppress
from typing import Final

from hepnb.errors import InputError

_INNER: Final = range(20_000, 30_000)
_TRIES: Final = 100


def require_free(host: str, port: int) -> None:
    """See whether a port can be listened on.

    Raises:
        InputError: something else listens there, or this machine has no such address.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InputError(f"'{host}' is no address: {error.strerror}. Choose another with --host.") from error
    with closing(socket.socket(family, kind)) as listening:
        # As servers do, so that connections which have just ended do not count.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(address)
        except OSError as error:
            raise InputError(
                f"Port {port} of {host} cannot be had: {error.strerror}. Choose another with --port, or end what "
                "listens there."
            ) from error


def free_port(wanted: int | None = None) -> int:
    """A port of the loopback address that nobody has.

    Args:
        wanted: this one, if it is free.

    Raises:
        InputError: none is free.
    """
    # Not among those that the kernel lends to outgoing connections at any moment.
    candidates = random.sample(_INNER, _TRIES)
    for port in candidates if wanted is None else [wanted, *candidates]:
        with closing(socket.socket()) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                listening.bind(("127.0.0.1", port))
                return port
    raise InputError(f"No port of 127.0.0.1 from {_INNER.start} to {_INNER.stop - 1} is free. End what listens there.")

"""Can the platform have the port that it was asked for?"""

import socket
from contextlib import closing

from hepnb.errors import InputError


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

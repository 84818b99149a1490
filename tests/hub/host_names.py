"""Host names of the tests, which no DNS knows."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def leading_to(address: str, *, host: str) -> Iterator[None]:
    """In this process a host, and all names below it, have that address."""
    known = socket.getaddrinfo

    def look_up(asked: Any, *more: Any, **options: Any) -> Any:
        is_ours = isinstance(asked, str) and (asked == host or asked.endswith(f".{host}"))
        return known(address if is_ours else asked, *more, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        yield

"""Is it worthwhile to ask Kubernetes again?"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import ClientError
from kubernetes_asyncio.client import ApiException

_PAUSE: Final = 1.0  # [s]
_TOO_MANY: Final = 429
_SERVERS_FAULT: Final = 500


async def until_answered(ask: Callable[[], Awaitable[Any]], deadline: float, log: Any) -> Any:
    """Ask again for as long as Kubernetes is away or in trouble.

    Args:
        ask: what can be asked again.
        deadline: until when, by `time.monotonic`.
        log: for the operator.

    Raises:
        ApiException: Kubernetes refuses, or is in trouble after the deadline, too.
        OSError: it does not answer in time.
    """
    while True:
        try:
            return await ask()
        except (ApiException, ClientError, OSError) as error:
            if _refuses(error) or time.monotonic() + _PAUSE >= deadline:
                if isinstance(error, ApiException | OSError):
                    raise
                raise ConnectionError(described(error)) from error
            log.warning("Kubernetes does not answer, and is asked again: %s", described(error))
        await asyncio.sleep(_PAUSE)


def described(error: Exception) -> str:
    """What failed, without the headers and the body of an answer."""
    if isinstance(error, ApiException):
        return f"status {error.status}, {error.reason}"
    return str(error) or type(error).__name__


def _refuses(error: Exception) -> bool:
    # The status is 0 where there was no answer at all.
    return isinstance(error, ApiException) and 0 < error.status < _SERVERS_FAULT and error.status != _TOO_MANY

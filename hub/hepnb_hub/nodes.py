"""Which addresses have the cluster's nodes?"""

import time
from typing import Final

from kubernetes_asyncio.client import ApiException
from kubespawner.clients import shared_client

_TIMEOUT: Final = 10.0  # [s] of a request
_KNOWN: Final = 60.0  # [s] that an answer is good for: that of a large cluster has many megabytes
_FORBIDDEN: Final = 403
_KINDS: Final = ("InternalIP", "ExternalIP")

_last: tuple[float, tuple[str, ...]] | None = None


async def addresses() -> tuple[str, ...]:
    """IP addresses of all nodes, inner and outer ones.

    Raises:
        ApiException: Kubernetes does not say.
    """
    global _last  # noqa: PLW0603  # one hub, one cluster
    if _last is None or time.monotonic() - _last[0] > _KNOWN:
        try:
            nodes = await shared_client("CoreV1Api").list_node(_request_timeout=_TIMEOUT)
        except ApiException as error:
            if error.status != _FORBIDDEN:
                raise
            return ()  # a site that keeps its nodes from the hub; the ports are closed all the same
        found = [one for node in nodes.items for one in (node.status.addresses or []) if one.type in _KINDS]
        _last = time.monotonic(), tuple(sorted({one.address for one in found}))
    return _last[1]

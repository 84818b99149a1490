"""How does a user's namespace come to hold what it shall, and how does it go?"""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from kubernetes_asyncio.client import ApiException
from kubespawner.clients import shared_client

from hepnb.cluster import quantities
from hepnb.cluster.kubernetes import QUOTA
from hepnb_hub import nodes
from hepnb_hub.deployment import Deployment
from hepnb_hub.namespaces import objects
from hepnb_hub.network_policies import Cluster, Endpoint

_CALLS: Final = {
    "RoleBinding": ("RbacAuthorizationV1Api", "role_binding"),
    "ServiceAccount": ("CoreV1Api", "service_account"),
    "Secret": ("CoreV1Api", "secret"),
    "ConfigMap": ("CoreV1Api", "config_map"),
    "LimitRange": ("CoreV1Api", "limit_range"),
    "ResourceQuota": ("CoreV1Api", "resource_quota"),
    "NetworkPolicy": ("NetworkingV1Api", "network_policy"),
}
_PATIENCE: Final = 20.0  # [s] until rights that were just given must act
_LONG_PATIENCE: Final = 120.0  # [s] until a namespace that is being deleted must be gone
_PAUSES: Final = (0.1, 0.2, 0.5, 1.0)  # [s]; the last one again and again
_TIMEOUT: Final = 10.0  # [s] of a request
_JSON_PATCH: Final = "application/json-patch+json"
_GONE: Final = 404
_TAKEN: Final = 409
_FORBIDDEN: Final = 403


async def prepare(namespace: str, deployment: Deployment, variables: Mapping[str, str] | None = None) -> bool:
    """Make what is missing in a user's namespace, and mend what is otherwise than it shall be.

    Rights act a moment after they were given, and a user who was deleted may come again before the namespace has gone:
    so it tries for a while.

    Args:
        namespace: of the user.
        deployment: of the site.
        variables: secret ones of notebook and executors.

    Returns:
        Whether the namespace is new.

    Raises:
        ApiException: Kubernetes refuses.
    """
    itself, own_rights, *others = objects(namespace, deployment, await this_cluster(), variables)
    hard = next(one for one in others if one["kind"] == "ResourceQuota")["spec"]["hard"]
    began, new = time.monotonic(), False
    for attempt in range(1 << 30):
        try:
            new = await _make_namespace(itself) or new
            await _put(namespace, own_rights)
            await asyncio.gather(*(_put(namespace, one) for one in others))
            await _until_counted(namespace, hard)
            break
        except ApiException as error:
            patience = _LONG_PATIENCE if _is_going(error) else _PATIENCE
            if error.status not in (_FORBIDDEN, _GONE) or time.monotonic() - began > patience:
                raise
        await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
    return new


async def remove(namespace: str) -> None:
    """Delete a user's namespace, with the home; nothing where there is none.

    Raises:
        ApiException: Kubernetes refuses.
    """
    try:
        await shared_client("CoreV1Api").delete_namespace(namespace, _request_timeout=_TIMEOUT)
    except ApiException as error:
        if error.status != _GONE:
            raise


async def this_cluster() -> Cluster:
    """The addresses that policies must name.

    Raises:
        ApiException: they may not be read.
    """
    return Cluster(api=tuple(await _api_endpoints()), nodes=await nodes.addresses())


def reason(error: ApiException) -> str:
    """What Kubernetes says of a refusal."""
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.reason)


def same(wanted: Any, found: Any) -> bool:
    """Whether a specification is what it shall be, in whichever way Kubernetes writes quantities.

    Args:
        wanted: what it shall be.
        found: what it is.
    """
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(same(value, found[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(same(*both) for both in zip(wanted, found, strict=True))
    return bool(wanted == found) or _same_quantity(wanted, found)


async def _api_endpoints() -> list[Endpoint]:
    found = await shared_client("DiscoveryV1Api").read_namespaced_endpoint_slice(
        "kubernetes", "default", _request_timeout=_TIMEOUT
    )
    addresses = [address for endpoint in found.endpoints or [] for address in endpoint.addresses]
    return [(address, port.port) for address in sorted(addresses) for port in found.ports or []]


def _same_quantity(wanted: Any, found: Any) -> bool:
    try:
        return quantities.number(wanted) == quantities.number(found)
    except (ValueError, TypeError):
        return False


def _is_going(error: ApiException) -> bool:
    return error.status == _GONE or "being terminated" in reason(error)


async def _make_namespace(wanted: Mapping[str, Any]) -> bool:
    try:
        await shared_client("CoreV1Api").create_namespace(wanted, _request_timeout=_TIMEOUT)
    except ApiException as error:
        if error.status != _TAKEN:
            raise
        return False
    return True


async def _put(namespace: str, wanted: Mapping[str, Any]) -> None:
    group, kind = _CALLS[wanted["kind"]]
    api = shared_client(group)
    try:
        await getattr(api, f"create_namespaced_{kind}")(namespace, wanted, _request_timeout=_TIMEOUT)
    except ApiException as error:
        if error.status != _TAKEN:
            raise
        if "spec" in wanted:
            await _mend(api, kind, namespace, wanted)
        elif "data" in wanted:
            await _replace(api, kind, namespace, wanted, "data")


async def _mend(api: Any, kind: str, namespace: str, wanted: Mapping[str, Any]) -> None:
    """Let an object be what this release of the platform wants; an earlier one may have made it."""
    name = wanted["metadata"]["name"]
    there = await getattr(api, f"read_namespaced_{kind}")(name, namespace, _request_timeout=_TIMEOUT)
    if not same(wanted["spec"], api.api_client.sanitize_for_serialization(there.spec)):
        await _replace(api, kind, namespace, wanted, "spec")


async def _replace(api: Any, kind: str, namespace: str, wanted: Mapping[str, Any], part: str) -> None:
    """Give a part of an object another value, unseen: the hub may not read Secrets."""
    # "add" replaces what is there, and Kubernetes leaves out what is empty.
    change = [{"op": "add", "path": f"/{part}", "value": wanted[part]}]
    await getattr(api, f"patch_namespaced_{kind}")(
        wanted["metadata"]["name"], namespace, change, _content_type=_JSON_PATCH, _request_timeout=_TIMEOUT
    )


async def _until_counted(namespace: str, hard: Mapping[str, str]) -> None:
    """Wait until Kubernetes knows what of the quota is used; before that it refuses every pod."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        quota = await shared_client("CoreV1Api").read_namespaced_resource_quota(
            QUOTA, namespace, _request_timeout=_TIMEOUT
        )
        if same(hard, (quota.status and quota.status.hard) or {}):
            return
        await asyncio.sleep(_PAUSES[0])

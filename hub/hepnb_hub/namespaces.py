"""What is in a user's namespace before the first pod?"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from hepnb.cluster import quantities
from hepnb.cluster.certificates import authorities, pem
from hepnb.cluster.kubernetes import (
    CERTIFICATES,
    CERTIFICATES_KEY,
    DISK,
    DRIVER_ROLE,
    ENVIRONMENT_SECRET,
    EXECUTOR_ACCOUNT,
    GPU,
    HUB,
    HUB_USER_ROLE,
    KIND,
    NOTEBOOK_ACCOUNT,
    POD_SECURITY,
    QUOTA,
    USER_KIND,
)
from hepnb.cluster.slugs import slug
from hepnb_hub.deployment import Deployment
from hepnb_hub.network_policies import Cluster, policies

# Of a container that names none; the quota refuses pods without a limit.
_DEFAULTS: Final = {"memory": "512Mi", DISK: "1024Mi"}
_CONFIG_MAPS: Final = 40  # one for each Spark that runs, and Kubernetes' own; those of a driver that was killed stay
_RBAC: Final = "rbac.authorization.k8s.io"


def namespace_of(user: str, prefix: str) -> str:
    """The namespace of a user of the hub, or of a project.

    Args:
        user: the hub's name.
        prefix: of the site, at most `hepnb.cluster.kubernetes.MAX_PREFIX` characters.

    Returns:
        A DNS label, which no other user has.
    """
    return prefix + slug(user)


def objects(
    namespace: str, deployment: Deployment, cluster: Cluster, variables: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Everything that the hub puts there, in the order of its making: the namespace, and the hub's own rights first.

    Args:
        namespace: of the user.
        deployment: of the site.
        cluster: in which it is.
        variables: secret ones of notebook and executors; none where the site has none.
    """
    hub = {"kind": "ServiceAccount", "name": HUB, "namespace": deployment.namespace}
    notebook = {"kind": "ServiceAccount", "name": NOTEBOOK_ACCOUNT, "namespace": namespace}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": namespace, "labels": {POD_SECURITY: "restricted", KIND: USER_KIND}},
        },
        _binding(f"{deployment.release}-{HUB_USER_ROLE}", hub),
        _binding(f"{deployment.release}-{DRIVER_ROLE}", notebook),
        *(
            {**_object("v1", "ServiceAccount", name), "automountServiceAccountToken": False}
            for name in (NOTEBOOK_ACCOUNT, EXECUTOR_ACCOUNT)
        ),
        # Always there, so that nothing stays of what a site has taken back.
        _object("v1", "Secret", ENVIRONMENT_SECRET, type="Opaque", data=_encoded(variables or {})),
        *_certificates(deployment),
        _object("v1", "LimitRange", QUOTA, spec={"limits": [_limits()]}),
        _object("v1", "ResourceQuota", QUOTA, spec={"hard": _hard(deployment)}),
        *(
            _object("networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)
            for name, spec in policies(deployment, cluster).items()
        ),
    ]


def _object(version: str, kind: str, name: str, **content: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **content}


def _binding(role: str, subject: Mapping[str, str]) -> dict[str, Any]:
    reference = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role}
    return _object(f"{_RBAC}/v1", "RoleBinding", role, roleRef=reference, subjects=[subject])


def _encoded(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(value.encode()).decode() for name, value in variables.items()}


def _certificates(deployment: Deployment) -> list[dict[str, Any]]:
    """Those of the site alone, since every user has a copy; the pods add the public ones, which their images have."""
    if not deployment.certificates:
        return []
    text = pem(authorities(deployment.certificates))
    return [_object("v1", "ConfigMap", CERTIFICATES, data={CERTIFICATES_KEY: text})]


def _limits() -> dict[str, Any]:
    # None for CPU: it would land on executors, and slow them down.
    return {"type": "Container", "default": dict(_DEFAULTS), "defaultRequest": dict(_DEFAULTS)}


def _hard(deployment: Deployment) -> dict[str, str]:
    quota = deployment.quota
    return {
        "requests.cpu": quantities.cpu(quota.cores * deployment.executors.cpu_fraction),
        "limits.memory": quantities.memory(quota.memory),
        f"requests.{GPU}": str(quota.gpus),
        f"limits.{DISK}": quantities.memory(quota.disk),
        f"requests.{DISK}": quantities.memory(quota.disk),
        "pods": str(quota.pods),
        # Those that have ended are not among `pods`, and the cluster keeps them all the same.
        "count/pods": str(2 * quota.pods),
        "count/configmaps": str(_CONFIG_MAPS),
        "requests.storage": quantities.memory(quota.storage),
        "persistentvolumeclaims": str(quota.volume_claims),
    }

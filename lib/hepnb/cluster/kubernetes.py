"""What must the chart, the hub, a notebook pod and its executors agree on?"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hepnb.errors import InputError

ROLE: Final = "hepnb/role"
"""Label of pods: `NOTEBOOK` or `EXECUTOR` in a user's namespace, `HUB` or `PROXY` in that of the release."""

NOTEBOOK: Final = "notebook"
EXECUTOR: Final = "executor"

HUB: Final = "hub"
"""Also the name of the hub's service, and of its service account."""

PROXY: Final = "proxy"

KERNEL: Final = "hepnb/kernel"
"""Label of executors: id of the kernel whose Spark they work for."""

KIND: Final = "hepnb/kind"
"""Label of namespaces: `USER_KIND` for those of users."""

USER_KIND: Final = "user"

PREFIX: Final = "hepnb-u-"
"""What names of users' namespaces begin with, unless the site chooses something else."""

MAX_PREFIX: Final = 22
"""Characters: with a user's slug they are the name of a namespace, which has 63 at most."""

POD_SECURITY: Final = "pod-security.kubernetes.io/enforce"
"""Label of namespaces, Kubernetes' own: always ``restricted``."""

NOTEBOOK_ACCOUNT: Final = "hepnb-notebook"
"""Service account of notebook pods: it may start executors in its own namespace."""

EXECUTOR_ACCOUNT: Final = "hepnb-executor"
"""Service account of executors: it may do nothing, and no pod has its token."""

ENVIRONMENT_SECRET: Final = "hepnb-environment"  # noqa: S105  # a name
"""Name of the Secret in a user's namespace whose keys are variables of notebook and executors."""

HUB_ROLE: Final = "hub"
"""ClusterRole of the hub, after the release's name and a hyphen: what it may do in the whole cluster."""

HUB_USER_ROLE: Final = "hub-user"
"""ClusterRole, named likewise: what the hub may do in a user's namespace."""

DRIVER_ROLE: Final = "driver"
"""ClusterRole, named likewise: what a notebook pod may do in its own namespace."""

QUOTA: Final = "hepnb"
"""Name of the ResourceQuota and of the LimitRange in a user's namespace."""

HOME_CLAIM: Final = "home"
"""Name of the PersistentVolumeClaim of a user's home."""

HOME: Final = "/home/jovyan"
"""Where it is mounted; home of the account in all images."""

USER_ID: Final = 1000
"""Of the account ``jovyan`` in all images."""

GROUP_ID: Final = 100
"""Of its group ``users``."""

GPU: Final = "nvidia.com/gpu"
"""Kubernetes resource of a GPU."""

DISK: Final = "ephemeral-storage"
"""Kubernetes resource of what containers write on their node's disk, beside volumes."""

HUB_PORT: Final = 8081
PROXY_PORT: Final = 8000
PROXY_API_PORT: Final = 8001
NOTEBOOK_PORT: Final = 8888

CONFIGURATION: Final = "/etc/hepnb"
"""Where the hub finds what the chart says of the site."""

SECRETS: Final = "/etc/hepnb-secrets"
"""Where it finds its secrets, each in a file."""

STATE: Final = "/var/lib/hepnb"
"""Where its volume is mounted."""

SITE_ENVIRONMENT: Final = "/etc/hepnb-environment"
"""Where it finds the secret variables of notebooks and executors, each in a file."""

CERTIFICATES: Final = "hepnb-certificates"
"""Name of the ConfigMap in a user's namespace with the certificates of the authorities that the site trusts."""

CERTIFICATES_FOLDER: Final = "/etc/hepnb-certificates"
"""Where notebooks and executors find it; deploy/images/trusting reads it."""

CERTIFICATES_KEY: Final = "ca.crt"
"""Key of that ConfigMap, and name of the file."""

SLOTS: Final = 10
"""Spark kernels that a notebook pod can run at a time: each takes a port of each range."""

DRIVER_PORT: Final = 7100
"""The first of `SLOTS` ports on which drivers listen for their executors."""

DRIVER_BLOCK_PORT: Final = 7110
"""The first of `SLOTS` ports on which drivers give blocks to their executors."""

EXECUTOR_PORT: Final = 7200
"""Port on which an executor gives blocks to others and to its driver."""

POD_NAME: Final = "HEPNB_POD_NAME"
"""Variable: name of the notebook pod."""

POD_NAMESPACE: Final = "HEPNB_POD_NAMESPACE"
"""Variable: namespace of the notebook pod."""

POD_ADDRESS: Final = "HEPNB_POD_ADDRESS"
"""Variable: IP address of the notebook pod."""

EXECUTORS: Final = "HEPNB_EXECUTORS"
"""Variable: an `ExecutorSite` as JSON."""

EXECUTOR_CONTAINER: Final = "spark-kubernetes-executor"
"""Name of the container of executors; Spark's own."""


@dataclass(frozen=True, kw_only=True)
class ExecutorSite:
    """How executors run at this site, beside what a profile says of their size.

    Attributes:
        image: of their container.
        pull_policy: ``Always``, ``IfNotPresent`` or ``Never``.
        pull_secrets: names of secrets in the user's namespace.
        cpu_fraction: which part of its cores a pod reserves; it may use more where nobody else does.
        home: whether the user's home is mounted; its volume must allow several nodes.
        node_selector: labels of the nodes.
        tolerations: of taints, as Kubernetes writes them.
        priority_class: by which pods are scheduled; empty for the cluster's own.
        runtime_class: by which containers run, such as a sandbox; empty for the cluster's own.
        environment: variables of the site.
        environment_secret: whether there are secret ones, in the Secret `ENVIRONMENT_SECRET`.
        certificates: whether the site trusts authorities of its own, in the ConfigMap `CERTIFICATES`.
    """

    image: str
    pull_policy: str = "IfNotPresent"
    pull_secrets: tuple[str, ...] = ()
    cpu_fraction: float = 1.0
    home: bool = False
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Mapping[str, Any], ...] = ()
    priority_class: str = ""
    runtime_class: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    environment_secret: bool = False
    certificates: bool = False

    def as_json(self) -> str:
        """For the variable `EXECUTORS`."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, kw_only=True)
class NotebookPod:
    """The pod in which a Spark kernel runs.

    Attributes:
        name: of the pod.
        namespace: of the user.
        address: IP address of the pod.
        executors: how executors run here.
    """

    name: str
    namespace: str
    address: str
    executors: ExecutorSite

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "NotebookPod":
        """The pod that variables of a process tell of.

        Raises:
            InputError: they tell of none, since the process runs elsewhere.
        """
        if missing := [name for name in (POD_NAME, POD_NAMESPACE, POD_ADDRESS, EXECUTORS) if not variables.get(name)]:
            raise InputError(
                f"The backend 'kubernetes' starts executors from a notebook pod of the platform, but {missing[0]} is "
                "not set here; log in to a hub on Kubernetes, or ask for the backend 'local'."
            )
        return cls(
            name=variables[POD_NAME],
            namespace=variables[POD_NAMESPACE],
            address=variables[POD_ADDRESS],
            executors=_site(variables[EXECUTORS]),
        )


def _site(text: str) -> ExecutorSite:
    try:
        fields = json.loads(text)
        lists = {name: tuple(fields[name]) for name in ("pull_secrets", "tolerations") if name in fields}
        return ExecutorSite(**fields | lists)
    except (ValueError, TypeError) as error:
        raise InputError(f"The variable {EXECUTORS} is not what the hub writes: {error}.") from error

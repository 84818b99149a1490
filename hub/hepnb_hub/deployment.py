"""How does a site run its platform on Kubernetes?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hepnb.cluster.certificates import authorities
from hepnb.cluster.kubernetes import ExecutorSite
from hepnb.errors import InputError, MissingInputError
from hepnb_hub.deployment_keys import checked, size


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What a user may have at a time, notebook and executors together.

    Attributes:
        cores: that they may work on.
        memory: of all their containers [B].
        gpus: of all their containers.
        storage: of their volumes [B].
        volume_claims: number of these volumes.
        disk: of what their containers write on their nodes, beside volumes [B].
        pods: that run.
    """

    cores: float
    memory: int
    gpus: int
    storage: int
    volume_claims: int
    disk: int
    pods: int


@dataclass(frozen=True, kw_only=True)
class Home:
    """The volume of a user's home.

    Attributes:
        size: that is asked for [B].
        storage_class: of the volume; ``None`` for the cluster's own choice.
        access_mode: as Kubernetes calls it.
        on_executors: whether executors have it, too.
    """

    size: int
    storage_class: str | None
    access_mode: str
    on_executors: bool


@dataclass(frozen=True, kw_only=True)
class Egress:
    """Addresses that users' pods may reach.

    Attributes:
        cidr: block of addresses.
        excluded: blocks within it that they may not reach.
        ports: TCP ports; none for every port.
    """

    cidr: str
    excluded: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What the chart says of a site.

    Attributes:
        release: name of it; the cluster's roles are called after it.
        namespace: of hub and proxy.
        prefix: what names of users' namespaces begin with.
        hub_address: where notebook servers find the hub.
        proxy_api: where the hub finds the proxy.
        public_address: where browsers find the platform; ``None`` where the hub need not know.
        user_hosts: whether each user's servers have a host name of their own below that of the public address.
        notebook_image: of notebook pods.
        executors: how executors run here.
        quota: of a user.
        home: of a user.
        environment: variables of notebook servers and executors.
        environment_secret: name of the Secret with more of them; empty for none.
        certificates: of the authorities that the site trusts beside the public ones, in PEM; empty for none.
        egress: what users' pods may reach; none for public addresses.
        idle_timeout: after which a notebook server stops that nobody uses [s].
        start_timeout: after which one is given up that does not start [s].
        shared_password: whether one password opens for everybody.
        admin_users: names of the hub's administrators.
    """

    release: str
    namespace: str
    prefix: str
    hub_address: str
    proxy_api: str
    public_address: str | None
    user_hosts: bool
    notebook_image: str
    executors: ExecutorSite
    quota: Quota
    home: Home
    environment: Mapping[str, str]
    environment_secret: str
    certificates: str
    egress: tuple[Egress, ...]
    idle_timeout: int
    start_timeout: int
    shared_password: bool
    admin_users: tuple[str, ...]


def load_deployment(path: Path) -> Deployment:
    """Read ``deployment.json``.

    Args:
        path: of the file.

    Raises:
        MissingInputError: it cannot be read.
        InputError: it is no JSON, or a key is missing, unknown or of a wrong value.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MissingInputError(
            f"{path}, which says how the platform runs here, cannot be read: {error.strerror}. The chart mounts it."
        ) from error
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no object of JSON; the chart writes one.")
    deployment = _deployment(checked(content, path))
    _require_sense(deployment, path)
    return deployment


def _deployment(values: Mapping[str, Any]) -> Deployment:
    return Deployment(
        release=values["release"],
        namespace=values["namespace"],
        prefix=values["prefix"],
        hub_address=values["hubAddress"].rstrip("/"),
        proxy_api=values["proxyApi"].rstrip("/"),
        public_address=values.get("publicAddress") or None,
        user_hosts=values["userHosts"],
        notebook_image=values["images.notebook"],
        executors=_executors(values),
        quota=Quota(
            cores=values["quota.cores"],
            memory=size(values["quota.memory"]),
            gpus=values["quota.gpus"],
            storage=size(values["quota.storage"]),
            volume_claims=values["quota.volumeClaims"],
            disk=size(values["quota.disk"]),
            pods=values["quota.pods"],
        ),
        home=Home(
            size=size(values["home.size"]),
            storage_class=values.get("home.storageClass") or None,
            access_mode=values["home.accessMode"],
            on_executors=values["home.onExecutors"],
        ),
        environment=values["environment"],
        environment_secret=values["environmentSecret"],
        certificates=values["certificates"],
        egress=tuple(
            Egress(cidr=rule["cidr"], excluded=tuple(rule.get("except", ())), ports=tuple(rule.get("ports", ())))
            for rule in values["egress"]
        ),
        idle_timeout=values["idleTimeout"],
        start_timeout=values["startTimeout"],
        shared_password=values["sharedPassword"],
        admin_users=tuple(values["adminUsers"]),
    )


def _executors(values: Mapping[str, Any]) -> ExecutorSite:
    return ExecutorSite(
        image=values["images.executor"],
        pull_policy=values["pullPolicy"],
        pull_secrets=tuple(values["pullSecrets"]),
        cpu_fraction=values["cpuFraction"],
        home=values["home.onExecutors"],
        node_selector=values["nodeSelector"],
        tolerations=tuple(values["tolerations"]),
        priority_class=values["priorityClassName"],
        runtime_class=values.get("runtimeClassName") or "",
        environment=values["environment"],
        environment_secret=bool(values["environmentSecret"]),
        certificates=bool(values["certificates"]),
    )


def _require_sense(deployment: Deployment, path: Path) -> None:
    """Look at what each key alone does not show."""
    home = deployment.home
    if deployment.user_hosts and not deployment.public_address:
        raise InputError(f"{path}: 'userHosts' is true, but 'publicAddress' is empty; it has the host name.")
    if deployment.certificates:
        try:
            authorities(deployment.certificates)
        except InputError as error:
            raise InputError(f"{path}: 'certificates' {error}") from error
    if home.on_executors and home.access_mode != "ReadWriteMany":
        raise InputError(
            f"{path}: 'home.onExecutors' is true, but 'home.accessMode' is {home.access_mode}; executors run on other "
            "nodes, so choose ReadWriteMany with a storage class that has it, or leave homes to notebooks."
        )
    if home.size > deployment.quota.storage:
        raise InputError(f"{path}: 'home.size' is more than 'quota.storage'; no home would fit its user's quota.")
    if deployment.shared_password and deployment.admin_users:
        raise InputError(
            f"{path}: 'adminUsers' are named, but with 'sharedPassword' anybody who knows it could be one of them; "
            "choose an authenticator in the site's config.py, or name none."
        )

"""What is JupyterHub told where it runs on Kubernetes?"""

from functools import partial
from typing import Any, Final

from kubernetes_asyncio.client import ApiException
from traitlets.config import Config

from hepnb.cluster import quantities
from hepnb.cluster.hub_pod import HubPod
from hepnb.cluster.kubernetes import (
    DISK,
    EXECUTORS,
    GPU,
    GROUP_ID,
    HOME,
    HOME_CLAIM,
    HUB_PORT,
    NOTEBOOK,
    NOTEBOOK_ACCOUNT,
    NOTEBOOK_PORT,
    POD_ADDRESS,
    POD_NAME,
    POD_NAMESPACE,
    PROXY_PORT,
    ROLE,
    USER_ID,
)
from hepnb.cluster.names import BACKEND, PROFILES_TOML, SHARED
from hepnb.cluster.profiles import Profile, load_profiles
from hepnb.cluster.projects import is_project
from hepnb.errors import InputError
from hepnb_hub import (
    options,
    profile_page,
    required_traits,
    rights,
    services,
    sharing,
    site_pod,
    user_names,
    user_quota,
)
from hepnb_hub.deployment import Deployment
from hepnb_hub.kube_spawner import NamespaceSpawner

LOGIN_HINT: Final = "Whoever installed the platform has the password."

_HTTP_TIMEOUT: Final = 60  # [s]
_GRACE: Final = 10  # [s] for a notebook server to save what people type together
_ROUTES: Final = 15  # [s] for which a new proxy may know no notebook server
_OWN: Final = f"http://127.0.0.1:{HUB_PORT}/hub/api"
_ACTIVITY_INTERVAL: Final = "JUPYTERHUB_ACTIVITY_INTERVAL"
_DUMMY: Final = ("dummy", "DummyAuthenticator")


def configuration(pod: HubPod, deployment: Deployment) -> Config:
    """All that JupyterHub is told before the site's own file has its say.

    Args:
        pod: where the hub runs.
        deployment: of the site.

    Raises:
        MissingInputError: a secret or the file of profiles cannot be read.
        InputError: one of them is not what it must be, or no profile fits the quota.
    """
    profiles = _offered(pod, deployment)
    config = Config()
    config.JupyterHub = Config(_hub(pod, deployment))
    config.ConfigurableHTTPProxy = Config(
        should_start=False, api_url=deployment.proxy_api, auth_token=pod.secret("proxy-token")
    )
    config.Authenticator = Config(username_pattern=user_names.PATTERN, admin_users=set(deployment.admin_users))
    text = pod.profiles.read_text(encoding="utf-8")
    config.Spawner = Config(_spawner(deployment, profiles, text))
    pod_traits = required_traits.with_lists(_pod(deployment))
    config.KubeSpawner = Config(pod_traits)
    required = {name: value for name, value in pod_traits.items() if name in required_traits.ADDED}
    environment = str(pod.environment)
    site_pod.secret_variables(deployment, environment, shared=False)  # or the sentence why there are none
    config.NamespaceSpawner = Config(deployment=deployment, required=required, site_environment=environment)
    if deployment.shared_password:
        config.JupyterHub.authenticator_class = "shared-password"
        config.SharedPasswordAuthenticator = Config(allow_all=True, user_password=pod.secret("password"))
    return config


def ours(pod: HubPod, deployment: Deployment) -> list[dict[str, Any]]:
    """The services beside the hub.

    Raises:
        MissingInputError: the operator's token cannot be read.
        InputError: it is empty.
    """
    # Not by the address of the service, which the policies of the network keep from the hub itself.
    return [services.culler(deployment.idle_timeout, hub=_OWN), sharing.operator(pod.secret("operator-token"))]


def require_door(config: Config) -> None:
    """Look whether something keeps strangers out.

    Args:
        config: of JupyterHub, with the site's own.

    Raises:
        InputError: no authenticator was chosen, or one that lets anybody be anybody.
    """
    chosen = config.JupyterHub.get("authenticator_class")
    if chosen is None:
        raise InputError(
            "Nothing would keep strangers out: 'sharedPassword' is false, and the site's config.py chooses no "
            "authenticator. Set c.JupyterHub.authenticator_class there."
        )
    name = chosen.__name__ if isinstance(chosen, type) else str(chosen)
    if name.rpartition(".")[2] in _DUMMY:
        raise InputError(
            f"The authenticator '{name}' of the site's config.py lets anybody in under any name; choose another, or "
            "set 'sharedPassword' to true and give everybody the password."
        )


def _offered(pod: HubPod, deployment: Deployment) -> dict[str, Profile]:
    profiles = load_profiles(pod.profiles)
    offered = user_quota.offered(profiles, deployment.quota)
    if not offered:
        raise InputError(
            f"No profile of {pod.profiles} fits the quota of a user with its notebook and one executor: "
            f"{', '.join(profiles)}. Raise 'quota', or add a smaller profile with a number of cores."
        )
    return offered


def _hub(pod: HubPod, deployment: Deployment) -> dict[str, Any]:
    return {
        **_addresses(deployment),
        "bind_url": f"http://:{PROXY_PORT}",
        "hub_bind_url": f"http://:{HUB_PORT}",
        "hub_connect_url": deployment.hub_address,
        "db_url": pod.database,
        "upgrade_db": True,  # the operator upgrades the release, and nobody is there to do it by hand
        "cookie_secret": pod.secret("cookie-secret"),
        "spawner_class": NamespaceSpawner,
        # Users' servers go on while the hub's pod is made anew.
        "cleanup_servers": False,
        "cleanup_proxy": False,
        # The hub then also tells its routes to a proxy that has lost them, which JupyterHub does every five minutes.
        "last_activity_interval": _ROUTES,
    }


def _addresses(deployment: Deployment) -> dict[str, Any]:
    if not deployment.public_address:
        return {}
    if not deployment.user_hosts:
        return {"public_url": deployment.public_address}
    # A page of one user's host could otherwise set cookies for all; browsers know the prefix on encrypted connections.
    prefixed = deployment.public_address.startswith("https://")
    return {"subdomain_host": deployment.public_address.rstrip("/"), "cookie_host_prefix_enabled": prefixed}


def _spawner(deployment: Deployment, profiles: dict[str, Profile], text: str) -> dict[str, Any]:
    return {
        "cmd": ["jupyterhub-singleuser"],
        "default_url": "/lab",
        "start_timeout": deployment.start_timeout,
        "http_timeout": _HTTP_TIMEOUT,
        "options_form": partial(_form, deployment=deployment, profiles=profiles),
        "options_from_form": partial(options.checked, offered=profiles),
        "apply_user_options": partial(_apply, deployment=deployment, profiles=profiles, text=text),
        "server_token_scopes": rights.server_scopes(sessions=False),
    }


def _pod(deployment: Deployment) -> dict[str, Any]:
    executors, home = deployment.executors, deployment.home
    runtime = {"runtimeClassName": executors.runtime_class} if executors.runtime_class else {}
    storage = {"storage_class": home.storage_class} if home.storage_class else {}
    return {
        **storage,
        "image": deployment.notebook_image,
        "image_pull_policy": executors.pull_policy,
        "image_pull_secrets": list(executors.pull_secrets),
        "port": NOTEBOOK_PORT,
        "pod_name_template": f"{NOTEBOOK}--{{servername}}",
        "pvc_name_template": HOME_CLAIM,
        "storage_pvc_ensure": True,
        "storage_capacity": str(home.size),
        "storage_access_modes": [home.access_mode],
        "delete_pvc": False,  # it goes with the namespace
        "volumes": {HOME_CLAIM: {"name": HOME_CLAIM, "persistentVolumeClaim": {"claimName": HOME_CLAIM}}},
        "volume_mounts": {HOME_CLAIM: {"name": HOME_CLAIM, "mountPath": HOME}},
        "extra_labels": {ROLE: NOTEBOOK},
        "node_selector": dict(executors.node_selector),
        "tolerations": [dict(one) for one in executors.tolerations],
        "priority_class_name": executors.priority_class,
        "service_account": NOTEBOOK_ACCOUNT,
        "automount_service_account_token": True,  # for the driver, which starts executors; the account itself says no
        "delete_grace_period": _GRACE,
        "uid": USER_ID,
        "gid": GROUP_ID,
        "fs_gid": GROUP_ID,
        "allow_privilege_escalation": False,
        "container_security_context": {"capabilities": {"drop": ["ALL"]}},
        "pod_security_context": {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
            "fsGroupChangePolicy": "OnRootMismatch",
        },
        "extra_pod_config": {"enableServiceLinks": False, **runtime},
    }


async def _form(spawner: NamespaceSpawner, *, deployment: Deployment, profiles: dict[str, Profile]) -> str:
    if is_project(spawner.user.name):
        return ""  # it starts as it was made
    room = await _room(spawner, deployment)
    last = spawner.user_options or {}
    cards = [room.card(profile) for profile in profiles.values()]
    return profile_page.form(cards, room=str(room), last=last.get(profile_page.FIELD), shared=profile_page.shared(last))


async def _room(spawner: NamespaceSpawner, deployment: Deployment) -> user_quota.Room:
    try:
        used = await user_quota.used_in(spawner.namespace)
        gpus = await user_quota.gpus_of_cluster(spawner.watched()) if deployment.quota.gpus else None
    except (ApiException, OSError) as error:
        # One can start all the same, and Kubernetes itself minds the quota.
        spawner.log.warning("What of the quota of %s is used is not known: %s", spawner.namespace, error)
        used, gpus = {}, None
    return user_quota.room(deployment, used, gpus)


def _apply(
    spawner: NamespaceSpawner,
    wanted: dict[str, Any],
    *,
    deployment: Deployment,
    profiles: dict[str, Profile],
    text: str,
) -> None:
    profile, told = options.begin(spawner, wanted, profiles)
    spawner.told = {
        **deployment.environment,
        **told,
        # JupyterHub's own five minutes would let a server stop that works with no page open.
        _ACTIVITY_INTERVAL: str(services.often(deployment.idle_timeout)),
        BACKEND: "kubernetes",
        EXECUTORS: site_pod.told(site_pod.executors(deployment, shared=SHARED in told)),
        PROFILES_TOML: text,
        POD_NAME: _field("metadata.name"),
        POD_NAMESPACE: _field("metadata.namespace"),
        POD_ADDRESS: _field("status.podIP"),
    }
    cores = profile.cores_of(0)
    spawner.cpu_guarantee = cores * deployment.executors.cpu_fraction
    spawner.cpu_limit = None
    spawner.mem_limit = spawner.mem_guarantee = profile.memory_of(cores)
    disk = {DISK: quantities.memory(profile.disk_limit)}
    others = {name: amount for name, amount in spawner.extra_resource_limits.items() if name != GPU}
    spawner.extra_resource_limits = others | disk | ({GPU: str(profile.gpus)} if profile.gpus else {})
    spawner.extra_resource_guarantees = spawner.extra_resource_guarantees | disk


def _field(path: str) -> dict[str, Any]:
    return {"valueFrom": {"fieldRef": {"fieldPath": path}}}

"""How do variables, secrets and authorities of a site come into users' pods?"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from kubernetes_asyncio.client import (
    V1ConfigMapVolumeSource,
    V1EnvFromSource,
    V1SecretEnvSource,
    V1Volume,
    V1VolumeMount,
)

from hepnb.cluster import site_access
from hepnb.cluster.kubernetes import CERTIFICATES, CERTIFICATES_FOLDER, ENVIRONMENT_SECRET, ExecutorSite
from hepnb.cluster.trust import without_personal
from hepnb_hub.deployment import Deployment


def complete(pod: Any, site: ExecutorSite) -> None:
    """Add to a notebook's pod what its executors have, too, whatever the site's own configuration says.

    Args:
        pod: as KubeSpawner makes it.
        site: how executors run there.
    """
    container = pod.spec.containers[0]
    if site.environment_secret:
        reference = V1EnvFromSource(secret_ref=V1SecretEnvSource(name=ENVIRONMENT_SECRET))
        container.env_from = [*(container.env_from or []), reference]
    if site.certificates:
        source = V1ConfigMapVolumeSource(name=CERTIFICATES)
        pod.spec.volumes = [*(pod.spec.volumes or []), V1Volume(name=CERTIFICATES, config_map=source)]
        mount = V1VolumeMount(name=CERTIFICATES, mount_path=CERTIFICATES_FOLDER, read_only=True)
        container.volume_mounts = [*(container.volume_mounts or []), mount]


def executors(deployment: Deployment, *, shared: bool) -> ExecutorSite:
    """How executors of a server run.

    Args:
        deployment: of the site.
        shared: whether others are let into the server, who must not get personal keys by its executors.
    """
    site = deployment.executors
    return replace(site, environment=without_personal(site.environment)) if shared else site


def told(site: ExecutorSite) -> str:
    """The value of the variable by which a notebook learns how its executors run.

    Kubernetes replaces ``$(NAME)`` in values. Here it must not: a secret that a site's variable names in this way would
    come into the texts of executors' pods. In those pods it does.

    Args:
        site: how executors run.
    """
    return site.as_json().replace("$", "$$")


def secret_variables(deployment: Deployment, folder: str, *, shared: bool) -> dict[str, str]:
    """The secret variables of a server and its executors, as they are now.

    Args:
        deployment: of the site.
        folder: where the hub finds them.
        shared: whether others are let into the server: whoever starts pods beside it reads them all.

    Raises:
        InputError: the site names a Secret that is not there, or one with a key that cannot be a variable.
    """
    if not deployment.environment_secret:
        return {}
    found = site_access.secret_variables(Path(folder), name=deployment.environment_secret)
    return without_personal(found) if shared else found

"""What of a user's quota is left, and which profiles fit into it?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kubernetes_asyncio.client import ApiException
from kubespawner.clients import shared_client

from hepnb.cluster import quantities
from hepnb.cluster.kubernetes import GPU, QUOTA
from hepnb.cluster.profiles import Profile
from hepnb_hub.deployment import Deployment, Quota
from hepnb_hub.profile_page import Card, cores, size

_TIMEOUT: Final = 5.0  # [s] of a request; somebody waits for the page
_UNKNOWN: Final = (403, 404)  # as long as the namespace is not there, and the hub has no rights in it
_ROUNDING: Final = 1e-3  # [cores] Kubernetes counts thousandths


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a user may have, and what of it nobody uses.

    Attributes:
        quota: of the user.
        cores: that are free.
        memory: that is free [B].
        gpus: that are free in the quota.
        cluster_gpus: of the whole cluster, in all and free; ``None`` where the hub does not know.
    """

    quota: Quota
    cores: float
    memory: float
    gpus: float
    cluster_gpus: tuple[int, int] | None = None

    def card(self, profile: Profile) -> Card:
        """What the page shows of a profile."""
        own = profile.cores_of(0)
        gpus = f", {_gpus(profile.gpus)}" if profile.gpus else ""
        needs = f"{cores(own)}, {size(profile.memory_of(own))}{gpus} · {profile.executor_size}"
        return Card(profile=profile, needs=needs, warning=self._warning(profile))

    def __str__(self) -> str:
        """What is free, for a reader."""
        parts = [
            f"{round(self.cores, 2):g} of {cores(self.quota.cores)}",
            f"{size(self.memory)} of {size(self.quota.memory)}",
        ]
        if self.quota.gpus:
            parts.append(f"{self.gpus:g} of {_gpus(self.quota.gpus)}")
        free = f"Free now in your quota: {', '.join(parts)}; the notebook and its executors share it."
        if self.quota.gpus and self.cluster_gpus is not None:
            free += (
                f" The cluster has {_gpus(self.cluster_gpus[0])}, and this platform leaves {self.cluster_gpus[1]} free."
            )
        return free

    def _warning(self, profile: Profile) -> str | None:
        own = profile.cores_of(0)
        if own > self.cores + _ROUNDING or profile.memory_of(own) > self.memory or profile.gpus > self.gpus:
            return "more than is left of your quota"
        # A notebook with executors that wait for GPUs does start, but what it is for does not.
        wanted = profile.gpus + profile.executor_gpus
        if wanted and self.cluster_gpus is not None and wanted > self.cluster_gpus[1]:
            return "too few GPUs are free now"
        return None


def offered(profiles: Mapping[str, Profile], quota: Quota) -> dict[str, Profile]:
    """The profiles whose notebook and one executor fit a quota; those of "all" cores are for one machine.

    Args:
        profiles: of the site.
        quota: of a user.
    """
    return {name: profile for name, profile in profiles.items() if profile.cores != "all" and _fits(profile, quota)}


def room(deployment: Deployment, used: Mapping[str, str], cluster_gpus: tuple[int, int] | None = None) -> Room:
    """What a user may have, and what of it nobody uses.

    Args:
        deployment: of the site.
        used: what Kubernetes counts in the user's namespace, as quantities.
        cluster_gpus: of the whole cluster, in all and free.
    """
    quota = deployment.quota
    spent = {name: quantities.number(amount) for name, amount in used.items()}
    return Room(
        quota=quota,
        cores=max(quota.cores - spent.get("requests.cpu", 0) / deployment.executors.cpu_fraction, 0),
        memory=max(quota.memory - spent.get("limits.memory", 0), 0),
        gpus=max(quota.gpus - spent.get(f"requests.{GPU}", 0), 0),
        cluster_gpus=cluster_gpus,
    )


async def used_in(namespace: str) -> dict[str, str]:
    """What Kubernetes counts in a user's namespace; nothing as long as there is none.

    Raises:
        ApiException: Kubernetes does not answer as it should.
    """
    try:
        quota = await shared_client("CoreV1Api").read_namespaced_resource_quota(
            QUOTA, namespace, _request_timeout=_TIMEOUT
        )
    except ApiException as error:
        if error.status in _UNKNOWN:
            return {}
        raise
    return dict((quota.status and quota.status.used) or {})


async def gpus_of_cluster(namespaces: Iterable[str]) -> tuple[int, int] | None:
    """How many GPUs the cluster has, in all and free of the platform's own pods.

    Args:
        namespaces: of the users whom the hub knows to run something.

    Returns:
        Both numbers; ``None`` where the hub may not look at the nodes.
    """
    try:
        nodes = await shared_client("CoreV1Api").list_node(_request_timeout=_TIMEOUT)
    except ApiException:
        return None
    there = sum(
        quantities.number((node.status.allocatable or {}).get(GPU, "0"))
        for node in nodes.items
        if not node.spec.unschedulable
    )
    spent = [quantities.number((await used_in(one)).get(f"requests.{GPU}", "0")) for one in namespaces]
    return int(there), max(int(there - sum(spent)), 0)


def _gpus(number: int) -> str:
    return f"{number} GPU{'' if number == 1 else 's'}"


def _fits(profile: Profile, quota: Quota) -> bool:
    own = profile.cores_of(0)
    return (
        own + profile.executor_cores <= quota.cores
        and profile.memory_of(own) + profile.executor_limit <= quota.memory
        and profile.gpus + profile.executor_gpus <= quota.gpus
        and profile.disk_limit + profile.executor_disk_limit <= quota.disk
        and quota.pods > 1
    )

"""Why does Spark get no executor?"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hepnb.cluster.kubernetes import EXECUTOR_CONTAINER, ExecutorSite
from hepnb.cluster.profiles import Profile
from hepnb.pods.namespace import Quota
from hepnb.pods.room import executor_needs, shortages

_IMAGE: Final = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError")
_NORMAL: Final = ("ContainerCreating", "PodInitializing")
_SLOW: Final = 30.0  # [s] within which an executor that runs has found its driver


def reason(
    profile: Profile,
    site: ExecutorSite,
    *,
    pods: Iterable[Mapping[str, Any]],
    quota: Quota,
    hosts: frozenset[str],
    now: dt.datetime,
) -> str | None:
    """Why no executor works, as a sentence that says what to do; none where one is on its way.

    Args:
        profile: of the Spark that waits.
        site: how executors run here.
        pods: of its executors, as Kubernetes describes them.
        quota: of the namespace.
        hosts: addresses of the executors that the driver knows.
        now: for their age.
    """
    pods = list(pods)
    told = (
        _image(pods, site),
        _stuck(pods),
        _short_lived(pods, site),
        _unreachable(pods, hosts, now),
        _no_node(pods, profile),
    )
    if (found := next((sentence for sentence in told if sentence is not None), None)) is not None:
        return found
    if not pods and (lacking := shortages(executor_needs(profile, site), quota, site)):
        return (
            f"Spark waits for executors: your quota is used up ({'; '.join(lacking)}). Shut down other kernels or "
            "servers of yours, or pick a smaller profile with %attach."
        )
    return None


def _no_node(pods: list[Mapping[str, Any]], profile: Profile) -> str | None:
    for pod in pods:
        for condition in pod["status"].get("conditions", ()):
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                said = condition.get("message", "").rstrip(".")
                return (
                    f"Spark waits for executors: no node of the cluster has room for {_one(profile)} "
                    f"(Kubernetes says: {said}). Wait for room, or interrupt the cell and pick another profile."
                )
    return None


def _image(pods: list[Mapping[str, Any]], site: ExecutorSite) -> str | None:
    for waiting in _waiting(pods):
        if waiting["reason"] in _IMAGE:
            said = waiting.get("message", "").rstrip(".") or waiting["reason"]
            return (
                f"Spark waits for executors: their image {site.image} cannot be pulled (Kubernetes says: {said}). "
                "Interrupt the cell, and tell the operator of the platform."
            )
    return None


def _stuck(pods: list[Mapping[str, Any]]) -> str | None:
    for waiting in _waiting(pods):
        if waiting["reason"] not in _NORMAL:
            said = waiting.get("message", "").rstrip(".")
            return (
                f"Spark waits for executors: Kubernetes cannot start one ({waiting['reason']}: {said}). "
                "Interrupt the cell, and tell the operator of the platform."
            )
    return None


def _short_lived(pods: list[Mapping[str, Any]], site: ExecutorSite) -> str | None:
    for pod in pods:
        ended = _container(pod).get("state", {}).get("terminated")
        if ended is None or ended["exitCode"] == 0 or ended.get("reason") == "OOMKilled":
            continue
        if _seconds(ended["startedAt"], until=dt.datetime.fromisoformat(ended["finishedAt"])) < _SLOW:
            return (
                "Spark waits for executors: they end as soon as they start "
                f"({pod['metadata']['name']} with exit code {ended['exitCode']}). Interrupt the cell, and tell the "
                f"operator of the platform to look at their image {site.image}."
            )
    return None


def _unreachable(pods: list[Mapping[str, Any]], hosts: frozenset[str], now: dt.datetime) -> str | None:
    for pod in pods:
        since = _container(pod).get("state", {}).get("running", {}).get("startedAt")
        if since is None or pod["status"].get("podIP") in hosts:
            continue
        age = _seconds(since, until=now)
        if age > _SLOW:
            return (
                "Spark waits for executors: those that run cannot reach this notebook "
                f"({pod['metadata']['name']} has tried for {age:.0f} s). Interrupt the cell, and tell the operator of "
                "the platform to look at the network policies."
            )
    return None


def _seconds(since: str, *, until: dt.datetime) -> float:
    return (until - dt.datetime.fromisoformat(since)).total_seconds()


def _waiting(pods: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found = (_container(pod).get("state", {}).get("waiting") for pod in pods)
    return [waiting for waiting in found if waiting is not None and waiting.get("reason")]


def _container(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    """What Kubernetes says of the executor's container; nothing where it is not yet on a node."""
    found = (one for one in pod["status"].get("containerStatuses", ()) if one["name"] == EXECUTOR_CONTAINER)
    return next(found, {})


def _one(profile: Profile) -> str:
    cores = f"{profile.executor_cores} core{'s' if profile.executor_cores > 1 else ''}"
    gpus = f", {profile.executor_gpus} GPU{'s' if profile.executor_gpus > 1 else ''}" if profile.executor_gpus else ""
    return f"an executor of {cores}, {profile.executor_limit / (1 << 30):.1f} GB{gpus}"

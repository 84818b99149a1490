"""How many executors fit into a user's quota?"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hepnb.cluster.kubernetes import DISK, GPU, ExecutorSite
from hepnb.cluster.profiles import Profile
from hepnb.cluster.quantities import number
from hepnb.pods.namespace import Quota

CPU: Final = "requests.cpu"
MEMORY: Final = "limits.memory"
GPUS: Final = f"requests.{GPU}"
DISKS: Final = f"limits.{DISK}"
PODS: Final = "pods"

_GB: Final = 1 << 30


def executor_needs(profile: Profile, site: ExecutorSite) -> dict[str, float]:
    """What one executor takes of a quota: resource -> cores, bytes or number."""
    return {
        CPU: profile.executor_cores * site.cpu_fraction,
        MEMORY: profile.executor_limit,
        GPUS: profile.executor_gpus,
        DISKS: profile.executor_disk_limit,
        PODS: 1,
    }


def taken_by(pods: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """What some pods take of a quota; those that have ended take nothing."""
    taken = dict.fromkeys((CPU, MEMORY, GPUS, DISKS, PODS), 0.0)
    for pod in pods:
        if pod["status"].get("phase") in ("Succeeded", "Failed"):
            continue
        taken[PODS] += 1
        for container in pod["spec"]["containers"]:
            resources = container.get("resources", {})
            taken[CPU] += number(resources.get("requests", {}).get("cpu", "0"))
            taken[GPUS] += number(resources.get("requests", {}).get(GPU, "0"))
            taken[MEMORY] += number(resources.get("limits", {}).get("memory", "0"))
            taken[DISKS] += number(resources.get("limits", {}).get(DISK, "0"))
    return taken


def executors_that_fit(needs: Mapping[str, float], quota: Quota, taken: Mapping[str, float]) -> int | None:
    """How many executors the quota allows beside what is taken.

    Args:
        needs: of one, from `executor_needs`.
        quota: of the namespace.
        taken: by what stays, from `taken_by`.

    Returns:
        The number; none where nothing is limited.
    """
    rooms = [
        int((number(quota.hard[name]) - taken.get(name, 0)) / need + 1e-9)
        for name, need in needs.items()
        if need and name in quota.hard
    ]
    return max(min(rooms), 0) if rooms else None


def shortages(needs: Mapping[str, float], quota: Quota, site: ExecutorSite) -> list[str]:
    """What the quota lacks for one more executor now, each as a part of a sentence."""
    lacking = []
    for name, need in needs.items():
        if not need or name not in quota.hard:
            continue
        hard, used = number(quota.hard[name]), number(quota.used.get(name, "0"))
        if used + need > hard * (1 + 1e-9):
            lacking.append(f"{_amounts(name, used, hard, site)} taken, an executor needs {_amount(name, need, site)}")
    return lacking


def left(quota: Quota, site: ExecutorSite) -> str:
    """What nobody uses, for a reader: ``"6 of 8 cores, 3.2 of 8.0 GB"``; GPUs only where there may be some."""
    parts = []
    for name in (CPU, MEMORY, GPUS):
        hard, used = number(quota.hard.get(name, "0")), number(quota.used.get(name, "0"))
        if hard:
            parts.append(_amounts(name, max(hard - used, 0), hard, site))
    return ", ".join(parts)


def _amounts(name: str, used: float, hard: float, site: ExecutorSite) -> str:
    return f"{_number(name, used, site)} of {_amount(name, hard, site)}"


def _amount(name: str, value: float, site: ExecutorSite) -> str:
    text = _number(name, value, site)
    one = text == "1"
    words = {CPU: "core" if one else "cores", MEMORY: "GB", GPUS: "GPU" if one else "GPUs", DISKS: "GB of disk"}
    return f"{text} {words.get(name, 'pod' if one else 'pods')}"


def _number(name: str, value: float, site: ExecutorSite) -> str:
    if name in (MEMORY, DISKS):
        return f"{value / _GB:.1f}"
    return f"{value / site.cpu_fraction if name == CPU else value:.3g}"

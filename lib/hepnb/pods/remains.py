"""What is left of a Spark whose driver died, and how does it go?"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import psutil

from hepnb.cluster.executors import SELECTOR, driver_of
from hepnb.cluster.process_start import began
from hepnb.pods.namespace import Namespace

log = logging.getLogger(__name__)

_KINDS: Final = ("pods", "configmaps")
_SAME: Final = 0.005  # [s], half a tick: names have milliseconds


def remove(namespace: Namespace, pod: str, lives: Callable[[int, float], bool]) -> list[str]:
    """Delete executors, in whatever state, and ConfigMaps of drivers that have ended.

    Spark deletes them when it stops, and Kubernetes when the notebook's pod goes; a driver that is killed in a pod that
    goes on leaves both.

    Args:
        namespace: of the user.
        pod: name of this notebook pod; drivers in others are for those to look after.
        lives: whether the process of that id and start runs in this pod.

    Returns:
        The names of the applications whose remains were deleted.

    Raises:
        SessionError: Kubernetes does not do it.
    """
    found = [one["metadata"] for one in (*namespace.pods(SELECTOR), *namespace.config_maps(SELECTOR))]
    applications = {one["labels"][SELECTOR] for one in found if _belongs_to(pod, one)}
    dead = sorted(name for name in applications if _has_ended(name, lives))
    for name in dead:
        for kind in _KINDS:
            namespace.delete(kind, f"{SELECTOR}={name}")
        log.info("removed what was left of %s", name)
    return dead


def process_lives(process: int, start: float) -> bool:
    """Whether a process of this pod runs, and is still that one: numbers are used again."""
    try:
        return abs(began(process) - start) < _SAME and psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ProcessLookupError):
        return False


def _belongs_to(pod: str, metadata: Mapping[str, Any]) -> bool:
    return any(owner["kind"] == "Pod" and owner["name"] == pod for owner in metadata.get("ownerReferences", ()))


def _has_ended(application: str, lives: Callable[[int, float], bool]) -> bool:
    driver = driver_of(application)
    return driver is not None and not lives(*driver)

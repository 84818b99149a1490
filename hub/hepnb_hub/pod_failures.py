"""Why does a notebook's pod not start, and what can be done about it?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from tornado.web import HTTPError

from hepnb.cluster import quantities
from hepnb.cluster.kubernetes import DISK, GPU, HOME_CLAIM
from hepnb_hub.profile_page import cores, size

_EXCEEDED: Final = re.compile(
    r"exceeded quota: \S+, requested: (?P<asked>\S+), used: (?P<used>\S+), limited: (?P<hard>\S+)"
)
_ASIDE: Final = re.compile(r"\.? *(no new claims to deallocate, *)?preemption: .*$", re.DOTALL)
_PULLING: Final = ("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable")
_NEVER: Final = ("ErrImageNeverPull", "InvalidImageName", "ImageInspectError")
_UNMADE: Final = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
_PULL_PATIENCE: Final = 60.0  # [s]; a registry may be away for a moment
_MAKE_PATIENCE: Final = 20.0  # [s]
_END_PATIENCE: Final = 15.0  # [s]; the pod of an earlier start may end meanwhile
_REFUSED: Final = (403, 422)
_KINDS: Final = {
    "limits.memory": "memory",
    "requests.memory": "memory",
    f"limits.{DISK}": "disk",
    f"requests.{DISK}": "disk",
    "requests.storage": "storage",
}
_COUNTED: Final = {
    f"requests.{GPU}": "GPUs",
    "persistentvolumeclaims": "volumes",
    "count/pods": "pods, those that have ended among them",
}
_ATTACHED: Final = "Multi-Attach error"
_UNBOUND: Final = "unbound immediate PersistentVolumeClaims"  # of a storage class that makes volumes at once


class PodError(HTTPError):
    """A notebook that does not start; as an error of HTTP, because the hub hides what others say."""

    def __init__(self, status: int, sentence: str) -> None:
        """Say what happened, and what to do."""
        self.jupyterhub_message = sentence
        super().__init__(status, "%s", sentence)


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What keeps a pod from starting.

    Attributes:
        sentence: for its user.
        status: of HTTP.
        patience: how long it may go away by itself [s].
    """

    sentence: str
    status: int
    patience: float


def refusal(status: int, message: str, *, cpu_fraction: float) -> PodError:
    """What a user is told where Kubernetes refuses something.

    Args:
        status: of its answer.
        message: of it.
        cpu_fraction: which part of its cores a pod reserves.
    """
    if (exceeded := _EXCEEDED.search(message)) is not None:
        asked, used, hard = (_amounts(exceeded[name]) for name in ("asked", "used", "hard"))
        parts = [_part(name, asked[name], used[name], hard[name], cpu_fraction) for name in asked if name in used]
        return PodError(
            409,
            f"Your quota has no room for this notebook: {'; '.join(parts)}. Choose a smaller profile; executors that "
            "an earlier server left end within a minute.",
        )
    if status in _REFUSED:
        return PodError(
            500,
            f"Kubernetes does not let the hub start this notebook: {_end(message)} It is the operator who can change "
            "that.",
        )
    return PodError(503, f"Kubernetes answers with status {status}: {_end(message)} Try again in a minute.")


def misconfigured(sentence: str) -> PodError:
    """What a user is told where the site's configuration makes a pod that cannot be a notebook."""
    return PodError(500, f"{_end(sentence)} It is the operator who can change that.")


def no_answer(message: str) -> PodError:
    """What a user is told where Kubernetes cannot be reached."""
    return PodError(503, f"The hub cannot reach Kubernetes: {_end(message)} Try again in a minute.")


def obstacle(pod: Mapping[str, Any] | None) -> Obstacle | None:
    """What keeps a pod from starting; ``None`` where nothing is known to.

    Args:
        pod: as Kubernetes describes it; ``None`` where there is none.
    """
    if (pod or {}).get("metadata", {}).get("deletionTimestamp") is not None:
        return Obstacle(
            sentence=(
                "Kubernetes ends the notebook's pod before its server is there: the node may be lost, or have too "
                "little room. Try again."
            ),
            status=503,
            patience=_END_PATIENCE,
        )
    status = (pod or {}).get("status", {})
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return _unscheduled(condition.get("message", ""))
    for container in status.get("containerStatuses", ()):
        if (ended := container["state"].get("terminated")) is not None:
            return _ended(ended)
        if (waiting := container["state"].get("waiting")) is not None:
            return _waiting(container, waiting.get("reason", ""), waiting.get("message", ""))
    return None


def too_late(seconds: float, pod: Mapping[str, Any] | None, events: Sequence[Mapping[str, Any]]) -> PodError:
    """What a user is told where a pod does not start in time.

    Args:
        seconds: that were given.
        pod: as Kubernetes describes it.
        events: of it, the latest last.
    """
    if (found := obstacle(pod)) is not None:
        return PodError(found.status, found.sentence)
    if attached := next((one["message"] for one in reversed(events) if _ATTACHED in one["message"]), ""):
        return PodError(
            503,
            "The volume of your home is still attached to another node, which may be lost: "
            f"{_end(attached)} Kubernetes frees it after some minutes: try again then. It is the operator who can do "
            "so earlier.",
        )
    last = (
        f"The last that Kubernetes says of it: {_end(events[-1]['message'])}" if events else "Nothing is known of it."
    )
    return PodError(504, f"The notebook did not start within {seconds:g} s. {last} Try again, or ask the operator.")


def _unscheduled(message: str) -> Obstacle:
    if _UNBOUND in message:
        return Obstacle(
            sentence=(
                "The volume of your home is not there: the cluster's storage has not made it. The operator finds why "
                f"in the events of the volume claim '{HOME_CLAIM}'."
            ),
            status=503,
            patience=inf,  # it may take a while to make one
        )
    gpu = " with a GPU" if GPU in message else ""
    return Obstacle(
        sentence=(
            f"No node of the cluster{gpu} has room for this notebook: {_end(_ASIDE.sub('', message))} Choose another "
            "profile, or try again later."
        ),
        status=503,
        patience=inf,  # others may leave, or the cluster may grow
    )


def _waiting(container: Mapping[str, Any], why: str, message: str) -> Obstacle | None:
    image = container.get("image", "")
    if why in (*_PULLING, *_NEVER):
        return Obstacle(
            sentence=(
                f"The image {image} of the notebook cannot be pulled: {_end(message or why)} It is the operator who "
                "can change that."
            ),
            status=500,
            patience=_PULL_PATIENCE if why in _PULLING else 0,
        )
    if why in _UNMADE:
        return Obstacle(
            sentence=f"The notebook's container cannot be made: {_end(message or why)} Ask the operator.",
            status=500,
            patience=_MAKE_PATIENCE,
        )
    if why == "CrashLoopBackOff":
        return _ended(container.get("lastState", {}).get("terminated", {}))
    return None


def _ended(state: Mapping[str, Any]) -> Obstacle:
    if state.get("reason") == "OOMKilled":
        sentence = "The notebook server took more memory than its profile has before it was there; choose a larger one."
    else:
        sentence = (
            f"The notebook server ended with code {state.get('exitCode')} as soon as it had started; the operator "
            "finds why in the log of its pod."
        )
    return Obstacle(sentence=sentence, status=500, patience=0)


def _amounts(text: str) -> dict[str, float]:
    return {name: quantities.number(amount) for name, amount in (one.split("=") for one in text.split(","))}


def _part(name: str, asked: float, used: float, hard: float, cpu_fraction: float) -> str:
    if name == "requests.cpu":
        asked, used, hard = asked / cpu_fraction, used / cpu_fraction, hard / cpu_fraction
        return f"it takes {cores(asked)}, and {round(used, 2):g} of {round(hard, 2):g} are in use"
    if (of := _KINDS.get(name)) is not None:
        return f"it takes {size(asked)} of {of}, and {size(used)} of {size(hard)} are in use"
    what = _COUNTED.get(name, name)
    return f"it takes {asked:g} of your {hard:g} {what}, and {used:g} are in use"


def _end(message: str) -> str:
    """What somebody else says, as a sentence in one of ours."""
    return message.strip().rstrip(".").replace("\n", " ") + "."

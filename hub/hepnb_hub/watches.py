"""What of a user's namespace does the hub watch?

Whatever a user can create there must not grow the hub's memory: users make pods, and pods make events.
"""

from typing import Any, Final

from hepnb.cluster.kubernetes import NOTEBOOK, ROLE

PODS: Final = "pods"
EVENTS: Final = "events"


def key(kind: str, namespace: str, pod: str) -> tuple[str, ...]:
    """By what a watch is known: all servers of a user share that of pods, and each has its own of events.

    Args:
        kind: `PODS` or `EVENTS`.
        namespace: of the user.
        pod: name of the server's pod.
    """
    return (kind, namespace, pod) if kind == EVENTS else (kind, namespace)


def selectors(kind: str, pod: str) -> dict[str, Any]:
    """What a watch asks for, as KubeSpawner's reflectors take it.

    Args:
        kind: `PODS` or `EVENTS`.
        pod: name of the server's pod.
    """
    if kind == EVENTS:
        return {"fields": {"involvedObject.kind": "Pod", "involvedObject.name": pod}}
    return {"labels": {ROLE: NOTEBOOK}}  # which only the hub may give to a pod


def runs(watch: Any) -> bool:
    """Whether a watch goes on, or is about to begin."""
    begun = watch.first_load_future.done()
    return not begun or (watch.watch_task is not None and not watch.watch_task.done())

"""How is what a notebook's pod needs added to what a site, its hooks or a group of users set?"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jupyterhub.utils import maybe_future

from hepnb.cluster.kubernetes import HOME, HOME_CLAIM, NOTEBOOK, NOTEBOOK_ACCOUNT, ROLE
from hepnb.errors import InputError

_NOTEBOOK_CONTAINER: Final = "notebook"  # as KubeSpawner calls it


def add(spawner: Any, required: Mapping[str, Any]) -> None:
    """Add what is required to the traits of a spawner, whoever has set them; twice is as good as once.

    Args:
        spawner: of a server that is about to start.
        required: traits of `ADDED` with the platform's values.

    Raises:
        InputError: the site has put something where the user's home is.
    """
    for name, ours in required.items():
        value = getattr(spawner, name)
        setattr(spawner, name, _later(value, name, ours) if callable(value) else ADDED[name](value or {}, ours))


def with_lists(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Traits of a pod with lists where KubeSpawner's own are lists: hooks append to them.

    Args:
        traits: of a pod.
    """
    return {
        name: _listed(value) if ADDED.get(name) in (_entries, _volumes, _mounts) else value
        for name, value in traits.items()
    }


def missing(pod: Mapping[str, Any], *, claim: str) -> str | None:
    """What a notebook's pod lacks that it cannot be without; ``None`` where it has all.

    Args:
        pod: as it is sent to Kubernetes.
        claim: name of the volume claim of the user's home.
    """
    spec = pod["spec"]
    if (pod["metadata"].get("labels") or {}).get(ROLE) != NOTEBOOK:
        return f"the label {ROLE}={NOTEBOOK}"
    if spec.get("serviceAccountName") != NOTEBOOK_ACCOUNT:
        return f"the service account '{NOTEBOOK_ACCOUNT}'"
    volume: Mapping[str, Any] = next((one for one in spec.get("volumes") or [] if one["name"] == HOME_CLAIM), {})
    if (volume.get("persistentVolumeClaim") or {}).get("claimName") != claim:
        return f"the volume of the home, which is the claim '{claim}'"
    container: Mapping[str, Any] = next((one for one in spec["containers"] if one["name"] == _NOTEBOOK_CONTAINER), {})
    mounts = [one for one in container.get("volumeMounts") or [] if _path(one) == HOME]
    if mounts != [{"name": HOME_CLAIM, "mountPath": HOME}]:
        return f"the home at {HOME}"
    return None


def _later(site: Callable[[Any], Any], name: str, ours: Any) -> Callable[[Any], Any]:
    async def both(spawner: Any) -> Any:
        return ADDED[name](await maybe_future(site(spawner)) or {}, ours)

    return both


def _table(site: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Both, where ours win; tables within are put together in the same way."""
    both = dict(site)
    for key, value in ours.items():
        inner = both.get(key)
        both[key] = _table(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return both


def _entries(site: Any, ours: Any) -> list[Any]:
    """Both as a list; KubeSpawner takes lists, and dicts whose keys only say the order."""
    found, wanted = _listed(site), _listed(ours)
    return [*found, *(one for one in wanted if one not in found)]


def _listed(entries: Any) -> list[Any]:
    if isinstance(entries, str):
        return [{"name": entries}]  # of a secret for pulling images
    return [entries[key] for key in sorted(entries)] if isinstance(entries, Mapping) else list(entries)


def _volumes(site: Any, ours: Any) -> list[Any]:
    both = _entries(site, ours)
    names = [one.get("name") for one in both]
    for one in _listed(ours):
        if names.count(one["name"]) > 1:
            raise InputError(
                f"The site's configuration has a volume '{one['name']}' of its own, but the platform's volume has that "
                "name; choose another."
            )
    return both


def _mounts(site: Any, ours: Any) -> list[Any]:
    both = _entries(site, ours)
    paths = [_path(one) for one in both]
    for one in _listed(ours):
        if paths.count(_path(one)) > 1:
            raise InputError(
                f"The site's configuration mounts a volume at {_path(one)}, where the platform mounts another; mount "
                "it somewhere else, such as /data."
            )
    return both


def _path(mount: Mapping[str, Any]) -> str:
    return str(mount.get("mountPath", "")).rstrip("/")


ADDED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "image_pull_secrets": _entries,
    "volumes": _volumes,
    "volume_mounts": _mounts,
    "extra_labels": _table,
    "extra_annotations": _table,
    "node_selector": _table,
    "tolerations": _entries,
    "container_security_context": _table,
    "pod_security_context": _table,
    "extra_pod_config": _table,
    "extra_container_config": _table,
    **dict.fromkeys(
        (
            "init_containers",
            "extra_containers",
            "node_affinity_preferred",
            "node_affinity_required",
            "pod_affinity_preferred",
            "pod_affinity_required",
            "pod_anti_affinity_preferred",
            "pod_anti_affinity_required",
        ),
        _entries,
    ),
}
"""Trait of a pod -> how the platform's value is added to another one; all that a site may add to by a key."""

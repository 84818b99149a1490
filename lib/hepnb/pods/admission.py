"""Would Kubernetes let this notebook start an executor?"""

from collections.abc import Mapping
from typing import Any, Final

from hepnb.cluster import executors, quantities
from hepnb.cluster.kubernetes import EXECUTOR_ACCOUNT, GPU, NotebookPod
from hepnb.cluster.profiles import Profile
from hepnb.errors import SessionError
from hepnb.pods.namespace import Namespace

_IMAGES: Final = ("spark.kubernetes.executor.container.image", "spark.kubernetes.container.image")
_SELECTORS: Final = ("spark.kubernetes.node.selector.", "spark.kubernetes.executor.node.selector.")
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_POLICY: Final = "denied request: "
_FULL: Final = "exceeded quota"


def require_executors(profile: Profile, pod: NotebookPod, options: Mapping[str, str], namespace: Namespace) -> None:
    """Ask before Spark does, which would try again for ever and only its log would say why.

    Args:
        profile: the size.
        pod: of the driver.
        options: of the user: Spark property -> value.
        namespace: of the user.

    Raises:
        SessionError: a policy of the cluster refuses executors such as these.
    """
    said = namespace.refusal_of("pods", trial(profile, pod, options))
    if said is None or _FULL in said:
        return
    asked = [name for name in options if name in _IMAGES or name.startswith(_SELECTORS)]
    todo = (
        f"Leave out {', '.join(asked)}"
        if asked
        else "Stop this server and start it again, which takes the settings of now"
    )
    raise SessionError(
        f"Kubernetes refuses executors such as these: {said.rpartition(_POLICY)[2].rstrip('.')}. {todo}, or tell the "
        "operator of the platform."
    )


def trial(profile: Profile, pod: NotebookPod, options: Mapping[str, str]) -> dict[str, Any]:
    """An executor's pod as Spark would make it, as far as policies look at it.

    Args:
        profile: the size.
        pod: of the driver.
        options: of the user.
    """
    found = executors.pod_template(profile, pod)
    spec, (container,) = found["spec"], found["spec"]["containers"]
    owner = {"apiVersion": "v1", "kind": "Pod", "name": pod.name, "uid": _NOBODY}
    found["metadata"] |= {"generateName": "trial-", "ownerReferences": [owner]}
    chosen = {
        name.removeprefix(prefix): value
        for prefix in _SELECTORS
        for name, value in options.items()
        if name.startswith(prefix)
    }
    spec |= {"restartPolicy": "Never", "serviceAccountName": EXECUTOR_ACCOUNT}
    spec["nodeSelector"] = {**spec.get("nodeSelector", {}), **chosen}
    container["image"] = next((options[name] for name in _IMAGES if name in options), pod.executors.image)
    memory = {"memory": quantities.memory(profile.executor_limit)}
    gpus = {GPU: str(profile.executor_gpus)} if profile.executor_gpus else {}
    cpu = {"cpu": quantities.cpu(profile.executor_cores * pod.executors.cpu_fraction)}
    requests, limits = (container["resources"][kind] | memory | gpus for kind in ("requests", "limits"))
    container["resources"] = {"requests": requests | cpu, "limits": limits}
    return found

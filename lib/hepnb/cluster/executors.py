"""What does Spark need to know to have executors on Kubernetes?"""

import re
from typing import Any, Final

from hepnb.cluster import kubernetes as k8s
from hepnb.cluster import quantities, site_access
from hepnb.cluster.kubernetes import NotebookPod
from hepnb.cluster.profiles import Profile
from hepnb.cluster.spark_conf import common

GPU_SCRIPT: Final = "/opt/hepnb/discover-gpus"
"""Where the images have the program that tells Spark of GPUs."""

SELECTOR: Final = "spark-app-selector"
"""Label, Spark's own, of all that belongs to an application."""

_APPLICATION: Final = re.compile(r"spark-([0-9]{13})-([0-9]+)")
_SERVER: Final = "https://kubernetes.default.svc:443"
_IDLE: Final = "60s"  # an executor without work goes
_CACHED: Final = "30min"  # with cached data, or with a shuffle's
_PENDING: Final = 4  # executors asked for at a time, so that a refusal is noticed before the next is asked for
_ROUND: Final = "200ms"  # between two looks at which executors are wanted; Spark's own second is a part of each wait
_GRACE: Final = 5  # [s] for an executor to end


def kubernetes(profile: Profile, pod: NotebookPod, *, template: str) -> dict[str, str]:
    """Settings of a Spark whose driver runs in a notebook pod, and its executors in pods beside it.

    Args:
        profile: the size.
        pod: of the driver.
        template: path of a file with `pod_template`.

    Returns:
        Spark property -> value (https://spark.apache.org/docs/latest/running-on-kubernetes.html).
    """
    site = pod.executors
    settings = common(profile) | {
        "spark.master": f"k8s://{_SERVER}",
        "spark.submit.deployMode": "client",
        "spark.driver.host": pod.address,
        # Also what executors are told: it must never be an address that means every one.
        "spark.driver.bindAddress": pod.address,
        "spark.driver.port": str(k8s.DRIVER_PORT),
        "spark.driver.blockManager.port": str(k8s.DRIVER_BLOCK_PORT),
        "spark.blockManager.port": str(k8s.EXECUTOR_PORT),
        "spark.port.maxRetries": str(k8s.SLOTS - 1),
        "spark.kubernetes.namespace": pod.namespace,
        # Executors go when this pod goes.
        "spark.kubernetes.driver.pod.name": pod.name,
        "spark.kubernetes.executor.podTemplateFile": template,
        "spark.kubernetes.container.image": site.image,
        "spark.kubernetes.container.image.pullPolicy": site.pull_policy,
        "spark.kubernetes.authenticate.executor.serviceAccountName": k8s.EXECUTOR_ACCOUNT,
        "spark.kubernetes.executor.request.cores": quantities.cpu(profile.executor_cores * site.cpu_fraction),
        "spark.kubernetes.allocation.maxPendingPods": str(_PENDING),
        "spark.kubernetes.allocation.batch.delay": _ROUND,
        "spark.executor.cores": str(profile.executor_cores),
        "spark.executor.memory": profile.executor_memory,
        "spark.executor.memoryOverhead": f"{profile.executor_overhead >> 20}m",
        # Refusals and evictions are Kubernetes' daily life; Spark would end the driver after a few.
        "spark.executor.maxNumFailures": str((1 << 31) - 1),
        "spark.scheduler.minRegisteredResourcesRatio": "0",
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.minExecutors": "0",
        "spark.dynamicAllocation.maxExecutors": str(profile.executors),
        "spark.dynamicAllocation.executorIdleTimeout": _IDLE,
        "spark.dynamicAllocation.cachedExecutorIdleTimeout": _CACHED,
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.timeout": _CACHED,
        "spark.sql.shuffle.partitions": str(max(8, profile.executors * profile.executor_cores)),
    }
    if site.pull_secrets:
        settings["spark.kubernetes.container.image.pullSecrets"] = ",".join(site.pull_secrets)
    return settings | (_gpus(profile) if profile.executor_gpus else {})


def pod_template(profile: Profile, pod: NotebookPod) -> dict[str, Any]:
    """The pod that Spark completes for each executor: what Pod Security ``restricted`` asks for, and the site's own.

    Args:
        profile: the size.
        pod: of the driver.
    """
    disk = {k8s.DISK: quantities.memory(profile.executor_disk_limit)}
    site = pod.executors
    container: dict[str, Any] = {
        "name": k8s.EXECUTOR_CONTAINER,
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "resources": {"requests": disk, "limits": disk},
    }
    spec: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": _GRACE,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": k8s.USER_ID,
            "runAsGroup": k8s.GROUP_ID,
            "fsGroup": k8s.GROUP_ID,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # Nodes share what files and shuffles need of their networks.
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {k8s.ROLE: k8s.EXECUTOR}},
            }
        ],
        "containers": [container],
    }
    volumes: list[dict[str, Any]] = []
    mounts: list[dict[str, Any]] = []
    if site.home:
        mounts.append({"name": "home", "mountPath": k8s.HOME})
        volumes.append({"name": "home", "persistentVolumeClaim": {"claimName": k8s.HOME_CLAIM}})
    if site.certificates:
        mounts.append(dict(site_access.MOUNT))
        volumes.append(dict(site_access.VOLUME))
    if volumes:
        container["volumeMounts"], spec["volumes"] = mounts, volumes
    # Not as spark.executorEnv.*: Spark would list them in its settings, and a user's own of the same name come later.
    if variables := site_access.of_executors(site.environment):
        container["env"] = [{"name": name, "value": value} for name, value in variables.items()]
    if site.environment_secret:
        container["envFrom"] = [dict(site_access.ENVIRONMENT)]
    if site.node_selector:
        spec["nodeSelector"] = dict(site.node_selector)
    if site.tolerations:
        spec["tolerations"] = [dict(one) for one in site.tolerations]
    if site.priority_class:
        spec["priorityClassName"] = site.priority_class
    if site.runtime_class:
        spec["runtimeClassName"] = site.runtime_class
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {k8s.ROLE: k8s.EXECUTOR}}, "spec": spec}


def of_kernel(kernel: str) -> dict[str, str]:
    """The setting by which whoever looks at executors sees whose they are.

    Args:
        kernel: its id.
    """
    return {f"spark.kubernetes.executor.label.{k8s.KERNEL}": kernel}


def application_of(process: int, began: float) -> str:
    """The name of the application of a driver, by which `driver_of` finds its process.

    Args:
        process: id of the driver's process, in its pod.
        began: when the process was started, from `hepnb.cluster.process_start` [s].
    """
    return f"spark-{round(began * 1000):013}-{process}"


def driver_of(application: str) -> tuple[int, float] | None:
    """Process and start of a driver, from `application_of`; none where something else named the application."""
    found = _APPLICATION.fullmatch(application)
    return None if found is None else (int(found[2]), int(found[1]) / 1000)


def _gpus(profile: Profile) -> dict[str, str]:
    """Whole GPUs for executors; their tasks share them evenly."""
    cores, gpus = profile.executor_cores, profile.executor_gpus
    share = str(gpus // cores) if gpus >= cores else f"{1 / -(-cores // gpus):.4f}"
    return {
        "spark.executor.resource.gpu.amount": str(gpus),
        "spark.executor.resource.gpu.vendor": k8s.GPU.partition("/")[0],
        "spark.executor.resource.gpu.discoveryScript": GPU_SCRIPT,
        "spark.task.resource.gpu.amount": share,
    }

"""Pods as an operator and as a user may make them, and changes to them."""

import copy
from typing import Any, Final

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "probe"},
    "spec": {
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "probe",
                "image": "localhost/hepnb/probe:1",
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "resources": {"requests": {"cpu": "10m"}, "limits": {"memory": "64Mi"}},
            }
        ],
    },
}


OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "notebook", "uid": "00000000-0000-0000-0000-000000000001"}
"""Of what users make; Kubernetes would soon delete what such a uid owns."""

GONE: Final = object()
"""In the place of a value: that there is none."""


def executor(release: str, *, image: str) -> dict[str, Any]:
    """An executor's pod as Spark makes it, but for what the site says of nodes."""
    disk = {"ephemeral-storage": "1Gi"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "spark-1-exec-1",
            "labels": {
                "hepnb/role": "executor",
                "hepnb/kernel": "0",
                "spark-app-name": "hepnb",
                "spark-app-selector": "spark-1",
                "spark-exec-id": "1",
                "spark-exec-resourceprofile-id": "0",
                "spark-role": "executor",
                "spark-version": "4.3.0",
            },
            "ownerReferences": [{**OWNER, "controller": True}],
        },
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [
                {
                    "args": ["executor"],
                    "env": [
                        {"name": "SPARK_DRIVER_URL", "value": "spark://CoarseGrainedScheduler@10.88.0.9:7100"},
                        {"name": "SPARK_EXECUTOR_POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                    ],
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "name": "spark-kubernetes-executor",
                    "ports": [{"containerPort": 7200, "name": "blockmanager", "protocol": "TCP"}],
                    "resources": {
                        "limits": {"memory": "896Mi", **disk},
                        "requests": {"cpu": "10m", "memory": "896Mi", **disk},
                    },
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    "volumeMounts": [
                        {"mountPath": "/var/data/spark-1", "name": "spark-local-dir-1"},
                        {"mountPath": "/opt/spark/conf", "name": "spark-conf-volume-exec"},
                        {"mountPath": "/home/jovyan", "name": "home"},
                    ],
                }
            ],
            "enableServiceLinks": False,
            "hostname": "spark-1-exec-1",
            "priorityClassName": f"{release}-users",
            "restartPolicy": "Never",
            "securityContext": {
                "fsGroup": 100,
                "fsGroupChangePolicy": "OnRootMismatch",
                "runAsGroup": 100,
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "serviceAccountName": "hepnb-executor",
            "terminationGracePeriodSeconds": 5,
            "topologySpreadConstraints": [
                {
                    "labelSelector": {"matchLabels": {"hepnb/role": "executor"}},
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "ScheduleAnyway",
                }
            ],
            "volumes": [
                {"emptyDir": {}, "name": "spark-local-dir-1"},
                {"configMap": {"name": "spark-exec-1-conf-map"}, "name": "spark-conf-volume-exec"},
                {"name": "home", "persistentVolumeClaim": {"claimName": "home"}},
            ],
        },
    }


def changed(pod: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The pod with something else at a path such as ``spec.containers.0.image``."""
    found = copy.deepcopy(pod)
    at: Any = found
    *above, last = path.split(".")
    for step in above:
        at = at[int(step)] if step.isdigit() else at.setdefault(step, {})
    if value is GONE:
        del at[last]
    else:
        at[int(last) if last.isdigit() else last] = value
    return found

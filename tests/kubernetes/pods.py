"""A pod as users may make one, and changes to it."""

import json
from typing import Any

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


def changed(path: str, value: Any) -> dict[str, Any]:
    """The pod with something else at a path such as ``spec.containers.0.image``."""
    pod: Any = json.loads(json.dumps(POD))
    *above, last = path.split(".")
    at = pod
    for step in above:
        at = at[int(step)] if step.isdigit() else at[step]
    at[last] = value
    return pod

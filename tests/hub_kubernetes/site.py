"""A site of the tests: what the chart mounts into the hub's pod."""

import copy
import json
from pathlib import Path
from typing import Any

from hepnb.cluster.hub_pod import HubPod
from hepnb_hub.deployment import Deployment, load_deployment

DEPLOYMENT: dict[str, Any] = {
    "release": "hepnb",
    "namespace": "platform",
    "prefix": "hepnb-u-",
    "hubAddress": "http://hub.platform.svc:8081",
    "proxyApi": "http://proxy-api.platform.svc:8001",
    "publicAddress": "",
    "images": {"notebook": "example/notebook:1", "executor": "example/executor:1"},
    "pullPolicy": "IfNotPresent",
    "pullSecrets": [],
    "quota": {"cores": 8, "memory": "32g", "gpus": 0, "storage": "20g", "pods": 20},
    "home": {"size": "10Gi", "storageClass": "", "accessMode": "ReadWriteOnce", "onExecutors": False},
    "cpuFraction": 0.25,
    "nodeSelector": {},
    "tolerations": [],
    "environment": {},
    "egress": [],
    "idleTimeout": 3600,
    "startTimeout": 300,
    "sharedPassword": True,
    "adminUsers": [],
}

PROFILES = """
[local]
description = "Every core"
cores = "all"
memory = "2g"

[small]
description = "One core"
cores = 1
memory = "1g"

[gpu]
description = "A GPU"
cores = 2
memory = "2g"
gpus = 1
"""


def changed(**values: Any) -> dict[str, Any]:
    """The deployment with other values; a double underscore stands for the dot of a section."""
    content = copy.deepcopy(DEPLOYMENT)
    for name, value in values.items():
        section, _, key = name.partition("__")
        if key:
            content[section][key] = value
        else:
            content[name] = value
    return content


def mounted(path: Path, *, config: str | None = None, **values: Any) -> HubPod:
    """Write all of it below a path."""
    pod = HubPod(configuration=path / "etc", secrets=path / "secrets", state=path / "state")
    for folder in (pod.configuration, pod.secrets, pod.state):
        folder.mkdir()
    pod.deployment.write_text(json.dumps(changed(**values)))
    pod.profiles.write_text(PROFILES)
    secrets = {
        "proxy-token": "p" * 64,
        "operator-token": "o" * 64,
        "cookie-secret": "ab" * 32,
        "password": "open sesame",
    }
    for name, text in secrets.items():
        (pod.secrets / name).write_text(f"{text}\n")
    if config is not None:
        pod.site_config.write_text(config)
    return pod


def deployed(path: Path, **values: Any) -> Deployment:
    """A deployment with such values."""
    (path / "deployment.json").write_text(json.dumps(changed(**values)))
    return load_deployment(path / "deployment.json")

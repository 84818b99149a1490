"""A site of the tests: what the chart mounts into the hub's pod."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.objects import Hub, Server
from jupyterhub.user import User
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

import hepnb_hub
from hepnb.cluster.hub_pod import HubPod
from hepnb_hub.deployment import Deployment, load_deployment

DEPLOYMENT: dict[str, Any] = {
    "release": "hepnb",
    "namespace": "platform",
    "prefix": "hepnb-u-",
    "hubAddress": "http://hub.platform.svc:8081",
    "proxyApi": "http://proxy-api.platform.svc:8001",
    "publicAddress": "",
    "userHosts": False,
    "images": {"notebook": "example/notebook:1", "executor": "example/executor:1"},
    "pullPolicy": "IfNotPresent",
    "pullSecrets": [],
    "quota": {"cores": 8, "memory": "32g", "gpus": 0, "storage": "20g", "volumeClaims": 1, "disk": "200g", "pods": 20},
    "home": {"size": "10Gi", "storageClass": "", "accessMode": "ReadWriteOnce", "onExecutors": False},
    "cpuFraction": 0.25,
    "nodeSelector": {},
    "tolerations": [],
    "priorityClassName": "hepnb-users",
    "runtimeClassName": None,
    "environment": {},
    "environmentSecret": "",
    "certificates": "",
    "egress": [],
    "idleTimeout": 3600,
    "startTimeout": 300,
    "sharedPassword": True,
    "adminUsers": [],
}

CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUfs49hfdXWlK1qf/NwB3hYRR0flcwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHU2l0ZSBDQTAeFw0yNjExMzAyMTA0MDZaFw0zNjExMjcyMTA0
MDZaMBIxEDAOBgNVBAMMB1NpdGUgQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AARFRjoh/oDEZi1oSjv2UuLTVUSNs3SjTCaqeOvSs0wmnl/aTW4l0rQPqw+JVfL4
H6Aw/AwVTkH5Vyp5cEyyrHsJo1MwUTAdBgNVHQ4EFgQUVTpRfu4yEB57Luy5b+Tv
PXya2PkwHwYDVR0jBBgwFoAUVTpRfu4yEB57Luy5b+TvPXya2PkwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBzrek3XrgFM6nmVEt72fUjbxXLX6nv
u385X7aMnFBmJwIgK2tXF13JWLMLPMc3hDmrk9hgjqHqQjbtNXFzyJO5r6I=
-----END CERTIFICATE-----
"""
"""Of an authority of nobody."""

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
    folders = {name: path / name for name in ("secrets", "state", "environment")}
    pod = HubPod(configuration=path / "etc", **folders)
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


class Site:
    """A hub's pod with what the chart mounts, as this process sees it."""

    def __init__(self, pod: HubPod, monkeypatch: pytest.MonkeyPatch) -> None:
        """Look at what is mounted."""
        self.pod = pod
        self._monkeypatch = monkeypatch

    def enter(self) -> None:
        """Let this process be the hub's pod."""
        for name in ("configuration", "secrets", "state", "environment"):
            self._monkeypatch.setenv(f"HEPNB_{name.upper()}", str(getattr(self.pod, name)))

    def write(self, config: str | None = None, **values: Any) -> None:
        """Change what the chart says, and what the site's own file does."""
        self.pod.deployment.write_text(json.dumps(changed(**values)))
        if config is not None:
            self.pod.site_config.write_text(config)

    def keep_secret(self, variables: Mapping[str, str]) -> None:
        """Mount a Secret with variables, in the place of one that was there."""
        self.pod.environment.mkdir(exist_ok=True)
        for path in self.pod.environment.iterdir():
            path.unlink()
        for name, value in variables.items():
            (self.pod.environment / name).write_text(value)

    def config(self) -> Config:
        """What JupyterHub is told."""
        folder = Path(hepnb_hub.__file__).parent
        return PyFileConfigLoader("kubernetes_config.py", path=str(folder)).load_config()

    def spawner(self, name: str = "maria") -> Any:
        """The spawner of a user, as the hub makes it; in a running loop."""
        config = self.config()
        database = orm.new_session_factory("sqlite://")()
        known = orm.User(name=name)
        database.add(known)
        database.commit()
        hub = Hub(connect_url=f"{config.JupyterHub.hub_connect_url}/hub/", base_url="/hub/")
        settings = {"config": config, "hub": hub, "spawner_class": config.JupyterHub.spawner_class}
        user = User(known, settings, db=database)
        spawner = user.spawner
        row = orm.Server(base_url=user.base_url)
        database.add(row)
        database.commit()
        spawner.server = Server(orm_server=row)
        return spawner

    async def chosen(self, name: str = "maria", **options: Any) -> Any:
        """The spawner of a user who has chosen something."""
        spawner = self.spawner(name)
        spawner.api_token = "t" * 32
        await spawner._run_apply_user_options(options)
        return spawner


def serialised(model: Any) -> Mapping[str, Any]:
    """An object of Kubernetes as it is sent."""
    from kubernetes_asyncio.client import ApiClient

    found: Mapping[str, Any] = ApiClient.__new__(ApiClient).sanitize_for_serialization(model)
    return found

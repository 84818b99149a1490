"""The platform as Helm installs it into a cluster, and the cluster as its operator sees it."""

import base64
import json
import os
import re
import secrets
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests

from hepnb.cluster.ports import free_port
from tests import waiting
from tests.kubernetes.releases import CHART, must

IMAGES = os.environ.get("HEPNB_IMAGES", "localhost/hepnb")
TAG = os.environ.get("HEPNB_TAG", "1")
PASSWORD = secrets.token_urlsafe(12)

PROFILES = """
[tiny]
description = "A test"
cores = 1
memory = "512m"
executors = 2
executor_cores = 1
executor_memory = "512m"

[wide]
description = "More executors than the quota has room for"
cores = 1
memory = "512m"
executors = 9
executor_cores = 1
executor_memory = "512m"

[gpu]
description = "An executor with a GPU"
cores = 1
memory = "512m"
executors = 1
executor_memory = "512m"
executor_gpus = 1

[giant]
description = "More than the quota"
cores = 1
memory = "512m"
executor_memory = "100g"

[notebook-gpu]
description = "A notebook with a GPU"
cores = 1
memory = "512m"
gpus = 1
"""

VALUES: Mapping[str, Any] = {
    "images": {"prefix": IMAGES, "tag": TAG, "others": ["localhost/hepnb/nowhere", f"{IMAGES}/hub"]},
    "password": PASSWORD,
    "profiles": PROFILES,
    "cpuFraction": 0.1,
    "quota": {"cores": 20, "memory": "5Gi", "gpus": 2, "storage": "4Gi", "disk": "50Gi", "pods": 8},
    "home": {"size": "1Gi", "accessMode": "ReadWriteMany", "onExecutors": True},
    "hub": {"resources": {"requests": {"cpu": "50m"}}},
    "proxy": {"resources": {"requests": {"cpu": "50m"}}, "service": {"type": "NodePort"}},
}
"""Of a site with small pods: a node has two cores."""


def kubectl(*arguments: str, given: Any = None) -> str:
    """Run kubectl, and give what it printed."""
    return must("kubectl", *arguments, given=given)


def objects(kind: str, namespace: str, selector: str = "") -> list[dict[str, Any]]:
    """What there is of a kind."""
    found = kubectl("get", kind, "-n", namespace, "-l", selector, "-o", "json")
    return json.loads(found)["items"]


until = partial(waiting.until, pause=0.3)
"""`tests.waiting.until` for questions that start a kubectl each."""


class Installed:
    """The platform in a namespace of its own, through a port of this machine.

    Attributes:
        name: of the release, and of its namespace.
        prefix: of the users' namespaces.
        address: where a browser finds it.
        password: by which everybody logs in.
    """

    def __init__(self, folder: Path, **values: Any) -> None:
        """Install it, and wait until it runs."""
        self.name = f"hepnb-test-{secrets.token_hex(3)}"
        self.prefix = f"{self.name[6:]}-"
        self.password = PASSWORD
        self._folder, self._values = folder, {**VALUES, "prefix": self.prefix, **values}
        self._forwards: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def install(self) -> None:
        """``helm install``, and a way to the proxy: a port of a node, or where none is reached one of this machine."""
        self.helm("install", "--create-namespace", "--wait", "--timeout", "3m")
        (service,) = (one for one in objects("services", self.name) if one["metadata"]["name"] == "proxy-public")
        addresses = objects("nodes", self.name)[0]["status"]["addresses"]
        host = next(one["address"] for one in addresses if one["type"] == "InternalIP")
        port = service["spec"]["ports"][0]["nodePort"]
        if not _listens(host, port):
            host, port = "127.0.0.1", self.forward("service/proxy-public", 80)
        self.address = f"http://{host}:{port}"
        # The hub is ready a moment before the proxy knows the way to it.
        until(lambda: _answers(f"{self.address}/hub/login"), within=30, what="the page of the login")

    def upgrade(self, **values: Any) -> None:
        """``helm upgrade`` to some other values, or to the same."""
        self._values |= values
        self.helm("upgrade", "--wait", "--timeout", "3m")
        until(lambda: _answers(f"{self.address}/hub/login"), within=30, what="the page of the login")

    def operator(self, method: str, path: str) -> requests.Response:
        """Ask the hub's interface as the platform's operator."""
        (secret,) = (one for one in objects("secrets", self.name) if one["metadata"]["name"] == "hub")
        token = base64.b64decode(secret["data"]["operator-token"]).decode().strip()
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Authorization": f"token {token}"}
            return session.request(method, f"{self.address}/hub/api/{path}", headers=headers, timeout=60)

    def helm(self, command: str, *options: str) -> None:
        """``helm install`` or ``helm upgrade``."""
        values = self._folder / "values.json"
        values.write_text(json.dumps(self._values))
        done = subprocess.run(
            ["helm", command, self.name, str(CHART), "-n", self.name, "-f", str(values), *options],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + self.what_happened()

    def forward(self, target: str, port: int) -> int:
        """A port of this machine that leads to one in the cluster."""
        own = free_port()
        command = ["kubectl", "port-forward", "-n", self.name, target, f"{own}:{port}"]
        self._forwards.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        until(lambda: _listens("127.0.0.1", own), within=20, what=f"a way to {target}")
        return own

    def namespace_of(self, user: str) -> str:
        """Of a user with a plain name."""
        return f"{self.prefix}{user}"

    def what_happened(self) -> str:
        """Pods, events and logs, for whoever reads a failure."""
        shown = [
            ("get", "pods", "-o", "wide"),
            ("get", "events"),
            ("logs", "deployment/hub", "--tail=60"),
            ("logs", "job/hub-check"),
        ]
        found = [
            subprocess.run(["kubectl", "-n", self.name, *one], capture_output=True, text=True, check=False)
            for one in shown
        ]
        return "\n".join(one.stdout + one.stderr for one in found)

    def remove(self) -> None:
        """Everything, with the users' namespaces."""
        for forward in self._forwards:
            forward.terminate()
            forward.wait()
        subprocess.run(["helm", "uninstall", self.name, "-n", self.name], capture_output=True, check=False)
        names = [one["metadata"]["name"] for one in json.loads(kubectl("get", "namespaces", "-o", "json"))["items"]]
        ours = [name for name in names if name == self.name or name.startswith(self.prefix)]
        if ours:
            kubectl("delete", "namespace", "--wait=false", *ours)


@contextmanager
def installed(folder: Path, **values: Any) -> Iterator[Installed]:
    platform = Installed(folder, **values)
    try:
        platform.install()
        yield platform
    finally:
        platform.remove()


def count_of(said: str) -> int:
    """The number in what a cell printed after ``count:``."""
    found = re.search(r"count: ([0-9]+)", said)
    assert found is not None, said
    return int(found[1])


def _answers(address: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address, timeout=10).ok


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError:
        return False
    return True

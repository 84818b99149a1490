"""A release of the chart in a cluster, with users' namespaces as the hub makes them; its pods need not run."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hepnb_hub.deployment import load_deployment
from hepnb_hub.namespaces import namespace_of, objects
from hepnb_hub.network_policies import Cluster

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "hepnb"
NOWHERE = ("--set", "hub.nodeSelector.hepnb=nowhere", "--set", "proxy.nodeSelector.hepnb=nowhere")
"""No node has this label: the pods wait, and no image is pulled. Nor can the hub's configuration be checked."""


@dataclass(frozen=True)
class Answer:
    """What a command said, and whether it did what was asked."""

    done: bool
    said: str


def ask(program: str, *arguments: str, given: Any = None) -> Answer:
    text = None if given is None else json.dumps(given)
    result = subprocess.run([program, *arguments], input=text, capture_output=True, text=True, check=False, timeout=120)
    return Answer(result.returncode == 0, result.stdout + result.stderr)


def must(program: str, *arguments: str, given: Any = None) -> str:
    answer = ask(program, *arguments, given=given)
    assert answer.done, answer.said
    return answer.said


def account(namespace: str, name: str) -> tuple[str, str]:
    """The options of kubectl that speak as a service account, with the groups that it has."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return (f"--as=system:serviceaccount:{namespace}:{name}", *(f"--as-group={group}" for group in groups))


@dataclass(frozen=True)
class Release:
    """A release under a name that nobody else has."""

    name: str
    namespace: str
    prefix: str

    @property
    def hub(self) -> tuple[str, ...]:
        """The options of kubectl that speak as the hub."""
        return account(self.namespace, "hub")

    def user(self, name: str) -> str:
        """A user's namespace."""
        return namespace_of(name, self.prefix)

    def install(self, *options: str) -> Answer:
        """Install the chart, or upgrade to other values."""
        own = ("--namespace", self.namespace, "--set", f"prefix={self.prefix}")
        return ask("helm", "upgrade", "--install", self.name, str(CHART), "--no-hooks", *own, *NOWHERE, *options)

    def make_user(self, name: str, folder: Path) -> str:
        """A user's namespace with all that the hub's builders put there, made with the hub's rights."""
        told = must(
            *("kubectl", "get", "configmap", "hub", "--namespace", self.namespace),
            *("--output", 'go-template={{index .data "deployment.json"}}'),
        )
        file = folder / "deployment.json"
        file.write_text(told)
        for one in objects(self.user(name), load_deployment(file), Cluster(api=tuple(endpoints()))):
            where = () if one["kind"] == "Namespace" else ("--namespace", self.user(name))
            must("kubectl", *self.hub, *where, "create", "--filename=-", given=one)
        return self.user(name)


def endpoints() -> list[tuple[str, int]]:
    """Addresses and ports of the cluster's API server."""
    found = json.loads(must("kubectl", "get", "endpointslice", "kubernetes", "--namespace=default", "--output=json"))
    addresses = [address for one in found["endpoints"] for address in one["addresses"]]
    return [(address, port["port"]) for address in addresses for port in found["ports"]]


@contextmanager
def new_release() -> Iterator[Release]:
    """A namespace for a release, and the end of everything that was made for it."""
    name = f"t{uuid.uuid4().hex[:8]}"
    release = Release(name, f"{name}-platform", f"{name}-u-")
    must("kubectl", "create", "namespace", release.namespace)
    must("kubectl", "label", "namespace", release.namespace, "pod-security.kubernetes.io/enforce=restricted")
    try:
        yield release
    finally:
        ask("helm", "uninstall", release.name, "--namespace", release.namespace, "--ignore-not-found")
        listed = yaml.safe_load(must("kubectl", "get", "namespaces", "--output=yaml"))["items"]
        names = [one["metadata"]["name"] for one in listed]
        ours = [one for one in names if one == release.namespace or one.startswith(release.prefix)]
        must("kubectl", "delete", "namespace", "--wait=false", *ours)

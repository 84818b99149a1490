"""A user's namespace is made, mended and made again with no more than the rights that the chart gives the hub."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hepnb_hub import user_namespaces, user_quota
from hepnb_hub.deployment import Deployment, Egress, load_deployment
from tests.kubernetes.releases import Release, must, new_release


class Hub:
    """The hub's own code under its own account."""

    def __init__(self, release: Release, folder: Path) -> None:
        """Take its account, and what the chart tells it."""
        self.release = release
        told = must(
            *("kubectl", "get", "configmap", "hub", "--namespace", release.namespace),
            *("--output", 'go-template={{index .data "deployment.json"}}'),
        )
        (folder / "deployment.json").write_text(told)
        self.deployment = load_deployment(folder / "deployment.json")
        config = json.loads(must("kubectl", "config", "view", "--raw", "--minify", "--output=json"))
        token = must("kubectl", "create", "token", "hub", "--namespace", release.namespace, "--duration=1h").strip()
        config["users"][0]["user"] = {"token": token}
        self._config = folder / "kubeconfig"
        self._config.write_text(json.dumps(config))

    def does(self, what: Coroutine[Any, Any, Any]) -> Any:
        """What it does in a loop and a thread of its own: where a browser was opened, its loop runs in this one."""

        async def logged_in() -> Any:
            from kubernetes_asyncio.config import load_kube_config

            await load_kube_config(config_file=str(self._config))
            return await what

        with ThreadPoolExecutor(1) as own:
            return own.submit(asyncio.run, logged_in()).result()

    def prepares(self, user: str, deployment: Deployment | None = None) -> bool:
        """Let it make or mend a user's namespace; whether that is new."""
        return self.does(user_namespaces.prepare(self.release.user(user), deployment or self.deployment))

    def sees(self, user: str, kind: str, name: str) -> dict[str, Any]:
        """An object in a user's namespace, as the cluster's operator sees it."""
        where = ("--namespace", self.release.user(user), "--output=json")
        found: dict[str, Any] = json.loads(must("kubectl", "get", kind, name, *where))
        return found


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with new_release() as release:
        answer = release.install()
        assert answer.done, answer.said
        yield Hub(release, tmp_path_factory.mktemp("hub"))


def test_a_namespace_is_made_once_and_its_quota_counts_at_once(hub: Hub):
    assert hub.prepares("maria") is True
    assert hub.prepares("maria") is False
    quota = hub.sees("maria", "resourcequota", "hepnb")
    assert quota["status"]["hard"] == quota["spec"]["hard"]
    used = hub.does(user_quota.used_in(hub.release.user("maria")))
    assert used["pods"] == "0"


def test_a_user_who_is_not_there_yet_uses_nothing(hub: Hub):
    assert hub.does(user_quota.used_in(hub.release.user("nobody"))) == {}


def test_an_upgrade_reaches_a_namespace_that_is_there(hub: Hub):
    hub.prepares("bert")
    lowered = replace(hub.deployment.quota, pods=3, gpus=0)
    upgraded = replace(hub.deployment, quota=lowered, egress=(Egress(cidr="192.0.2.0/24", ports=(1094,)),))
    assert hub.prepares("bert", upgraded) is False
    assert hub.sees("bert", "resourcequota", "hepnb")["status"]["hard"]["pods"] == "3"
    assert hub.sees("bert", "networkpolicy", "data")["spec"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [{"protocol": "TCP", "port": 1094}]}
    ]


def test_a_user_who_was_deleted_may_come_back_at_once(hub: Hub):
    hub.prepares("chen")
    first = json.loads(must("kubectl", "get", "namespace", hub.release.user("chen"), "--output=json"))["metadata"][
        "uid"
    ]
    hub.does(user_namespaces.remove(hub.release.user("chen")))
    assert hub.prepares("chen") is True
    again = json.loads(must("kubectl", "get", "namespace", hub.release.user("chen"), "--output=json"))["metadata"]
    assert again["uid"] != first
    assert "deletionTimestamp" not in again


def test_a_user_who_has_nothing_is_removed_all_the_same(hub: Hub):
    hub.does(user_namespaces.remove(hub.release.user("nobody")))


def test_a_namespace_that_is_not_the_platforms_is_refused_with_a_reason(hub: Hub, monkeypatch: pytest.MonkeyPatch):
    from kubernetes_asyncio.client import ApiException

    monkeypatch.setattr(user_namespaces, "_PATIENCE", 1.0)
    must("kubectl", "create", "namespace", hub.release.user("stranger"))
    with pytest.raises(ApiException) as refused:
        hub.prepares("stranger")
    assert "is no namespace of a user" in user_namespaces.reason(refused.value)

"""Is a user whose node is lost back on another one soon, with all files?

It takes a node from the cluster, so nothing else may run there meanwhile.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.hub.running import Browser
from tests.kubernetes.cluster import Installed, installed, kubectl, objects, until
from tests.kubernetes.conftest import logged_in

TOOL = os.environ.get("HEPNB_CLUSTER", "")
PROMISED = 90.0  # [s] from a stop to a new server
BY_ITSELF = 150.0  # [s] until Kubernetes and the hub have noticed by themselves
FIRST, SECOND = "hepnb-node1", "hepnb-node2"

pytestmark = pytest.mark.skipif(
    not TOOL,
    reason="HEPNB_CLUSTER names no program that stops nodes (`PROGRAM node-stop 2`): a lost node is NOT tested",
)

PREFER_THE_SECOND = f"""
c.KubeSpawner.node_affinity_preferred = [{{
    "weight": 100,
    "preference": {{
        "matchExpressions": [{{"key": "kubernetes.io/hostname", "operator": "In", "values": ["{SECOND}"]}}]
    }},
}}]
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A platform on the first node, whose notebooks prefer the second."""
    first = {"nodeSelector": {"kubernetes.io/hostname": FIRST}}
    folder = tmp_path_factory.mktemp("nodes")
    with installed(folder, config=PREFER_THE_SECOND, hub=first, proxy=first | {"service": {"type": "NodePort"}}) as one:
        yield one


@pytest.fixture
def node() -> Iterator[None]:
    """The second node, which is back in the end."""
    ready("True")
    yield
    subprocess.run([TOOL, "node-start", "2"], check=True)
    ready("True")


def ready(wanted: str) -> None:
    def found() -> bool:
        described = json.loads(kubectl("get", "node", SECOND, "-o", "json"))
        conditions = {one["type"]: one["status"] for one in described["status"]["conditions"]}
        return conditions["Ready"] == wanted

    until(found, within=120, what=f"{SECOND} Ready={wanted}")


def lose(release: Installed, user: Browser) -> None:
    """Power off the node on which the user has just saved a file."""
    assert notebook(release, user)["spec"]["nodeName"] == SECOND
    saved = user.api("PUT", "contents/saved.txt", json={"type": "file", "format": "text", "content": "kept"})
    assert saved.status_code == 201
    subprocess.run([TOOL, "node-stop", "2"], check=True)
    ready("Unknown")


def notebook(release: Installed, user: Browser) -> dict[str, Any]:
    (pod,) = objects("pods", release.namespace_of(user.name), "hepnb/role=notebook")
    return pod


def stopped(release: Installed, user: Browser) -> bool:
    described = release.operator("GET", f"users/{user.name}").json()
    return described["server"] is None and not described["pending"]


def assert_back(release: Installed, user: Browser) -> None:
    assert user.start("tiny", within=120).url.endswith(f"/user/{user.name}/lab")
    assert notebook(release, user)["spec"]["nodeName"] == FIRST
    assert user.api("GET", "contents/saved.txt").json()["content"] == "kept"


@pytest.mark.usefixtures("node")
def test_who_stops_a_server_on_a_lost_node_has_another_soon(
    release: Installed, record_property: Callable[[str, float], None]
):
    user = logged_in(release, "lena")
    lose(release, user)
    began = time.monotonic()
    assert user.stop().status_code in (202, 204)
    until(lambda: stopped(release, user), within=PROMISED, what="the server stops")
    assert_back(release, user)
    took = time.monotonic() - began
    record_property("seconds from the stop to a new server", took)
    assert took <= PROMISED
    user.stop()


@pytest.mark.usefixtures("node")
def test_a_server_on_a_lost_node_is_known_to_have_ended(release: Installed):
    user = logged_in(release, "leo")
    lose(release, user)
    until(lambda: stopped(release, user), within=BY_ITSELF, what="the hub knows that the server has ended")
    assert_back(release, user)
    user.stop()

"""What becomes of notebooks that the hub's database does not know?"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.hub.running import Browser
from tests.kubernetes.cluster import Installed, installed, kubectl, objects, until
from tests.kubernetes.conftest import logged_in

COLUMNS = r"custom-columns=NAMESPACE:.metadata.namespace,USER:.metadata.annotations.hub\.jupyter\.org/username"
DELETE = "import pathlib; [one.unlink() for one in pathlib.Path('.').glob('jupyterhub.sqlite*')]"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with installed(tmp_path_factory.mktemp("database")) as running:
        yield running


def notebook(release: Installed, user: str) -> dict[str, Any]:
    (pod,) = objects("pods", release.namespace_of(user), "hepnb/role=notebook")
    return pod


def test_operators_see_them_and_their_users_get_new_ones(release: Installed):
    before = logged_in(release, "otto")
    first = notebook(release, "otto")["metadata"]["uid"]
    saved = before.api("PUT", "contents/saved.txt", json={"type": "file", "format": "text", "content": "kept"})
    assert saved.status_code == 201
    kubectl("exec", "deployment/hub", "-n", release.name, "--", "python", "-c", DELETE)
    kubectl("rollout", "restart", "deployment/hub", "-n", release.name)
    kubectl("rollout", "status", "deployment/hub", "-n", release.name, "--timeout=110s")
    listed = kubectl("get", "pods", "--all-namespaces", "--selector", "hepnb/role=notebook", "--output", COLUMNS)
    assert [release.namespace_of("otto"), "otto"] in [line.split() for line in listed.splitlines()]
    again = Browser(release, "otto")
    until(lambda: again.login(release.password).ok, within=60, what="a login after the hub came back")
    assert again.start("tiny", within=120).url.endswith("/user/otto/lab")
    assert notebook(release, "otto")["metadata"]["uid"] != first
    assert again.api("GET", "contents/saved.txt").json()["content"] == "kept"
    again.stop()

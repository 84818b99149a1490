"""Does a platform go on while its operator upgrades it?"""

from collections.abc import Iterator

import pytest

from tests.hub.running import Browser
from tests.kubernetes.cluster import PROFILES, VALUES, Installed, installed, kubectl, objects
from tests.kubernetes.conftest import logged_in

MORE = """
[more]
description = "Came with the upgrade"
cores = 1
memory = "600m"
executor_memory = "512m"
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with installed(tmp_path_factory.mktemp("upgrade")) as running:
        yield running


def pods_of_user(release: Installed, user: str) -> str:
    """How many the quota of a user allows."""
    (quota,) = objects("resourcequotas", release.namespace_of(user))
    found: str = quota["status"]["hard"]["pods"]
    return found


def identities(release: Installed) -> dict[str, str]:
    """Of hub and proxy: what changes when a pod is made anew."""
    return {
        pod["metadata"]["labels"]["hepnb/role"]: pod["metadata"]["uid"]
        for pod in objects("pods", release.name, "hepnb/role")
    }


def test_an_upgrade_takes_nothing_from_users_and_reaches_them(release: Installed):
    una, later = logged_in(release, "una"), Browser(release, "later")
    later.login(release.password)
    kernel = una.kernel()
    assert kernel.run("x = 42") == ""
    hub = identities(release)["hub"]
    release.upgrade(profiles=PROFILES + MORE, quota={**VALUES["quota"], "pods": 5}, idleTimeout=600)
    assert identities(release)["hub"] != hub
    assert kernel.run("print(x)") == "42"  # by the connection of before
    assert una.api("GET", "kernels").json()[0]["id"] == kernel.number  # and by a new one
    kernel.close()
    assert "Came with the upgrade" in later.form()  # without another login
    assert pods_of_user(release, "una") == "8"
    una.stop()
    assert una.start("more", within=120).url.endswith("/user/una/lab")
    assert pods_of_user(release, "una") == "5"


def test_an_upgrade_to_the_same_changes_nothing(release: Installed):
    (before,) = (one["data"] for one in objects("secrets", release.name) if one["metadata"]["name"] == "hub")
    pods, user = identities(release), logged_in(release, "uwe")
    release.upgrade()
    (after,) = (one["data"] for one in objects("secrets", release.name) if one["metadata"]["name"] == "hub")
    assert after == before
    assert identities(release) == pods
    assert user.api("GET", "status").status_code == 200
    assert Browser(release, "new").login(release.password).url.endswith("/hub/spawn")
    user.stop()


def test_a_broken_configuration_is_refused_and_the_hub_goes_on(release: Installed):
    pods = identities(release)
    with pytest.raises(AssertionError, match="pre-upgrade"):
        release.helm("upgrade", "--wait", "--timeout", "3m", "--set", "config=c.JupyterHub.db_url = 'sqlite://'")
    assert "sets c.JupyterHub.db_url, which the platform sets itself." in kubectl(
        "logs", "job/hub-check", "-n", release.name
    )
    assert identities(release) == pods
    assert Browser(release, "still").login(release.password).url.endswith("/hub/spawn")
    release.upgrade()  # to a good one, which removes the Job that failed
    assert not objects("jobs", release.name)

"""What a user's own account is bounded by, and what is left of a user who is deleted."""

import json

from hepnb.cluster.kubernetes import NOTEBOOK_ACCOUNT
from tests.hub.running import Browser
from tests.kubernetes.cluster import IMAGES, TAG, Installed, kubectl, objects
from tests.kubernetes.conftest import logged_in
from tests.kubernetes.pods import changed, executor
from tests.kubernetes.releases import account, ask


def test_a_pod_without_limits_gets_memory_and_nothing_that_slows_it_down(platform: Installed, anna: Browser):
    namespace = platform.namespace_of(anna.name)
    as_user = ("-n", namespace, *account(namespace, NOTEBOOK_ACCOUNT))
    whole = executor(platform.name, image=f"{IMAGES}/executor:{TAG}")
    pod = changed(whole, "spec.containers.0.resources", {"requests": {"cpu": "10m"}})
    made = json.loads(kubectl("create", *as_user, "--dry-run=server", "-o", "json", "-f", "-", given=pod))
    assert made["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "10m", "memory": "512Mi", "ephemeral-storage": "1Gi"},
        "limits": {"memory": "512Mi", "ephemeral-storage": "1Gi"},
    }
    amounts = {"cpu": "10m", "memory": "5Gi", "ephemeral-storage": "1Gi"}
    too_large = changed(whole, "spec.containers.0.resources", {"limits": amounts, "requests": amounts})
    refused = ask("kubectl", "create", *as_user, "--dry-run=server", "-f", "-", given=too_large)
    assert not refused.done
    assert "exceeded quota: hepnb" in refused.said


def identity(namespace: str) -> str:
    """Of a namespace: the next one of that name has another."""
    return kubectl("get", "namespace", namespace, "-o", "jsonpath={.metadata.uid}")


def test_a_user_who_is_deleted_leaves_nothing_and_may_come_again(platform: Installed):
    user = logged_in(platform, "dana")
    kept = {"type": "file", "format": "text", "content": "of before"}
    assert user.api("PUT", "contents/kept.txt", json=kept).status_code == 201
    namespace = platform.namespace_of("dana")
    first = identity(namespace)
    assert len(objects("persistentvolumeclaims", namespace)) == 1
    assert platform.operator("DELETE", "users/dana").status_code == 204
    again = logged_in(platform, "dana")
    assert identity(namespace) != first
    assert again.api("GET", "contents/kept.txt").status_code == 404
    again.stop()

"""Why a notebook does not start is told in one sentence, from what a real Kubernetes has said."""

from typing import Any

import pytest

from hepnb_hub import pod_failures
from hepnb_hub.user_namespaces import same


def refused(message: str, status: int = 403) -> str:
    return str(pod_failures.refusal(status, message, cpu_fraction=0.25).jupyterhub_message)


@pytest.mark.parametrize(
    ("listed", "sentence"),
    [
        (
            "requested: limits.memory=1807745024, used: limits.memory=4Gi, limited: limits.memory=5Gi",
            "it takes 1.7 GB of memory, and 4.0 GB of 5.0 GB are in use",
        ),
        (
            "requested: requests.cpu=500m, used: requests.cpu=1500m, limited: requests.cpu=1750m",
            "it takes 2 cores, and 6 of 7 are in use",
        ),
        (
            "requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=2, limited: requests.nvidia.com/gpu=2",
            "it takes 1 of your 2 GPUs, and 2 are in use",
        ),
        (
            "requested: requests.storage=10Gi, used: requests.storage=0, limited: requests.storage=5Gi",
            "it takes 10.0 GB of storage, and 0.0 GB of 5.0 GB are in use",
        ),
        ("requested: pods=1, used: pods=20, limited: pods=20", "it takes 1 of your 20 pods, and 20 are in use"),
        (
            "requested: limits.memory=1Gi,pods=1, used: limits.memory=4Gi,pods=3, limited: limits.memory=4Gi,pods=3",
            "it takes 1.0 GB of memory, and 4.0 GB of 4.0 GB are in use; it takes 1 of your 3 pods, and 3 are in use",
        ),
    ],
)
def test_a_quota_that_is_used_up(listed: str, sentence: str):
    said = refused(f'pods "notebook" is forbidden: exceeded quota: hepnb, {listed}')
    assert said == (
        f"Your quota has no room for this notebook: {sentence}. Choose a smaller profile; executors that an earlier "
        "server left end within a minute."
    )


def test_what_else_kubernetes_refuses_is_for_the_operator():
    said = refused('pods "notebook" is forbidden: violates PodSecurity "restricted:latest": hostPath volumes')
    assert said == (
        'Kubernetes does not let the hub start this notebook: pods "notebook" is forbidden: violates PodSecurity '
        '"restricted:latest": hostPath volumes. It is the operator who can change that.'
    )


def test_a_kubernetes_in_trouble():
    assert refused("etcdserver: request timed out", 500) == (
        "Kubernetes answers with status 500: etcdserver: request timed out. Try again in a minute."
    )
    assert pod_failures.no_answer("Connection refused").jupyterhub_message == (
        "The hub cannot reach Kubernetes: Connection refused. Try again in a minute."
    )


def unscheduled(message: str) -> dict[str, Any]:
    return {"status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": message}]}}


def contained(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"status": {"containerStatuses": [{"image": "example/notebook:1", "state": state, **more}]}}


def test_a_pod_that_ends_before_its_server_is_there():
    found = pod_failures.obstacle({"metadata": {"deletionTimestamp": "2026-03-01T12:00:00Z"}, "status": {}})
    assert found is not None
    assert (found.status, found.patience) == (503, 15)
    assert found.sentence.startswith("Kubernetes ends the notebook's pod before its server is there: the node may be ")


def test_a_home_that_a_lost_node_still_has():
    multi = 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) notebook'
    events = [{"message": "Successfully assigned u/notebook to n"}, {"message": multi}, {"message": "Pulled"}]
    failed = pod_failures.too_late(300, {"status": {}}, events)
    assert failed.status_code == 503
    assert failed.jupyterhub_message == (
        f"The volume of your home is still attached to another node, which may be lost: {multi}. Kubernetes frees it "
        "after some minutes: try again then. It is the operator who can do so earlier."
    )


ASIDE = ". no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful."


@pytest.mark.parametrize(
    ("pod", "sentence", "patience"),
    [
        (
            unscheduled(f"0/2 nodes are available: 2 Insufficient memory{ASIDE}"),
            (
                "No node of the cluster has room for this notebook: 0/2 nodes are available: 2 Insufficient memory. "
                "Choose another profile, or try again later."
            ),
            float("inf"),
        ),
        (
            unscheduled("0/1 nodes are available: 1 Insufficient nvidia.com/gpu. preemption: 0/1 nodes are available."),
            (
                "No node of the cluster with a GPU has room for this notebook: 0/1 nodes are available: 1 Insufficient "
                "nvidia.com/gpu. Choose another profile, or try again later."
            ),
            float("inf"),
        ),
        (
            unscheduled("0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"),
            (
                "The volume of your home is not there: the cluster's storage has not made it. The operator finds why "
                "in the events of the volume claim 'home'."
            ),
            float("inf"),
        ),
        (
            contained({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image: no route"}}),
            (
                "The image example/notebook:1 of the notebook cannot be pulled: Back-off pulling image: no route. It "
                "is the operator who can change that."
            ),
            60,
        ),
        (
            contained({"waiting": {"reason": "ErrImageNeverPull"}}),
            (
                "The image example/notebook:1 of the notebook cannot be pulled: ErrImageNeverPull. It is the operator "
                "who can change that."
            ),
            0,
        ),
        (
            contained({"waiting": {"reason": "CreateContainerConfigError", "message": "secret not found"}}),
            "The notebook's container cannot be made: secret not found. Ask the operator.",
            20,
        ),
        (
            contained({"terminated": {"reason": "Error", "exitCode": 1}}),
            (
                "The notebook server ended with code 1 as soon as it had started; the operator finds why in the log of "
                "its pod."
            ),
            0,
        ),
        (
            contained(
                {"waiting": {"reason": "CrashLoopBackOff"}},
                lastState={"terminated": {"reason": "OOMKilled", "exitCode": 137}},
            ),
            "The notebook server took more memory than its profile has before it was there; choose a larger one.",
            0,
        ),
    ],
)
def test_what_keeps_a_pod_from_starting(pod: dict[str, Any], sentence: str, patience: float):
    found = pod_failures.obstacle(pod)
    assert found is not None
    assert (found.sentence, found.patience) == (sentence, patience)
    assert pod_failures.too_late(60, pod, []).jupyterhub_message == sentence


@pytest.mark.parametrize(
    "pod",
    [
        None,
        {"status": {"phase": "Pending"}},
        contained({"waiting": {"reason": "ContainerCreating"}}),
        contained({"running": {}}),
        {"status": {"conditions": [{"type": "PodScheduled", "status": "True"}]}},
    ],
)
def test_a_pod_on_its_way_is_left_alone(pod: dict[str, Any] | None):
    assert pod_failures.obstacle(pod) is None


def test_a_pod_that_takes_too_long_is_told_with_its_last_event():
    events = [{"message": "Pulling image"}, {"message": "Unable to attach or mount volumes"}]
    assert pod_failures.too_late(300, None, events).jupyterhub_message == (
        "The notebook did not start within 300 s. The last that Kubernetes says of it: Unable to attach or mount "
        "volumes. Try again, or ask the operator."
    )
    assert "Nothing is known of it" in str(pod_failures.too_late(300, None, []).jupyterhub_message)


@pytest.mark.parametrize(
    ("wanted", "found", "equal"),
    [
        ({"hard": {"limits.memory": "32768Mi"}}, {"hard": {"limits.memory": "32Gi"}}, True),
        ({"hard": {"requests.cpu": "2000m"}}, {"hard": {"requests.cpu": "2"}}, True),
        ({"hard": {"pods": "20"}}, {"hard": {"pods": "21"}}, False),
        ({"hard": {"pods": "20"}}, {"hard": {"pods": "20", "services": "1"}}, False),
        ([{"port": 1}], [{"port": 1}, {"port": 2}], False),
        ([{"port": 1}], [{"port": 1}], True),
        ({"cidr": "192.0.2.0/24"}, {"cidr": "192.0.2.0/25"}, False),
        ({}, None, False),
    ],
)
def test_what_is_the_same_is_not_written_anew(wanted: Any, found: Any, equal: bool):
    assert same(wanted, found) is equal

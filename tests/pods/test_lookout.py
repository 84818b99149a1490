"""Is a user told why no executor comes?"""

import datetime as dt
from typing import Any

import pytest

from hepnb.cluster.kubernetes import ExecutorSite
from hepnb.cluster.profiles import Profile
from hepnb.pods import lookout
from hepnb.pods.namespace import Quota

SITE = ExecutorSite(image="registry.example/executor:1", cpu_fraction=1)
PROFILE = Profile(name="p", description="x", cores=1, memory="1g", executor_memory="1g", executor_gpus=1)
NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
FREE = Quota(hard={"limits.memory": "8Gi"}, used={"limits.memory": "1Gi"})


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "hepnb-exec-1"}, "status": status}


def container(**state: Any) -> dict[str, Any]:
    return pod(containerStatuses=[{"name": "spark-kubernetes-executor", "state": state}], podIP="10.88.1.9")


def reason(*pods: dict[str, Any], quota: Quota = FREE, hosts: frozenset[str] = frozenset()) -> str | None:
    return lookout.reason(PROFILE, SITE, pods=pods, quota=quota, hosts=hosts, now=NOW)


@pytest.mark.parametrize(
    "pods",
    [
        [],
        [pod()],
        [pod(conditions=[{"type": "PodScheduled", "status": "True"}])],
        [container(waiting={"reason": "ContainerCreating"})],
        [container(running={"startedAt": "2026-11-21T11:59:40Z"})],  # 20 s old
    ],
    ids=["none yet", "new", "on a node", "container", "young"],
)
def test_what_is_on_its_way_needs_no_word(pods: list[dict[str, Any]]):
    assert reason(*pods) is None


def test_no_node_has_room():
    said = "0/2 nodes are available: 2 Insufficient nvidia.com/gpu."
    found = reason(pod(conditions=[{"type": "PodScheduled", "status": "False", "message": said}]))
    assert found == (
        "Spark waits for executors: no node of the cluster has room for an executor of 1 core, 1.4 GB, 1 GPU "
        "(Kubernetes says: 0/2 nodes are available: 2 Insufficient nvidia.com/gpu). "
        "Wait for room, or interrupt the cell and pick another profile."
    )


@pytest.mark.parametrize("why", ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"])
def test_the_image_cannot_be_pulled(why: str):
    found = reason(container(waiting={"reason": why, "message": "not found."}))
    assert found == (
        "Spark waits for executors: their image registry.example/executor:1 cannot be pulled "
        "(Kubernetes says: not found). Interrupt the cell, and tell the operator of the platform."
    )
    assert f"(Kubernetes says: {why})" in str(reason(container(waiting={"reason": why})))


def test_whatever_else_kubernetes_says_is_passed_on():
    found = reason(container(waiting={"reason": "CreateContainerConfigError", "message": 'secret "x" not found'}))
    assert 'Kubernetes cannot start one (CreateContainerConfigError: secret "x" not found)' in str(found)


def test_an_executor_that_runs_and_is_not_heard_of_cannot_reach_the_driver():
    lonely = container(running={"startedAt": "2026-11-21T11:59:15Z"})
    assert reason(lonely) == (
        "Spark waits for executors: those that run cannot reach this notebook (hepnb-exec-1 has tried for 45 s). "
        "Interrupt the cell, and tell the operator of the platform to look at the network policies."
    )
    assert reason(lonely, hosts=frozenset({"10.88.1.9"})) is None


def ended(after: int, *, code: int = 127, why: str = "Error") -> dict[str, Any]:
    times = {"startedAt": "2026-11-21T11:59:00Z", "finishedAt": f"2026-11-21T11:59:{after:02}Z"}
    return container(terminated={"exitCode": code, "reason": why, **times})


def test_executors_that_end_as_soon_as_they_start_are_told_and_no_others():
    assert reason(ended(29)) == (
        "Spark waits for executors: they end as soon as they start (hepnb-exec-1 with exit code 127). Interrupt the "
        "cell, and tell the operator of the platform to look at their image registry.example/executor:1."
    )
    assert reason(ended(31)) is None  # it worked
    assert reason(ended(1, code=0, why="Completed")) is None
    assert reason(ended(1, code=137, why="OOMKilled")) is None  # the job's error says more


def test_the_quota_is_told_where_it_leaves_no_room_and_only_there():
    full = Quota(hard={"limits.memory": "4Gi"}, used={"limits.memory": "3Gi"})
    assert reason(quota=full) == (
        "Spark waits for executors: your quota is used up (3.0 of 4.0 GB taken, an executor needs 1.4 GB). "
        "Shut down other kernels or servers of yours, or pick a smaller profile with %attach."
    )
    assert reason(pod(), quota=full) is None


def test_what_will_not_pass_comes_before_what_may():
    full = pod(conditions=[{"type": "PodScheduled", "status": "False", "message": "no room"}])
    broken = container(waiting={"reason": "ErrImagePull", "message": "gone"})
    assert "cannot be pulled" in str(reason(full, broken))

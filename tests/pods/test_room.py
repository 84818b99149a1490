"""Is it known how many executors fit into a quota?"""

from typing import Any

import pytest

from hepnb.cluster.kubernetes import ExecutorSite
from hepnb.cluster.profiles import Profile
from hepnb.pods import room
from hepnb.pods.namespace import Quota

SITE = ExecutorSite(image="x", cpu_fraction=0.1)
PROFILE = Profile(name="p", description="x", cores=1, memory="1g", executor_cores=2, executor_memory="1g")
NEEDS = room.executor_needs(PROFILE, SITE)


def pod(phase: str = "Running", **resources: Any) -> dict[str, Any]:
    return {"status": {"phase": phase}, "spec": {"containers": [{"resources": resources}]}}


def test_an_executor_needs_the_part_of_its_cores_that_is_reserved_and_all_of_its_memory():
    assert {name: round(value, 3) for name, value in NEEDS.items()} == {
        "requests.cpu": 0.2,
        "limits.memory": 1503238553,
        "requests.nvidia.com/gpu": 0,
        "limits.ephemeral-storage": 10 * 2**30,
        "pods": 1,
    }


def test_what_pods_take_is_added_up_but_for_those_that_ended():
    taken = room.taken_by(
        [
            pod(requests={"cpu": "100m", "nvidia.com/gpu": "1"}, limits={"memory": "1Gi", "ephemeral-storage": "5Gi"}),
            pod("Pending", requests={"cpu": "1"}, limits={"memory": "512Mi"}),
            pod("Succeeded", requests={"cpu": "8"}, limits={"memory": "64Gi"}),
            pod(),
        ]
    )
    assert taken == {
        "requests.cpu": pytest.approx(1.1),
        "limits.memory": 1.5 * 2**30,
        "requests.nvidia.com/gpu": 1,
        "limits.ephemeral-storage": 5 * 2**30,
        "pods": 3,
    }


@pytest.mark.parametrize(
    ("hard", "taken", "fit"),
    [
        ({}, {}, None),
        ({"persistentvolumeclaims": "1"}, {}, None),
        ({"requests.cpu": "600m"}, {}, 3),  # exactly three times 0.2
        ({"requests.cpu": "600m"}, {"requests.cpu": 0.1}, 2),
        ({"requests.cpu": "600m", "limits.memory": "3Gi"}, {}, 2),
        ({"requests.cpu": "600m", "limits.memory": "3Gi", "pods": "2"}, {"pods": 1}, 1),
        ({"limits.memory": "1Gi"}, {}, 0),
        ({"limits.ephemeral-storage": "50Gi"}, {"limits.ephemeral-storage": 25 * 2**30}, 2),
        ({"limits.memory": "1Gi"}, {"limits.memory": 2**31}, 0),
        ({"requests.nvidia.com/gpu": "0"}, {}, None),  # it needs none
    ],
)
def test_so_many_executors_fit(hard: dict[str, str], taken: dict[str, float], fit: int | None):
    assert room.executors_that_fit(NEEDS, Quota(hard=hard, used={}), taken) == fit


def test_what_is_left_is_told_in_cores_and_gb():
    hard = {"requests.cpu": "800m", "limits.memory": "8Gi", "requests.nvidia.com/gpu": "2", "pods": "20"}
    used = {"requests.cpu": "150m", "limits.memory": "4915Mi", "requests.nvidia.com/gpu": "1"}
    assert room.left(Quota(hard=hard, used=used), SITE) == "6.5 of 8 cores, 3.2 of 8.0 GB, 1 of 2 GPUs"
    no_gpus = {**hard, "requests.nvidia.com/gpu": "0"}
    assert room.left(Quota(hard=no_gpus, used={}), SITE) == "8 of 8 cores, 8.0 of 8.0 GB"
    assert room.left(Quota(hard={}, used={}), SITE) == ""


def test_what_lacks_is_told_in_cores_and_gb():
    quota = Quota(
        hard={"requests.cpu": "400m", "limits.memory": "4Gi", "requests.nvidia.com/gpu": "1", "pods": "20"},
        used={"requests.cpu": "300m", "limits.memory": "3Gi", "requests.nvidia.com/gpu": "1", "pods": "4"},
    )
    needs = {**NEEDS, "requests.nvidia.com/gpu": 1}
    assert room.shortages(needs, quota, SITE) == [
        "3 of 4 cores taken, an executor needs 2 cores",
        "3.0 of 4.0 GB taken, an executor needs 1.4 GB",
        "1 of 1 GPU taken, an executor needs 1 GPU",
    ]
    assert room.shortages({"pods": 1}, Quota(hard={"pods": "4"}, used={"pods": "4"}), SITE) == [
        "4 of 4 pods taken, an executor needs 1 pod"
    ]

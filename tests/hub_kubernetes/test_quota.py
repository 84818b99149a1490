"""The page of profiles says what of the quota is left, and offers what can ever fit it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from hepnb.cluster.profiles import Profile, load_profiles
from hepnb_hub import user_quota
from hepnb_hub.deployment import Quota
from tests.hub_kubernetes.site import Site, deployed

GB = 1 << 30
SMALL = Profile(name="small", description="One core", cores=1, memory="1g", executor_memory="1g")
"""A notebook of 1724 MiB, and executors of 1.4 GiB."""

BOTH = (1724 << 20) + int(1.4 * GB)

QUOTA = Quota(cores=2, memory=BOTH, gpus=0, storage=GB, volume_claims=1, disk=200 * GB, pods=2)
"""Room for that notebook and one executor, and not for a byte more."""


def test_what_just_fits_is_offered():
    assert user_quota.offered({"small": SMALL}, QUOTA) == {"small": SMALL}


@pytest.mark.parametrize(
    "short",
    [
        replace(QUOTA, cores=1.9),
        replace(QUOTA, memory=BOTH - 1),
        replace(QUOTA, pods=1),
        replace(QUOTA, disk=15 * GB - 1),
    ],
    ids=["cores", "memory", "pods", "disk"],
)
def test_what_can_never_fit_with_one_executor_is_not_offered(short: Quota):
    assert user_quota.offered({"small": SMALL}, short) == {}


def test_gpus_of_notebook_and_executor_count_together():
    profile = replace(SMALL, gpus=1, executor_gpus=1)
    assert user_quota.offered({"gpu": profile}, replace(QUOTA, gpus=1)) == {}
    assert user_quota.offered({"gpu": profile}, replace(QUOTA, gpus=2)) == {"gpu": profile}


def test_all_cores_of_a_machine_are_nothing_on_kubernetes():
    large = replace(QUOTA, cores=1000, memory=1000 * GB, pods=100)
    assert list(user_quota.offered(load_profiles(), large)) == ["small", "medium", "large"]


def test_a_new_user_has_all_of_it(tmp_path: Path):
    free = user_quota.room(deployed(tmp_path), {})
    assert (free.cores, free.memory, free.gpus) == (8, 32 * GB, 0)
    assert str(free) == (
        "Free now in your quota: 8 of 8 cores, 32.0 GB of 32.0 GB; the notebook and its executors share it."
    )


def test_what_kubernetes_counts_is_taken_off(tmp_path: Path):
    # A quarter of a core is reserved for each that is worked on.
    used = {"requests.cpu": "750m", "limits.memory": "8Gi", "requests.nvidia.com/gpu": "1", "pods": "4"}
    free = user_quota.room(deployed(tmp_path, quota__gpus=2), used, (8, 3))
    assert (free.cores, free.memory, free.gpus) == (5, 24 * GB, 1)
    assert str(free) == (
        "Free now in your quota: 5 of 8 cores, 24.0 GB of 32.0 GB, 1 of 2 GPUs; the notebook and its executors share "
        "it. The cluster has 8 GPUs, and this platform leaves 3 free."
    )


def test_a_quota_that_was_lowered_leaves_nothing_and_not_less(tmp_path: Path):
    free = user_quota.room(deployed(tmp_path), {"requests.cpu": "9", "limits.memory": "64Gi"})
    assert (free.cores, free.memory) == (0, 0)


def test_a_card_says_what_notebook_and_executors_take(tmp_path: Path):
    card = user_quota.room(deployed(tmp_path, quota__gpus=1), {}).card(replace(SMALL, gpus=1))
    assert card.needs == "1 core, 1.7 GB, 1 GPU · up to 2 executors of 1 core, 1 GB"
    assert card.warning is None


@pytest.mark.parametrize(
    ("used", "warning"),
    [
        ({"limits.memory": "31044Mi"}, None),
        ({"limits.memory": "31045Mi"}, "more than is left of your quota"),
        ({"requests.cpu": "1751m"}, "more than is left of your quota"),
        ({"requests.cpu": "1750m"}, None),
        ({"requests.nvidia.com/gpu": "1"}, "more than is left of your quota"),
    ],
    ids=str,
)
def test_what_does_not_fit_now_says_so(tmp_path: Path, used: dict[str, str], warning: str | None):
    free = user_quota.room(deployed(tmp_path, quota__gpus=1), used)
    assert free.card(replace(SMALL, gpus=1)).warning == warning


@pytest.mark.parametrize(
    ("notebook", "executor", "warning"),
    [
        (0, 0, None),
        (1, 0, None),
        (0, 1, None),
        (2, 0, "too few GPUs are free now"),
        (0, 2, "too few GPUs are free now"),
        (1, 1, "too few GPUs are free now"),
    ],
)
def test_a_cluster_with_too_few_free_gpus_for_notebook_and_an_executor_says_so(
    tmp_path: Path, notebook: int, executor: int, warning: str | None
):
    free = user_quota.room(deployed(tmp_path, quota__gpus=4), {}, (4, 1))
    assert free.card(replace(SMALL, gpus=notebook, executor_gpus=executor)).warning == warning


def test_the_page_is_there_also_when_kubernetes_does_not_answer(site: Site):
    site.write(quota__gpus=1)

    async def page() -> str:
        form: str = await site.spawner().get_options_form()
        return form

    shown = asyncio.run(page())
    assert 'value="small" checked' in shown
    assert 'value="gpu"' in shown
    assert 'value="local"' not in shown
    assert "Free now in your quota: 8 of 8 cores, 32.0 GB of 32.0 GB, 1 of 1 GPU;" in shown
    assert "up to 2 executors of 1 core, 1 GB" in shown
    assert "Work together" in shown


def test_nobody_is_asked_how_large_a_project_is(site: Site):
    async def page() -> str:
        form: str = await site.spawner("project-higgs").get_options_form()
        return form

    assert asyncio.run(page()) == ""

"""Does a notebook say in one sentence why Spark does not get on?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.hub.running import Browser, Kernel
from tests.kubernetes.cluster import IMAGES, TAG, Installed, kubectl, objects, until
from tests.kubernetes.pods import POD, changed

JOB = """
import hepnb
spark = hepnb.attach("kubernetes", profile={profile!r}, options={options})
spark.range(8).repartition(4).count()
"""


@pytest.fixture
def kernel(platform: Installed, anna: Browser) -> Iterator[Kernel]:
    kernel = anna.kernel("hepnb-spark")
    yield kernel
    kernel.close()
    anna.api("DELETE", f"kernels/{kernel.number}")
    namespace = platform.namespace_of("anna")
    until(lambda: not objects("pods", namespace, "hepnb/role=executor"), within=30, what="executors gone")


def wait(kernel: Kernel, sentence: str, *, profile: str = "tiny", **options: str) -> str:
    """Run a job, and interrupt it when something was said."""
    settings = {name.replace("__", "."): value for name, value in options.items()}
    said = kernel.run(JOB.format(profile=profile, options=settings), within=120, until=sentence)
    assert sentence in said
    assert said.endswith("KeyboardInterrupt: the cell was interrupted, and Spark's jobs are cancelled.")
    return said


@contextmanager
def without(kind: str, name: str, namespace: str) -> Iterator[None]:
    """Take something away for a while."""
    taken = json.loads(kubectl("get", kind, name, "-n", namespace, "-o", "json"))
    for key in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
        taken["metadata"].pop(key, None)
    kubectl("delete", kind, name, "-n", namespace)
    try:
        yield
    finally:
        kubectl("apply", "-f", "-", given=taken)


def test_no_node_has_a_gpu(kernel: Kernel):
    said = wait(kernel, "no node of the cluster has room for an executor of 1 core, 0.9 GB, 1 GPU", profile="gpu")
    assert "Insufficient nvidia.com/gpu" in said


def test_the_image_cannot_be_pulled(kernel: Kernel):
    said = wait(kernel, "cannot be pulled", spark__kubernetes__container__image="localhost/hepnb/nowhere:0")
    assert "their image localhost/hepnb/" in said


def test_executors_end_as_soon_as_they_start(kernel: Kernel):
    said = wait(kernel, "they end as soon as they start", spark__kubernetes__container__image=f"{IMAGES}/hub:{TAG}")
    assert "with exit code 127). Interrupt the cell, and tell the operator" in said


def test_executors_cannot_reach_their_driver(platform: Installed, kernel: Kernel):
    with without("networkpolicy", "executor", platform.namespace_of("anna")):
        said = wait(kernel, "those that run cannot reach this notebook (hepnb-")
    assert "tell the operator of the platform to look at the network policies." in said


def test_one_executor_never_fits_the_quota(kernel: Kernel):
    said = kernel.run("import hepnb; hepnb.attach('kubernetes', profile='giant')", within=120)
    assert said.startswith("SessionError: Not one executor of the profile 'giant' fits into your quota")


def test_more_executors_than_the_quota_has_room_for_are_not_asked_for(kernel: Kernel):
    said = kernel.run(
        "import hepnb; spark = hepnb.attach('kubernetes', profile='wide'); "
        "print(spark.conf.get('spark.dynamicAllocation.maxExecutors'))",
        within=120,
    )
    assert said.endswith("4")


def test_something_else_has_used_the_quota_up(platform: Installed, kernel: Kernel):
    """5 GiB, of which the notebook has 1.2 and this pod 3.5; no node has its label, but it counts."""
    namespace = platform.namespace_of("anna")
    large = changed(POD, "spec.containers.0.resources.limits.memory", "3500Mi")
    large["spec"]["nodeSelector"] = {"hepnb": "nowhere"}
    kubectl("create", "-n", namespace, "-f", "-", given=large)
    try:
        wait(kernel, "your quota is used up (")
    finally:
        kubectl("delete", "pod", large["metadata"]["name"], "-n", namespace)


def test_an_executor_that_takes_too_much_memory(kernel: Kernel):
    said = kernel.run(
        "import hepnb\n"
        "spark = hepnb.attach('kubernetes', profile='tiny')\n"
        "spark.range(1).rdd.map(lambda row: len(bytearray(3 << 30))).collect()",
        within=180,
    )
    assert said.startswith("SessionError: An executor ran out of memory and was killed: with the profile 'tiny' it may")
    assert "The next larger one is" in said


def test_this_notebook_may_start_no_pods(platform: Installed, kernel: Kernel):
    namespace = platform.namespace_of("anna")
    with without("rolebinding", f"{platform.name}-driver", namespace):
        said = kernel.run("import hepnb; hepnb.attach('kubernetes', profile='tiny', options={})", within=120)
    assert said == (
        f"SessionError: This notebook may not start executors in the namespace {namespace}: its service account has no "
        "right to create pods. Tell the operator of the platform."
    )

"""Do jobs see the GPUs that their executors were given?"""

import json
from collections.abc import Iterator

import pytest

from tests.hub.running import Browser
from tests.kubernetes.cluster import Installed, kubectl, objects
from tests.kubernetes.conftest import logged_in

GPU = "nvidia.com/gpu"

RESOURCES = """
import hepnb
# What a device plugin would say in the executor's container.
spark = hepnb.attach("kubernetes", profile="gpu", options={"spark.executorEnv.NVIDIA_VISIBLE_DEVICES": "GPU-trial"})
def look(_):
    from pyspark import TaskContext
    return {name: found.addresses for name, found in TaskContext.get().resources().items()}
print(spark.sparkContext.parallelize([0], 1).map(look).first())
"""


def offer(number: int) -> None:
    """Let every node say that it has so many GPUs."""
    amount = {GPU: str(number)}
    patch = json.dumps({"status": {"capacity": amount, "allocatable": amount}})
    for node in objects("nodes", "default"):
        kubectl("patch", "node", node["metadata"]["name"], "--subresource=status", "--type=merge", "-p", patch)


@pytest.fixture
def gpus() -> Iterator[None]:
    """Two on every node, which are none; a cluster with real ones keeps them."""
    if any(int(node["status"]["allocatable"].get(GPU, "0")) for node in objects("nodes", "default")):
        yield
        return
    offer(2)
    yield
    offer(0)


@pytest.mark.usefixtures("gpus")
def test_tasks_know_the_address_of_their_gpu(platform: Installed, anna: Browser):
    kernel = anna.kernel("hepnb-spark")
    assert kernel.run(RESOURCES, within=180).endswith("{'gpu': ['0']}")
    (pod,) = objects("pods", platform.namespace_of("anna"), "hepnb/role=executor")
    assert pod["spec"]["containers"][0]["resources"]["limits"][GPU] == "1"
    kernel.close()
    anna.api("DELETE", f"kernels/{kernel.number}")


@pytest.mark.usefixtures("gpus")
def test_the_page_counts_gpus_and_a_notebook_gets_one(platform: Installed):
    user = Browser(platform, "gina")
    user.login(platform.password)
    assert "2 of 2 GPUs" in user.form()
    logged_in(platform, "gina", "notebook-gpu")
    (pod,) = objects("pods", platform.namespace_of("gina"), "hepnb/role=notebook")
    assert pod["spec"]["containers"][0]["resources"]["limits"][GPU] == "1"
    user.stop()

"""Two users, from the login to a spectrum."""

import pytest

from hepnb.generators.dimuon import generate
from tests.hub.running import Browser, Kernel
from tests.kubernetes.cluster import Installed, count_of, objects
from tests.kubernetes.conftest import logged_in

EVENTS, SEED = 60_000, 8

GENERATE = f"""
from pathlib import Path
from hepnb.generators.dimuon import generate
from hepnb.writers.root import write_events
for part in range(4):
    write_events(Path(f"part{{part}}.root"), generate({EVENTS}, seed={SEED} + part), tree="Events")
print("written")
"""

TWO_EXECUTORS = """
import time, hepnb
spark = hepnb.attach("kubernetes", options={"spark.dynamicAllocation.minExecutors": 2})
from hepnb.spark import jobs
deadline = time.time() + 120
while len(jobs.hosts(spark)) < 2 and time.time() < deadline:
    time.sleep(0.2)
print(len(jobs.hosts(spark)), "executors")
"""

REDUCE = """
from pathlib import Path
from hepnb.spark.root_source import read_root
pairs = read_root(spark, str(Path("part*.root").absolute()), reduce="dimuon-spectrum")
print("count:", pairs.count())
"""


def pairs_of_two_muons_of_opposite_charge() -> int:
    """Counted by hand: in the selection, an event has exactly two muons, and their charges add up to zero."""
    total = 0
    for part in range(4):
        for batch in generate(EVENTS, seed=SEED + part):
            total += sum(len(one) == 2 and sum(one) == 0 for one in batch["Muon", "charge"].to_list())
    return total


@pytest.fixture(scope="module")
def expected() -> int:
    return pairs_of_two_muons_of_opposite_charge()


def spark_kernel(user: Browser) -> Kernel:
    kernel = user.kernel("hepnb-spark")
    assert kernel.run(GENERATE, within=120) == "written"
    return kernel


def test_two_users_count_pairs_with_two_executors_on_two_nodes(platform: Installed, anna: Browser, expected: int):
    for user in (anna, logged_in(platform, "bert")):
        kernel = spark_kernel(user)
        assert "2 executors" in kernel.run(TWO_EXECUTORS, within=180)
        assert count_of(kernel.run(REDUCE, within=120)) == expected
        pods = objects("pods", platform.namespace_of(user.name), "hepnb/role=executor")
        assert len({pod["spec"]["nodeName"] for pod in pods}) == min(2, len(objects("nodes", "default")))
        kernel.close()

"""What users run in their notebooks, and what must come of it."""

from hepnb.generators.dimuon import generate
from tests.hub.running import Browser, Kernel

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

SLOWLY = """
import time
from pyspark.sql.functions import udf
slow = udf(lambda value: time.sleep(0.4) or value, "long")
print("count:", sum(row[0] for row in spark.range(0, 60, numPartitions=60).select(slow("id")).collect()))
"""
"""60 tasks of 0.4 s: the sum of the numbers below 60 is 1770."""


def pairs_of_two_muons_of_opposite_charge() -> int:
    """Counted by hand: in the selection, an event has exactly two muons, and their charges add up to zero."""
    total = 0
    for part in range(4):
        for batch in generate(EVENTS, seed=SEED + part):
            total += sum(len(one) == 2 and sum(one) == 0 for one in batch["Muon", "charge"].to_list())
    return total


def spark_kernel(user: Browser) -> Kernel:
    kernel = user.kernel("hepnb-spark")
    assert kernel.run(GENERATE, within=120) == "written"
    return kernel

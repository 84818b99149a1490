"""How long the way to a result of Spark is, and what an executor costs: figures for docs/performance.md."""

import json
import time
from pathlib import Path
from typing import Any

from tests.hub.running import Browser, Kernel
from tests.kubernetes.cells import TWO_EXECUTORS
from tests.kubernetes.cluster import Installed, kubectl, objects, until

FIGURES = Path(__file__).parents[2] / "build" / "kubernetes.json"
FIRST_RESULT = "print(spark.range(1_000_000).count())"

ATTACHES = """
import time
began = time.monotonic()
import hepnb
spark = hepnb.attach("kubernetes")
cold = time.monotonic()
assert hepnb.attach("kubernetes") is spark
again = time.monotonic()
spark = hepnb.attach("kubernetes", options={"spark.sql.shuffle.partitions": 8})
warm = time.monotonic()
from hepnb.spark import jobs
from threading import Thread
job = Thread(target=lambda: print(spark.range(8).count()))
job.start()
while not jobs.hosts(spark):
    time.sleep(0.05)
executor = time.monotonic()
job.join()
result = time.monotonic()
print([round(seconds, 2) for seconds in (cold - began, again - cold, warm - again, executor - warm, result - warm)])
"""
"""A kernel that started with Python alone: everything that Spark needs counts."""

PYTHON_WORKERS = "assert spark.sparkContext.parallelize(range(64), 2).map(lambda number: number % 7).count() == 64"

COST = """
import json, os
from pathlib import Path
memory = ticks = 0
for process in Path("/proc").glob("[0-9]*"):
    if process.name != str(os.getpid()):
        memory += int((process / "smaps_rollup").read_text().partition("Pss:")[2].split()[0])
        ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:13]))
print(json.dumps([memory // 1000, round(ticks / os.sysconf("SC_CLK_TCK"), 1)]))
"""
"""Memory and processor time of everything in a pod [MB, s]."""


def keep(**figures: Any) -> None:
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(known | figures, indent=1))


def end(user: Browser, kernel: Kernel) -> None:
    kernel.close()
    user.api("DELETE", f"kernels/{kernel.number}")


def test_the_way_from_the_login_to_the_first_result_of_spark(platform: Installed):
    steps = {}
    began = time.monotonic()
    user = Browser(platform, "nora")
    user.login(platform.password)
    steps["login"] = time.monotonic() - began
    user.start("tiny", within=120)
    steps["server"] = time.monotonic() - began
    kernel = user.kernel("hepnb-spark")
    steps["kernel"] = time.monotonic() - began
    assert kernel.run(FIRST_RESULT, within=120).splitlines()[-1] == "1000000"
    steps["first result"] = time.monotonic() - began
    keep(seconds_since_the_login_page={step: round(seconds, 1) for step, seconds in steps.items()})
    end(user, kernel)
    user.stop()


def test_attaching_and_what_an_executor_costs(platform: Installed, anna: Browser):
    kernel = anna.kernel("python3")
    *_, seconds = kernel.run(ATTACHES, within=180).splitlines()
    names = ("attach, cold", "attach again", "attach with other options", "first executor", "first result")
    keep(seconds=dict(zip(names, json.loads(seconds), strict=True)))
    end(anna, kernel)

    kernel = anna.kernel("hepnb-spark")
    assert "2 executors" in kernel.run(TWO_EXECUTORS, within=180)
    idle = cost_of_an_executor(platform)
    assert kernel.run(PYTHON_WORKERS, within=60) == ""
    keep(executor={"started [MB, s of processor time]": idle, "after a job of Python": cost_of_an_executor(platform)})
    end(anna, kernel)
    namespace = platform.namespace_of("anna")
    until(lambda: not objects("pods", namespace, "hepnb/role=executor"), within=30, what="executors gone")


def cost_of_an_executor(platform: Installed) -> list[float]:
    namespace = platform.namespace_of("anna")
    pod = objects("pods", namespace, "hepnb/role=executor")[0]["metadata"]["name"]
    return json.loads(kubectl("exec", "-n", namespace, pod, "--", "python", "-c", COST))

"""Does a server that nobody uses stop, with all that it holds but the home, and one that works go on?"""

from tests.hub.running import Browser, Kernel
from tests.kubernetes.broken import IMPATIENT
from tests.kubernetes.cells import TWO_EXECUTORS
from tests.kubernetes.cluster import Installed, objects, until
from tests.kubernetes.conftest import logged_in
from tests.kubernetes.test_deaths import nothing_stays

IDLE = float(IMPATIENT["idleTimeout"])  # [s]
LOOKS = IDLE / 4  # [s] between two looks of the culler
GRACE = 10.0  # [s] that a server may take to save what people type together

KEEP = "from pathlib import Path; Path('kept.txt').write_text('of before')"

WORK_WITH_AN_IDLE_KERNEL = """
import hepnb, threading, time
from pathlib import Path
spark = hepnb.attach("kubernetes", profile="tiny")
enough, done = Path("enough").absolute(), []
def wait(number):
    while not enough.exists():
        time.sleep(0.5)
    return number
threading.Thread(target=lambda: done.extend(spark.sparkContext.parallelize([42], 1).map(wait).collect())).start()
"""
"""A job that ends when a file is there; the cell itself ends at once."""


def notebook(platform: Installed, user: Browser) -> list[str]:
    """What tells the pod of a user's server from the next one."""
    found = objects("pods", platform.namespace_of(user.name), "hepnb/role=notebook")
    return [pod["metadata"]["uid"] for pod in found]


def test_an_idle_server_goes_with_its_executors_and_one_that_works_stays(impatient: Installed):
    busy, idle = logged_in(impatient, "bea"), logged_in(impatient, "ida")
    work = busy.kernel("hepnb-spark")
    assert work.run(WORK_WITH_AN_IDLE_KERNEL, within=180) == ""
    pages = busy.session.get(f"{busy.server}/hepnb/spark/{work.number}/jobs/", timeout=30)
    assert "Spark Jobs" in pages.text
    work.close()
    works = notebook(impatient, busy)
    kernel = idle.kernel("hepnb-spark")
    assert "2 executors" in kernel.run(TWO_EXECUTORS, within=180)
    kernel.run(KEEP)
    kernel.close()
    until(lambda: not notebook(impatient, idle), within=IDLE + 2 * LOOKS + GRACE, what="the idle server culled")
    nothing_stays(impatient, idle)
    assert len(objects("persistentvolumeclaims", impatient.namespace_of("ida"))) == 1
    # Nobody has looked at this one for longer.
    assert notebook(impatient, busy) == works
    assert busy.api("PUT", "contents/enough", json={"type": "file", "format": "text", "content": ""}).status_code == 201
    work = Kernel(busy, work.number)
    until(lambda: work.run("print(done)") == "[42]", within=60, what="the job's result")
    work.close()
    # The hub may still be waiting for the pod that it stopped.
    until(lambda: idle.start("tiny", within=120).url.endswith("/user/ida/lab"), within=60, what="the server again")
    again = idle.kernel()
    assert again.run("print(open('kept.txt').read())") == "of before"
    again.close()
    busy.stop()

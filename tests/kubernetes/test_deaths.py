"""Does nothing stay when something dies, and does nothing else die with it?"""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hub.running import Browser, Kernel
from tests.kubernetes.cells import GENERATE, REDUCE, SLOWLY, TWO_EXECUTORS
from tests.kubernetes.cluster import Installed, count_of, kubectl, objects, until
from tests.kubernetes.conftest import logged_in

PROMISED = 30.0  # [s] within which executors and ConfigMaps are gone

PENDING_AS_WELL = """
import hepnb, threading
spark = hepnb.attach("kubernetes", profile="gpu", options={"spark.dynamicAllocation.minExecutors": 1})
print("attached")
"""


def executors(platform: Installed, user: Browser) -> list[dict[str, Any]]:
    return objects("pods", platform.namespace_of(user.name), "hepnb/role=executor")


def remains(platform: Installed, user: Browser) -> list[dict[str, Any]]:
    namespace = platform.namespace_of(user.name)
    return [*executors(platform, user), *objects("configmaps", namespace, "spark-app-selector")]


def applications(platform: Installed, user: Browser) -> set[str]:
    """Those that have something in the user's namespace."""
    return {one["metadata"]["labels"]["spark-app-selector"] for one in remains(platform, user)}


def nothing_stays(platform: Installed, user: Browser, *, of: set[str] | None = None, within: float = PROMISED) -> None:
    """Nothing of these applications, or of any; a kernel that Jupyter starts again soon has a Spark of its own."""

    def gone() -> bool:
        left = applications(platform, user)
        return not (left if of is None else left & of)

    until(gone, within=within, what=f"remains of {user.name} gone")


@pytest.fixture
def kernel(platform: Installed, anna: Browser) -> Iterator[Kernel]:
    """A kernel with two executors; when it is shut down afterwards, nothing of it stays."""
    kernel = anna.kernel("hepnb-spark")
    assert "2 executors" in kernel.run(TWO_EXECUTORS, within=180)
    assert len(executors(platform, anna)) == 2
    yield kernel
    kernel.close()
    assert anna.api("DELETE", f"kernels/{kernel.number}").status_code == 204
    nothing_stays(platform, anna)


def in_the_background(kernel: Kernel, code: str) -> "tuple[threading.Thread, list[str]]":
    said: list[str] = []

    def run() -> None:
        try:
            said.append(kernel.run(code, within=180))
        except Exception as error:  # the connection goes with the server
            said.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(3)
    return thread, said


def test_a_kernel_that_restarts_leaves_nothing(platform: Installed, anna: Browser, kernel: Kernel):
    before = applications(platform, anna)
    assert anna.api("POST", f"kernels/{kernel.number}/restart").status_code == 200
    nothing_stays(platform, anna, of=before)


def test_a_kernel_that_is_killed_with_its_driver_leaves_nothing(platform: Installed, anna: Browser, kernel: Kernel):
    before = applications(platform, anna)
    assert before
    thread, _ = in_the_background(
        kernel, "import os; from hepnb.spark import driver; os.kill(driver.pid(), 9); os.kill(os.getpid(), 9)"
    )
    nothing_stays(platform, anna, of=before)
    thread.join(1)


def test_an_executor_that_never_came_goes_as_well(platform: Installed, anna: Browser):
    kernel = anna.kernel("hepnb-spark")
    assert "attached" in kernel.run(PENDING_AS_WELL, within=120)
    pending = until(lambda: executors(platform, anna), within=60, what="an executor")
    assert [pod["status"]["phase"] for pod in pending] == ["Pending"]
    before = applications(platform, anna)
    in_the_background(
        kernel, "import os; from hepnb.spark import driver; os.kill(driver.pid(), 9); os.kill(os.getpid(), 9)"
    )
    nothing_stays(platform, anna, of=before)
    kernel.close()
    anna.api("DELETE", f"kernels/{kernel.number}")


def test_an_executor_that_is_killed_changes_no_result(
    platform: Installed, anna: Browser, kernel: Kernel, expected: int
):
    assert kernel.run(GENERATE, within=120) == "written"
    thread, said = in_the_background(kernel, SLOWLY)
    first = executors(platform, anna)[0]["metadata"]["name"]
    kubectl("delete", "pod", first, "-n", platform.namespace_of("anna"), "--grace-period=0", "--force")
    thread.join(120)
    assert count_of(said[0]) == 1770
    assert count_of(kernel.run(REDUCE, within=120)) == expected


def test_executors_go_with_the_notebook_pod_and_nobody_else_does(platform: Installed, anna: Browser, kernel: Kernel):
    assert kernel.run("x = 42") == ""
    dora = logged_in(platform, "dora")
    other = dora.kernel("hepnb-spark")
    assert "2 executors" in other.run(TWO_EXECUTORS, within=180)
    in_the_background(other, SLOWLY)
    (pod,) = objects("pods", platform.namespace_of("dora"), "hepnb/role=notebook")
    kubectl("delete", "pod", pod["metadata"]["name"], "-n", platform.namespace_of("dora"), "--wait=false")
    nothing_stays(platform, dora)
    assert kernel.run("print(x)") == "42"
    assert len(executors(platform, anna)) == 2


def test_servers_go_on_without_the_hub(platform: Installed, kernel: Kernel):
    assert kernel.run("x = 42") == ""
    (hub,) = objects("pods", platform.name, "hepnb/role=hub")
    kubectl("delete", "pod", hub["metadata"]["name"], "-n", platform.name, "--grace-period=0", "--force")
    assert kernel.run("print(x)") == "42"
    kubectl("rollout", "status", "deployment/hub", "-n", platform.name, "--timeout=110s")
    assert kernel.run("print(spark.range(10).count(), x)", within=60) == "10 42"
    again = Browser(platform, "anna")
    until(lambda: again.login(platform.password).ok, within=60, what="a login after the hub came back")
    assert json.loads(again.api("GET", "status").text)["kernels"] >= 1


def test_a_server_that_is_stopped_leaves_nothing(platform: Installed):
    user = logged_in(platform, "emil")
    kernel = user.kernel("hepnb-spark")
    assert "2 executors" in kernel.run(TWO_EXECUTORS, within=180)
    assert user.stop().status_code in (202, 204)
    nothing_stays(platform, user)
    namespace = platform.namespace_of("emil")
    until(lambda: not objects("pods", namespace), within=PROMISED, what="the pod of the notebook gone")
    assert len(objects("persistentvolumeclaims", namespace)) == 1

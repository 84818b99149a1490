"""Two users, from the login to a spectrum."""

from tests.hub.running import Browser
from tests.kubernetes.cells import REDUCE, TWO_EXECUTORS, spark_kernel
from tests.kubernetes.cluster import Installed, count_of, objects
from tests.kubernetes.conftest import logged_in


def test_two_users_count_pairs_with_two_executors_on_two_nodes(platform: Installed, anna: Browser, expected: int):
    for user in (anna, logged_in(platform, "bert")):
        kernel = spark_kernel(user)
        assert "2 executors" in kernel.run(TWO_EXECUTORS, within=180)
        assert count_of(kernel.run(REDUCE, within=120)) == expected
        pods = objects("pods", platform.namespace_of(user.name), "hepnb/role=executor")
        assert len({pod["spec"]["nodeName"] for pod in pods}) == min(2, len(objects("nodes", "default")))
        kernel.close()

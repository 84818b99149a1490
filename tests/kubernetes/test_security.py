"""What can a user's pods do, and what can they not: an allowed and a denied probe of each."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.hub.running import Browser
from tests.kubernetes.cells import TWO_EXECUTORS
from tests.kubernetes.cluster import IMAGES, TAG, Installed, objects, until
from tests.kubernetes.conftest import logged_in
from tests.kubernetes.pods import changed, executor

PROBES = """
import json, os, socket, requests
from hepnb.cluster.environment import environment
from hepnb.pods.namespace import Namespace

def reaches(host, port):
    try:
        socket.create_connection((host, port), timeout=4).close()
        return True
    except OSError:
        return False

def asks(method, path, **options):
    folder = "/var/run/secrets/kubernetes.io/serviceaccount"
    host = environment()["KUBERNETES_SERVICE_HOST"]
    return requests.request(method, f"https://{host}:443{path}", verify=f"{folder}/ca.crt",
        headers={"Authorization": "Bearer " + open(f"{folder}/token").read()}, timeout=10, **options)
"""


class Two:
    """Two users, each with two executors; the first one probes."""

    def __init__(self, platform: Installed, first: Browser, second: Browser) -> None:
        """Start their Sparks, where no other one is left of earlier tests."""
        self.platform, self.first, self.second = platform, first, second
        self.executor = executor(platform.name, image=f"{IMAGES}/executor:{TAG}")
        for kernel in first.api("GET", "kernels").json():
            first.api("DELETE", f"kernels/{kernel['id']}")
        until(lambda: not self.pods(first, "executor"), within=60, what="executors of earlier tests are gone")
        self.kernels = [user.kernel("hepnb-spark") for user in (first, second)]
        for kernel in self.kernels:
            assert "2 executors" in kernel.run(TWO_EXECUTORS, within=180)
        assert self.run(PROBES) == ""

    def run(self, code: str) -> str:
        """What a cell of the first one prints."""
        return self.kernels[0].run(code, within=60)

    def pods(self, user: Browser, role: str) -> list[dict[str, Any]]:
        """Those of a user."""
        return objects("pods", self.platform.namespace_of(user.name), f"hepnb/role={role}")

    def address(self, user: Browser, role: str) -> str:
        """Of a pod of a user."""
        return self.pods(user, role)[0]["status"]["podIP"]

    def reaches(self, host: str, port: int) -> bool:
        """Whether the first one's notebook can open a connection."""
        return self.run(f"print(reaches({host!r}, {port}))") == "True"

    def executor_reaches(self, host: str, port: int) -> bool:
        """Whether one of the first one's executors can."""
        # The function travels whole: what the notebook defines is not on executors by name.
        return (
            self.run(f"print(spark.sparkContext.parallelize([0], 1).map(lambda _: reaches({host!r}, {port})).first())")
            == "True"
        )

    def asks(self, method: str, path: str, **options: Any) -> int:
        """What Kubernetes answers the first one's notebook."""
        return int(self.run(f"print(asks({method!r}, {path!r}, **{options!r}).status_code)"))

    def creates(self, pod: dict[str, Any]) -> str:
        """What it says to a new pod of the first one; none is really made."""
        path = f"/api/v1/namespaces/{self.platform.namespace_of(self.first.name)}/pods?dryRun=All"
        return self.run(
            f"answer = asks('POST', {path!r}, json={pod!r}); print(answer.status_code, answer.json().get('message'))"
        )


@pytest.fixture(scope="module")
def two(platform: Installed, anna: Browser) -> Iterator[Two]:
    found = Two(platform, anna, logged_in(platform, "mallory"))
    yield found
    for user, kernel in zip((found.first, found.second), found.kernels, strict=True):
        kernel.close()
        user.api("DELETE", f"kernels/{kernel.number}")
    found.second.stop()


def test_a_notebook_asks_kubernetes_for_its_own_executors_and_nothing_else(two: Two):
    own, other, hub = (two.platform.namespace_of("anna"), two.platform.namespace_of("mallory"), two.platform.name)
    assert two.asks("GET", f"/api/v1/namespaces/{own}/pods") == 200
    assert two.asks("GET", f"/api/v1/namespaces/{own}/resourcequotas/hepnb") == 200
    for path in (
        f"/api/v1/namespaces/{other}/pods",
        f"/api/v1/namespaces/{hub}/secrets",
        f"/api/v1/namespaces/{hub}/pods",
        f"/api/v1/namespaces/{own}/secrets",
        "/api/v1/namespaces",
        "/api/v1/nodes",
    ):
        assert two.asks("GET", path) == 403, path
    binding = {"metadata": {"name": "more"}, "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}}
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{own}/rolebindings"
    assert two.asks("POST", path, json=binding) == 403
    raised = {"spec": {"hard": {"pods": "1000"}}}
    assert two.asks("PUT", f"/api/v1/namespaces/{own}/resourcequotas/hepnb", json=raised) == 403


def test_a_notebook_reaches_the_hub_and_its_executors_and_no_other_pod(two: Two):
    assert two.reaches(f"hub.{two.platform.name}", 8081)
    assert two.reaches(two.address(two.first, "executor"), 7200)
    for host, port in (
        (two.address(two.second, "notebook"), 8888),
        (two.address(two.second, "notebook"), 7100),
        (two.address(two.second, "executor"), 7200),
        (f"proxy-api.{two.platform.name}", 8001),
        ("169.254.169.254", 80),
    ):
        assert not two.reaches(host, port), (host, port)


def test_an_executor_reaches_its_driver_and_no_other_pod(two: Two):
    assert two.executor_reaches(two.address(two.first, "notebook"), 7100)
    for host, port in (
        (two.address(two.second, "notebook"), 7100),
        (two.address(two.second, "executor"), 7200),
        (two.address(two.first, "notebook"), 8888),
        (f"hub.{two.platform.name}", 8081),
        ("kubernetes.default.svc", 443),
        ("169.254.169.254", 80),
    ):
        assert not two.executor_reaches(host, port), (host, port)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.containers.0.securityContext", {"privileged": True, "capabilities": {"drop": ["ALL"]}}),
        ("spec.containers.0.securityContext.runAsUser", 0),
        ("spec.containers.0.securityContext.capabilities", {"add": ["NET_ADMIN"]}),
        ("spec.securityContext.runAsNonRoot", False),
        ("spec.hostNetwork", True),
        ("spec.volumes.0", {"name": "spark-local-dir-1", "hostPath": {"path": "/"}}),
    ],
    ids=["privileged", "root", "capability", "may be root", "host network", "host path"],
)
def test_a_pod_that_is_not_restricted_is_refused(two: Two, path: str, value: Any):
    assert two.creates(two.executor).startswith("201")
    said = two.creates(changed(two.executor, path, value))
    assert said.startswith("403")
    assert 'violates PodSecurity "restricted' in said


def test_the_quota_holds_for_notebook_and_executors_together(two: Two):
    """5 GiB, of which the notebook has 1.2 and two executors 1.75."""
    resources = "spec.containers.0.resources"
    amounts = ({"memory": size, "cpu": "10m", "ephemeral-storage": "1Gi"} for size in ("1Gi", "3Gi"))
    fits, too_much = (changed(two.executor, resources, {"limits": one, "requests": one}) for one in amounts)
    assert two.creates(fits).startswith("201")
    said = two.creates(too_much)
    assert said.startswith("403")
    assert "exceeded quota: hepnb" in said


def test_executors_have_no_token(two: Two):
    look = "__import__('os').path.exists('/var/run/secrets/kubernetes.io/serviceaccount/token')"
    assert two.run(f"print({look})") == "True"
    assert two.run(f"print(spark.sparkContext.parallelize([0], 1).map(lambda _: {look}).first())") == "False"
    for pod in two.pods(two.first, "executor"):
        assert pod["spec"]["serviceAccountName"] == "hepnb-executor"
        assert not pod["spec"]["automountServiceAccountToken"]


FOREIGN = """
import os, subprocess
of_driver = spark.sparkContext.getConf().get
pods = asks("GET", f"/api/v1/namespaces/{environment()['HEPNB_POD_NAMESPACE']}/pods?labelSelector=hepnb/role=executor")
of_executor = {one["name"]: one.get("value") for one in pods.json()["items"][0]["spec"]["containers"][0]["env"]}
address, port = of_driver("spark.driver.host"), of_driver("spark.driver.port")

def joins(secret):
    java = ["java", "-Xmx512m", "-cp", os.environ["SPARK_HOME"] + "/jars/*", "-Dspark.authenticate=true",
        f"-Dspark.driver.port={port}", "org.apache.spark.executor.CoarseGrainedExecutorBackend", "--executor-id", "99",
        "--driver-url", f"spark://CoarseGrainedScheduler@{address}:{port}", "--hostname", address, "--cores", "1",
        "--app-id", of_driver("spark.app.id"), "--resourceProfileId", "0"]
    own = {**os.environ, "_SPARK_AUTH_SECRET": secret}
    with subprocess.Popen(java, env=own, stderr=subprocess.PIPE, text=True) as one:
        try:
            return any("Successfully registered with driver" in line for line in one.stderr)
        finally:
            one.kill()
"""


def test_an_executor_without_the_secret_of_spark_is_sent_away(two: Two):
    assert two.run(FOREIGN) == ""
    assert two.run("print(joins(of_executor['_SPARK_AUTH_SECRET']))") == "True"
    assert two.run("print(joins('guessed'))") == "False"

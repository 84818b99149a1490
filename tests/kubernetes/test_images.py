"""What is in the images: looked at from inside, as pods under Pod Security `restricted`."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from hepnb.cluster.kubernetes import GROUP_ID, HOME, POD_SECURITY, USER_ID
from tests.kubernetes.cluster import IMAGES, TAG, kubectl, until

FACTS = """
import importlib.metadata, json, os, pathlib, pwd, shutil, subprocess, sys
account = pwd.getpwuid(os.getuid())
leftovers = [*pathlib.Path("/tmp").iterdir(), *pathlib.Path.home().glob(".[ci]*"), *pathlib.Path("/root").glob(".c*")]
java = shutil.which("java")
print(json.dumps({
    "python": sys.version,
    "packages": {one.metadata["Name"]: one.version for one in importlib.metadata.distributions()},
    "account": [account.pw_name, os.getuid(), os.getgid(), account.pw_dir, os.environ["HOME"]],
    "leftovers": [str(path) for path in leftovers if not path.name.startswith("hsperfdata")],
    "java": java and subprocess.run([java, "-version"], capture_output=True, text=True).stderr,
    "init": pathlib.Path("/proc/1/cmdline").read_text().split(chr(0))[0],
    "compiled": pathlib.Path(importlib.util.cache_from_source(importlib.util.find_spec("hepnb").origin)).exists(),
}))
"""

S3A = """
import os, pathlib, subprocess, tempfile
settings = {"endpoint": "http://127.0.0.1:9", "access.key": "a", "secret.key": "b", "endpoint.region": "eu-west-1",
    "path.style.access": "true", "attempts.maximum": "0", "retry.limit": "0"}
one = "<property><name>fs.s3a.{}</name><value>{}</value></property>"
properties = "".join(one.format(*item) for item in settings.items())
folder = tempfile.mkdtemp()
pathlib.Path(folder, "core-site.xml").write_text(f"<configuration>{properties}</configuration>")
shell = ["java", "-cp", f"{folder}:{os.environ['SPARK_HOME']}/jars/*", "org.apache.hadoop.fs.FsShell"]
print(subprocess.run([*shell, "-ls", "s3a://bucket/"], capture_output=True, text=True).stderr)
"""


class Pods:
    """Of a namespace that is gone afterwards."""

    def __init__(self, namespace: str) -> None:
        """Nothing runs yet."""
        self.namespace = namespace

    def run(self, image: str, *arguments: str) -> tuple[str, int]:
        """What a container of an image printed, and its exit status."""
        name = f"{image}-{secrets.token_hex(3)}"
        container: dict[str, Any] = {
            "name": "one",
            "image": f"{IMAGES}/{image}:{TAG}",
            "args": [*arguments],
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            "resources": {"requests": {"cpu": "20m"}, "limits": {"memory": "600Mi"}},
        }
        specification = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        }
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": specification}
        kubectl("apply", "-n", self.namespace, "-f", "-", given=pod)
        ended = until(lambda: self._end(name), within=120, what=f"the end of {name}")
        return kubectl("logs", "-n", self.namespace, name), ended["exitCode"]

    def _end(self, name: str) -> dict[str, Any] | None:
        status = json.loads(kubectl("get", "pod", "-n", self.namespace, name, "-o", "json"))["status"]
        return next((one["state"].get("terminated") for one in status.get("containerStatuses", [])), None)


@pytest.fixture(scope="module")
def pods() -> Iterator[Pods]:
    name = f"hepnb-images-{secrets.token_hex(3)}"
    kubectl("create", "namespace", name)
    try:
        kubectl("label", "namespace", name, f"{POD_SECURITY}=restricted")
        account = ("get", "serviceaccount", "default", "-n", name, "--ignore-not-found", "-o", "name")
        until(lambda: kubectl(*account), within=30, what="the account of the namespace")
        yield Pods(name)
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def facts(pods: Pods) -> dict[str, dict[str, Any]]:
    """What each image says of itself."""
    return {image: json.loads(pods.run(image, "python", "-c", FACTS)[0]) for image in ("executor", "hub", "notebook")}


def test_all_run_as_an_account_with_a_name_and_a_home(facts: dict[str, dict[str, Any]]):
    for image in facts.values():
        assert image["account"] == ["jovyan", USER_ID, GROUP_ID, HOME, HOME]


def test_children_that_nobody_waits_for_are_taken_care_of(facts: dict[str, dict[str, Any]]):
    assert {image["init"] for image in facts.values()} == {"/usr/bin/tini"}


def test_nothing_is_left_of_the_build_and_what_python_needs_is_compiled(facts: dict[str, dict[str, Any]]):
    for image in facts.values():
        assert image["leftovers"] == []
        assert image["compiled"]


def test_notebook_and_executor_have_the_same_python_java_and_packages(facts: dict[str, dict[str, Any]]):
    executor, notebook = facts["executor"], facts["notebook"]
    assert (executor["python"], executor["java"]) == (notebook["python"], notebook["java"])
    assert executor["packages"]["pyspark"].startswith("4.3.")
    assert executor["packages"].items() <= notebook["packages"].items()


def test_the_hub_has_its_own_packages_only(facts: dict[str, dict[str, Any]]):
    packages = set(facts["hub"]["packages"])
    assert {"jupyterhub", "jupyterhub-kubespawner", "psycopg-binary", "hepnb"} <= packages
    assert not packages & {"jupyterlab", "matplotlib", "pyarrow", "pyspark", "tensorflow-cpu", "uproot"}


def test_the_proxy_runs_from_the_image_of_the_hub(pods: Pods):
    said, status = pods.run("hub", "python", "-m", "hepnb_hub.proxy", "--help")
    assert status == 0
    assert "--api-port" in said


@pytest.mark.parametrize("image", ["executor", "notebook"])
def test_spark_reaches_for_s3(pods: Pods, image: str):
    said, _ = pods.run(image, "python", "-c", S3A)
    assert "Connection refused" in said
    assert "ClassNotFound" not in said
    assert "NoClassDefFound" not in said


@pytest.mark.parametrize("image", ["executor", "notebook"])
def test_gpus_are_looked_for_in_both(pods: Pods, image: str):
    said, status = pods.run(image, "/opt/hepnb/discover-gpus")
    assert said.splitlines()[-1] == '{"name": "gpu", "addresses": []}'
    assert status == 0


def test_an_executor_that_nobody_started_says_so(pods: Pods):
    said, status = pods.run("executor", "executor")
    assert said.startswith("entrypoint.sh: The variable SPARK_DRIVER_URL is not set;")
    assert status == 64


def test_a_notebook_has_the_kernels_that_work_here(pods: Pods):
    said, _ = pods.run("notebook", "jupyter", "kernelspec", "list", "--json")
    kernels = json.loads(said[said.index("{") :])["kernelspecs"]
    assert {name: one["spec"]["display_name"] for name, one in kernels.items()} == {
        "hepnb-spark": "Spark (Kubernetes)",
        "python3": "Python 3 (ipykernel)",
    }

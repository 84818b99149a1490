"""Is Spark told what executors on Kubernetes need?"""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.cluster import executors
from hepnb.cluster.kubernetes import ExecutorSite, NotebookPod
from hepnb.cluster.profiles import Profile
from hepnb.errors import InputError

PROFILE = Profile(
    name="tiny",
    description="x",
    cores=1,
    memory="512m",
    executors=3,
    executor_cores=2,
    executor_memory="1g",
)
POD = NotebookPod(
    name="jupyter-anna",
    namespace="hepnb-u-anna",
    address="10.88.1.7",
    executors=ExecutorSite(image="registry.example/hepnb/executor:1", cpu_fraction=0.05),
)


DISK = {"ephemeral-storage": "10240Mi"}


def test_the_settings_of_a_driver_in_a_pod():
    assert executors.kubernetes(PROFILE, POD, template="/t/executor.json") == {
        "spark.app.name": "hepnb",
        "spark.authenticate": "true",
        "spark.blockManager.port": "7200",
        "spark.driver.bindAddress": "10.88.1.7",
        "spark.driver.blockManager.port": "7110",
        "spark.driver.host": "10.88.1.7",
        "spark.driver.memory": "512m",
        "spark.driver.port": "7100",
        "spark.dynamicAllocation.cachedExecutorIdleTimeout": "30min",
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.executorIdleTimeout": "60s",
        "spark.dynamicAllocation.maxExecutors": "3",
        "spark.dynamicAllocation.minExecutors": "0",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.timeout": "30min",
        "spark.executor.cores": "2",
        "spark.executor.maxNumFailures": "2147483647",
        "spark.executor.memory": "1g",
        "spark.executor.memoryOverhead": "409m",
        "spark.kubernetes.allocation.maxPendingPods": "4",
        "spark.kubernetes.allocation.batch.delay": "200ms",
        "spark.kubernetes.authenticate.executor.serviceAccountName": "hepnb-executor",
        "spark.kubernetes.container.image": "registry.example/hepnb/executor:1",
        "spark.kubernetes.container.image.pullPolicy": "IfNotPresent",
        "spark.kubernetes.driver.pod.name": "jupyter-anna",
        "spark.kubernetes.executor.podTemplateFile": "/t/executor.json",
        "spark.kubernetes.executor.request.cores": "100m",
        "spark.kubernetes.namespace": "hepnb-u-anna",
        "spark.master": "k8s://https://kubernetes.default.svc:443",
        "spark.port.maxRetries": "9",
        "spark.scheduler.minRegisteredResourcesRatio": "0",
        "spark.sql.caseSensitive": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "8",
        "spark.submit.deployMode": "client",
        "spark.ui.enabled": "false",
    }


def test_secrets_of_a_registry_are_named():
    site = replace(POD.executors, pull_secrets=("one", "two"))
    settings = executors.kubernetes(PROFILE, replace(POD, executors=site), template="t")
    assert settings["spark.kubernetes.container.image.pullSecrets"] == "one,two"


@pytest.mark.parametrize(
    ("cores", "gpus", "of_a_task"), [(1, 1, "1"), (4, 1, "0.2500"), (4, 2, "0.5000"), (3, 2, "0.5000"), (2, 4, "2")]
)
def test_tasks_share_the_gpus_of_their_executor(cores: int, gpus: int, of_a_task: str):
    settings = executors.kubernetes(replace(PROFILE, executor_cores=cores, executor_gpus=gpus), POD, template="t")
    assert {name: value for name, value in settings.items() if ".resource." in name} == {
        "spark.executor.resource.gpu.amount": str(gpus),
        "spark.executor.resource.gpu.discoveryScript": "/opt/hepnb/discover-gpus",
        "spark.executor.resource.gpu.vendor": "nvidia.com",
        "spark.task.resource.gpu.amount": of_a_task,
    }


def test_an_executor_is_restricted():
    assert executors.pod_template(PROFILE, POD) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": {"hepnb/role": "executor"}},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 5,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "runAsGroup": 100,
                "fsGroup": 100,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": {"hepnb/role": "executor"}},
                }
            ],
            "containers": [
                {
                    "name": "spark-kubernetes-executor",
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    "resources": {"requests": DISK, "limits": DISK},
                }
            ],
        },
    }


def test_a_site_adds_the_home_and_chooses_nodes():
    toleration = {"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}
    where = {"node_selector": {"pool": "spark"}, "tolerations": (toleration,)}
    site = replace(POD.executors, home=True, **where, priority_class="users", runtime_class="gvisor")
    spec = executors.pod_template(PROFILE, replace(POD, executors=site))["spec"]
    assert (spec["priorityClassName"], spec["runtimeClassName"]) == ("users", "gvisor")
    assert spec["containers"][0]["volumeMounts"] == [{"name": "home", "mountPath": "/home/jovyan"}]
    assert spec["volumes"] == [{"name": "home", "persistentVolumeClaim": {"claimName": "home"}}]
    assert (spec["nodeSelector"], spec["tolerations"]) == ({"pool": "spark"}, [toleration])


def test_a_site_gives_its_variables_to_executors_but_for_those_that_are_ours():
    ours = {"HEPNB_PROFILE": "x", "JUPYTERHUB_API_TOKEN": "x", "PYSPARK_PYTHON": "x", "SPARK_EXECUTOR_ID": "x"}
    site = replace(POD.executors, environment={"AWS_REGION": "eu", **ours})
    pod = replace(POD, executors=site)
    (container,) = executors.pod_template(PROFILE, pod)["spec"]["containers"]
    assert container["env"] == [{"name": "AWS_REGION", "value": "eu"}]
    assert "AWS_REGION" not in str(executors.kubernetes(PROFILE, pod, template="t"))


def test_a_site_gives_its_secret_variables_by_the_name_of_their_secret():
    site = replace(POD.executors, environment_secret=True)
    container = executors.pod_template(PROFILE, replace(POD, executors=site))["spec"]["containers"][0]
    assert container["envFrom"] == [{"secretRef": {"name": "hepnb-environment"}}]


def test_a_site_lets_executors_trust_its_authorities():
    site = replace(POD.executors, certificates=True, home=True)
    spec = executors.pod_template(PROFILE, replace(POD, executors=site))["spec"]
    mount = {"name": "hepnb-certificates", "mountPath": "/etc/hepnb-certificates", "readOnly": True}
    assert spec["containers"][0]["volumeMounts"] == [{"name": "home", "mountPath": "/home/jovyan"}, mount]
    assert spec["volumes"][1:] == [{"name": "hepnb-certificates", "configMap": {"name": "hepnb-certificates"}}]


@given(st.integers(1, 1 << 22), st.floats(0.01, 9e9))
def test_an_application_tells_of_its_driver(process: int, began: float):
    found = executors.driver_of(executors.application_of(process, began))
    assert found is not None
    assert found[0] == process
    assert found[1] == pytest.approx(began, abs=0.001)


@pytest.mark.parametrize("name", ["spark-0123456789abcdef", "local-1700000000000", "spark-1700000000000-x", ""])
def test_an_application_of_somebody_else_tells_nothing(name: str):
    assert executors.driver_of(name) is None


def test_a_pod_is_known_by_what_the_hub_set():
    site = replace(POD.executors, tolerations=({"key": "gpu"},), pull_secrets=("one",), node_selector={"a": "b"})
    variables = {
        "HEPNB_POD_NAME": "jupyter-anna",
        "HEPNB_POD_NAMESPACE": "hepnb-u-anna",
        "HEPNB_POD_ADDRESS": "10.88.1.7",
        "HEPNB_EXECUTORS": site.as_json(),
    }
    assert NotebookPod.of(variables) == replace(POD, executors=site)
    for name in variables:
        with pytest.raises(InputError, match=f"but {name} is not set here; log in to a hub on Kubernetes"):
            NotebookPod.of({**variables, name: ""})


@pytest.mark.parametrize("text", ["no JSON", "[]", json.dumps({"image": "x", "unknown": 1}), "{}"])
def test_a_broken_description_of_executors_is_told(text: str):
    variables = dict.fromkeys(("HEPNB_POD_NAME", "HEPNB_POD_NAMESPACE", "HEPNB_POD_ADDRESS"), "x")
    with pytest.raises(InputError, match="The variable HEPNB_EXECUTORS is not what the hub writes"):
        NotebookPod.of({**variables, "HEPNB_EXECUTORS": text})

"""What a hostile user can send with the notebook's own token: an allowed and a denied probe of every field.

The API server decides; nothing is created.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hepnb.cluster.kubernetes import EXECUTOR_ACCOUNT, NOTEBOOK_ACCOUNT
from tests.deploy.test_chart_users import FIELDS, MODELS, row
from tests.kubernetes import pods
from tests.kubernetes.cluster import IMAGES, TAG, until
from tests.kubernetes.pods import GONE, OWNER, changed
from tests.kubernetes.releases import Answer, Release, account, ask, must, new_release

NODES = {"kubernetes.io/os": "linux"}
TOLERATION = {"key": "pool", "operator": "Equal", "value": "users", "effect": "NoSchedule"}
SITE = (
    *("--set-json", f"nodeSelector={json.dumps(NODES)}", "--set-json", f"tolerations={json.dumps([TOLERATION])}"),
    *(
        "--set-json",
        'images.others=["registry.example:5000/extra:1", "own:1"]',
        "--set",
        "images.pullSecrets={registry}",
    ),
    *("--set", "home.onExecutors=true,home.accessMode=ReadWriteMany", "--set-string", "images.tag=2"),
)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with new_release() as found:
        answer = found.install(*SITE)
        assert answer.done, answer.said
        for user in ("maria", "chen"):
            found.make_user(user, tmp_path_factory.mktemp(user))
        sandbox = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": found.name}}
        must("kubectl", "create", "--filename=-", given=sandbox | {"handler": "runc"})
        yield found
        must("kubectl", "delete", "runtimeclass", found.name)


def executor(release: Release) -> dict[str, Any]:
    """An executor's pod as Spark makes it here."""
    pod = pods.executor(release.name, image="localhost/hepnb/executor:2")
    more = {"nodeSelector": NODES, "tolerations": [TOLERATION], "imagePullSecrets": [{"name": "registry"}]}
    return {**pod, "spec": {**pod["spec"], **more}}


def sent(release: Release, given: Any, *, user: str = "maria", name: str = NOTEBOOK_ACCOUNT) -> Answer:
    """What the API server says to something that a user's account would create."""
    who = account(release.user(user), name)
    where = ("--namespace", release.user(user))
    return ask("kubectl", *who, *where, "create", "--dry-run=server", "--validate=false", "--filename=-", given=given)


def test_an_executor_is_let_through(release: Release):
    answer = sent(release, executor(release))
    assert answer.done, answer.said


C = "spec.containers.0"

LET_THROUGH: dict[str, tuple[str, Any]] = {
    "annotations": ("metadata.annotations", {"note": "x" * 1024}),
    "generated name": (
        "metadata",
        {"generateName": "exec-", "labels": {"hepnb/role": "executor"}, "ownerReferences": [OWNER]},
    ),
    "a named server": ("metadata.ownerReferences.0.name", "notebook--second"),
    "labels": ("metadata.labels", {"hepnb/role": "executor"} | {f"l{at}": "x" for at in range(31)}),
    "another tag": (f"{C}.image", "localhost/hepnb/executor:1"),
    "a digest": (f"{C}.image", f"localhost/hepnb/executor@sha256:{'a' * 64}"),
    "an image of the site": (f"{C}.image", "registry.example:5000/extra:7"),
    "command": (f"{C}.command", ["x" * 16000]),
    "working directory": (f"{C}.workingDir", "/tmp"),  # noqa: S108  # in a pod
    "termination message": (f"{C}.terminationMessagePolicy", "FallbackToLogsOnError"),
    "resize policy": (f"{C}.resizePolicy", [{"resourceName": "memory", "restartPolicy": "NotRequired"}]),
    "variables": (f"{C}.env", [{"name": f"V{at}", "value": "x" * 120} for at in range(500)]),
    "the site's variables": (f"{C}.envFrom", [{"secretRef": {"name": "hepnb-environment"}}]),
    "one of them": (
        f"{C}.env",
        [{"name": "V", "valueFrom": {"secretKeyRef": {"name": "hepnb-environment", "key": "k"}}}],
    ),
    "its memory": (f"{C}.env", [{"name": "V", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}}]),
    "read-only root": (f"{C}.securityContext.readOnlyRootFilesystem", True),
    "own account": (f"{C}.securityContext.runAsUser", 1000),
    "memory volume": ("spec.volumes.0.emptyDir", {"medium": "Memory", "sizeLimit": "64Mi"}),
    "sub path": (f"{C}.volumeMounts.2.subPath", "data"),
    "DNS": ("spec.dnsPolicy", "ClusterFirst"),
    "lost node": (
        "spec.tolerations",
        [
            {
                "key": "node.kubernetes.io/unreachable",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": 5,
            }
        ],
    ),
    "half a minute": ("spec.terminationGracePeriodSeconds", 30),
}


@pytest.mark.parametrize("name", LET_THROUGH)
def test_what_executors_may_have_is_let_through(release: Release, name: str):
    answer = sent(release, changed(executor(release), *LET_THROUGH[name]))
    assert answer.done, answer.said


PROBE = {"httpGet": {"path": "/", "port": 10250}}
HARDENED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def container(name: str) -> dict[str, Any]:
    amounts = {"memory": "64Mi", "cpu": "10m"}
    resources = {"requests": amounts, "limits": amounts}
    return {"name": name, "image": "localhost/hepnb/executor:2", "securityContext": HARDENED, "resources": resources}


def with_more(amounts: dict[str, str]) -> dict[str, Any]:
    found = container("x")["resources"]
    return {kind: found[kind] | amounts for kind in found}


def only(amounts: dict[str, str]) -> dict[str, Any]:
    return {"limits": amounts, "requests": amounts}


REFUSED: dict[str, tuple[str, Any, str]] = {
    # A made-up owner would be deleted with the pod at once; none, or another kind, would not.
    "no owner": ("metadata.ownerReferences", [], "not owned by a notebook"),
    "owner of another kind": (
        "metadata.ownerReferences.0",
        {**OWNER, "kind": "ConfigMap", "name": "kube-root-ca.crt"},
        "not owned by a notebook",
    ),
    "large uid": ("metadata.ownerReferences.0.uid", "x" * 65, "not owned by a notebook"),
    "owner that cannot be looked up": ("metadata.ownerReferences.0.name", "notebook--a%b", "not owned by a notebook"),
    "hidden fields": (
        "metadata.managedFields",
        [
            {
                "apiVersion": "v1",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:metadata": {f"f:{'x' * 200}{at}": {} for at in range(1000)}},
                "manager": "kubectl-create",
                "operation": "Update",
            }
        ],
        "of more than 131072 bytes",
    ),
    "no memory": (f"{C}.resources", only({"memory": "0", "cpu": "10m"}), "at least 16Mi of memory"),
    "next to no memory": (f"{C}.resources", only({"memory": "1n", "cpu": "10m"}), "at least 16Mi of memory"),
    "no cores": (f"{C}.resources", only({"memory": "64Mi", "cpu": "0"}), "and 1m of cpu"),
    "less memory requested": (
        f"{C}.resources",
        {"limits": {"memory": "64Mi"}, "requests": {"memory": "32Mi", "cpu": "10m"}},
        "requests all that it may take",
    ),
    "owned by an executor": ("metadata.ownerReferences.0.name", "spark-1-exec-1", "not owned by a notebook"),
    "owner of almost that name": ("metadata.ownerReferences.0.name", "notebook-", "not owned by a notebook"),
    "two owners": ("metadata.ownerReferences", [OWNER, {**OWNER, "name": "kept"}], "not owned by a notebook"),
    "finalizers": ("metadata.finalizers", ["example.org/never"], "with metadata.finalizers"),
    "a server's name": ("metadata.name", "notebook--third", "does not begin with notebook"),
    "a server's generated name": (
        "metadata",
        {"generateName": "notebook--", "labels": {"hepnb/role": "executor"}, "ownerReferences": [OWNER]},
        "does not begin with notebook",
    ),
    "a server's role": ("metadata.labels", {"hepnb/role": "notebook"}, "the label hepnb/role=executor"),
    "no role": ("metadata.labels", {"component": "singleuser-server"}, "the label hepnb/role=executor"),
    "many labels": (
        "metadata.labels",
        {"hepnb/role": "executor"} | {f"l{at}": "x" for at in range(32)},
        "more than 32 labels",
    ),
    "many annotations": ("metadata.annotations", {f"a{at}": "x" for at in range(17)}, "16 annotations"),
    "long annotation": ("metadata.annotations", {"note": "x" * 1025}, "16 annotations of 1024"),
    "node name": ("spec.nodeName", "hepnb-node1", "with spec.nodeName"),
    "another node selector": ("spec.nodeSelector", {"kubernetes.io/hostname": "hepnb-node1"}, "another nodeSelector"),
    "no node selector": ("spec.nodeSelector", GONE, "another nodeSelector than the site's, {kubernetes.io/os:linux}"),
    "every taint": ("spec.tolerations", [{"operator": "Exists"}], "other tolerations"),
    "another taint": ("spec.tolerations", [{"key": "control-plane", "operator": "Exists"}], "other tolerations"),
    "every taint of a lost node": (
        "spec.tolerations",
        [{"key": "node.kubernetes.io/unreachable", "operator": "Exists"}],
        "other tolerations",
    ),
    "system priority": (
        "spec.priorityClassName",
        "system-node-critical",
        'the priorityClassName "system-node-critical"',
    ),
    "no priority": ("spec.priorityClassName", GONE, 'the priorityClassName ""'),
    "the platform's priority": ("spec.priorityClassName", "{release}-platform", "the priorityClassName"),
    "runtime class": ("spec.runtimeClassName", "{release}", 'the runtimeClassName "'),
    "secrets of registries": (
        "spec.imagePullSecrets",
        [{"name": f"s{at}"} for at in range(500)],
        "with imagePullSecrets but those of the site, registry",
    ),
    "another registry's secret": ("spec.imagePullSecrets", [{"name": "other"}], "with imagePullSecrets but those"),
    "many times the same secret": ("spec.imagePullSecrets", [{"name": "registry"}] * 17, "with imagePullSecrets but"),
    "thousands of tolerations": (
        "spec.tolerations",
        [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}] * 17,
        "other tolerations",
    ),
    "affinity": ("spec.affinity", {"podAffinity": {}}, "with spec.affinity"),
    "scheduler": ("spec.schedulerName", "own", "schedulerName default-scheduler"),
    "gates": ("spec.schedulingGates", [{"name": "example.org/never"}], "with spec.schedulingGates"),
    "readiness gates": ("spec.readinessGates", [{"conditionType": "x/y"}], "with spec.readinessGates"),
    "deadline": ("spec.activeDeadlineSeconds", 5, "with spec.activeDeadlineSeconds"),
    "restarts": ("spec.restartPolicy", "Always", "restartPolicy Never"),
    "an hour to end": ("spec.terminationGracePeriodSeconds", 3600, "terminationGracePeriodSeconds above 30"),
    "the node's DNS": ("spec.dnsPolicy", "Default", "dnsPolicy ClusterFirst"),
    "own DNS": ("spec.dnsConfig", {"nameservers": ["192.0.2.1"]}, "with spec.dnsConfig"),
    "host names": ("spec.hostAliases", [{"ip": "192.0.2.1", "hostnames": ["hub"]}], "with spec.hostAliases"),
    "subdomain": ("spec.subdomain", "hub", "with spec.subdomain"),
    "shared processes": ("spec.shareProcessNamespace", True, "with spec.shareProcessNamespace"),
    "host users": ("spec.hostUsers", False, "with spec.hostUsers"),
    "host network": ("spec.hostNetwork", True, "hostNetwork"),
    "resources of the pod": ("spec.resources", {"limits": {"memory": "2Gi"}}, "with spec.resources"),
    "resource claims": ("spec.resourceClaims", [{"name": "x", "resourceClaimName": "y"}], "with spec.resourceClaims"),
    "the notebook's account": ("spec.serviceAccountName", NOTEBOOK_ACCOUNT, "the service account hepnb-executor"),
    "a token": ("spec.automountServiceAccountToken", True, "automountServiceAccountToken false"),
    "another uid": ("spec.securityContext.runAsUser", 1001, "another account than 1000:100"),
    "another uid of the container": (f"{C}.securityContext.runAsUser", 1001, "another account than 1000:100"),
    "another gid": ("spec.securityContext.runAsGroup", 0, "another account than 1000:100"),
    "another group of files": ("spec.securityContext.fsGroup", 0, "another account than 1000:100"),
    "more groups": ("spec.securityContext.supplementalGroups", [0], "with spec.securityContext.supplementalGroups"),
    "sysctls": (
        "spec.securityContext.sysctls",
        [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
        "with spec.securityContext.sysctls",
    ),
    "SELinux": ("spec.securityContext.seLinuxOptions", {"level": "s0"}, "with spec.securityContext.seLinuxOptions"),
    "own seccomp": (
        f"{C}.securityContext.seccompProfile",
        {"type": "Localhost", "localhostProfile": "own.json"},
        "seccompProfile",
    ),
    "another image": (f"{C}.image", "registry.example/huge:1", "the image registry.example/huge:1: here are localhost"),
    "almost the image": (f"{C}.image", "localhost/hepnb/executor-own:2", "the image localhost/hepnb/executor-own:2"),
    "a registry of that name": (f"{C}.image", "own:5000/huge:1", "the image own:5000/huge:1"),
    "two containers": ("spec.containers", [container("one"), container("two")], "with 2 containers"),
    "first containers": ("spec.initContainers", [container("first")], "with spec.initContainers"),
    "liveness": (f"{C}.livenessProbe", PROBE, "with spec.containers.livenessProbe"),
    "readiness": (f"{C}.readinessProbe", PROBE, "with spec.containers.readinessProbe"),
    "start": (f"{C}.startupProbe", PROBE, "with spec.containers.startupProbe"),
    "hooks": (f"{C}.lifecycle", {"preStop": PROBE}, "with spec.containers.lifecycle"),
    "standard input": (f"{C}.stdin", True, "with spec.containers.stdin"),
    "host port": (f"{C}.ports.0.hostPort", 80, "hostPort"),
    "many ports": (f"{C}.ports", [{"containerPort": 9000 + at} for at in range(17)], "more than 16 mounts or ports"),
    "propagation": (f"{C}.volumeMounts.0.mountPropagation", "HostToContainer", "mountPropagation"),
    "sub path of variables": (f"{C}.volumeMounts.0.subPathExpr", "$(V)", "mountPropagation"),
    "many variables": (f"{C}.env", [{"name": f"V{at}", "value": "x"} for at in range(513)], "more than 512"),
    "large variables": (f"{C}.env", [{"name": "V", "value": "x" * 65536}], "more than 65536 characters"),
    "large command": (f"{C}.args", ["x" * 16385], "16384 of its command"),
    "a secret's variable": (
        f"{C}.env",
        [{"name": "V", "valueFrom": {"secretKeyRef": {"name": "registry", "key": "k"}}}],
        "from secrets but hepnb-environment",
    ),
    "a secret's variables": (f"{C}.envFrom", [{"secretRef": {"name": "registry"}}], "from secrets but"),
    "a map's variables": (f"{C}.envFrom", [{"configMapRef": {"name": "x"}}], "from secrets but"),
    "a map's variable": (
        f"{C}.env",
        [{"name": "V", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "k"}}}],
        "from secrets but",
    ),
    "other devices": (f"{C}.resources", with_more({"example.org/fpga": "1"}), "with resources but cpu"),
    "huge pages": (f"{C}.resources", with_more({"hugepages-2Mi": "2Mi"}), "with resources but cpu"),
    "selectors of spreads": (
        "spec.topologySpreadConstraints.0.labelSelector",
        {"matchExpressions": [{"key": "a", "operator": "In", "values": ["x" * 60] * 1000}]},
        "with matchExpressions",
    ),
    "labels of spreads": (
        "spec.topologySpreadConstraints.0.labelSelector",
        {"matchLabels": {f"l{at}": "x" for at in range(9)}},
        "more than 8 matchLabels",
    ),
    "large working directory": (
        f"{C}.workingDir",
        "/" + "x" * 1024,
        "workingDir or terminationMessagePath of more than",
    ),
    "large image": (f"{C}.image", "localhost/hepnb/executor:" + "x" * 512, "with an image"),
    "large mount": (f"{C}.volumeMounts.0.mountPath", "/" + "x" * 1024, "mounts"),
    "large sub path": (f"{C}.volumeMounts.0.subPath", "x" * 1025, "mounts"),
    "large termination message": (
        f"{C}.terminationMessagePath",
        "/" + "x" * 1024,
        "terminationMessagePath of more than",
    ),
    "items of a map": (
        "spec.volumes.1.configMap",
        {"name": "x", "items": [{"key": "k", "path": "p"}]},
        "with volumes but emptyDir",
    ),
    "large prefix of variables": (
        f"{C}.envFrom",
        [{"prefix": "P" * 65, "secretRef": {"name": "hepnb-environment"}}],
        "characters of variables",
    ),
    "large key of a secret": (
        f"{C}.env",
        [{"name": "V", "valueFrom": {"secretKeyRef": {"name": "hepnb-environment", "key": "k" * 253}}}] * 300,
        "characters of variables",
    ),
    "many spreads": (
        "spec.topologySpreadConstraints",
        [{"maxSkew": 1, "topologyKey": f"zone{at}", "whenUnsatisfiable": "ScheduleAnyway"} for at in range(5)],
        "more than 4 topologySpreadConstraints",
    ),
    "many volumes": (
        "spec.volumes",
        [{"name": name, "emptyDir": {}} for name in ("home", "spark-local-dir-1", "spark-conf-volume-exec")]
        + [{"name": f"v{at}", "emptyDir": {}} for at in range(14)],
        "at most 16",
    ),
    "another claim": ("spec.volumes.2.persistentVolumeClaim.claimName", "other", "the claim home"),
}
for source, what in {
    "secret": {"secretName": "registry"},
    "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]},
    "downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.name"}}]},
    "csi": {"driver": "example.org"},
    "ephemeral": {
        "volumeClaimTemplate": {
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        }
    },
    "nfs": {"server": "192.0.2.1", "path": "/"},
    "hostPath": {"path": "/"},
    "iscsi": {"targetPortal": "192.0.2.1", "iqn": "iqn.2001-04.com.example:storage", "lun": 0},
    "image": {"reference": "registry.example/huge:1"},
}.items():
    REFUSED[f"volume {source}"] = (
        "spec.volumes.0",
        {"name": "spark-local-dir-1", source: what},
        "restricted volume type" if source in ("hostPath", "nfs", "iscsi") else "with volumes but emptyDir",
    )


@pytest.mark.parametrize("name", REFUSED)
def test_what_executors_need_not_have_is_refused(release: Release, name: str):
    path, value, told = REFUSED[name]
    given = value.format(release=release.name) if isinstance(value, str) else value
    answer = sent(release, changed(executor(release), path, given))
    assert not answer.done
    assert told in answer.said
    assert "Forbidden" in answer.said or "forbidden" in answer.said


def config_map(**content: Any) -> dict[str, Any]:
    metadata = {"name": "spark-exec-1-conf-map", "labels": {"spark-app-selector": "1"}, "ownerReferences": [OWNER]}
    data = {"data": {"spark.properties": "x" * 20_000}, "immutable": True}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata | content.pop("metadata", {}),
        **data | content,
    }


def test_the_settings_of_executors_are_let_through(release: Release):
    answer = sent(release, config_map())
    assert answer.done, answer.said


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"data": {"a": "x" * 70_000, "b": "x" * 70_000}}, "of more than 131072 bytes"),
        ({"data": {"a": "\U0001f600" * 40_000}}, "of more than 131072 bytes"),
        ({"binaryData": {"a": "eA=="}}, "binaryData"),
        ({"metadata": {"finalizers": ["example.org/never"]}}, "with metadata.finalizers"),
        ({"metadata": {"annotations": {"a": "x"}}}, "annotations"),
        ({"metadata": {"ownerReferences": []}}, "not owned by a notebook"),
    ],
    ids=["large", "large in bytes", "binary", "finalizers", "annotations", "no owner"],
)
def test_other_maps_are_refused(release: Release, content: dict[str, Any], told: str):
    answer = sent(release, config_map(**content))
    assert not answer.done
    assert told in answer.said


def made(release: Release, pod: dict[str, Any], *, user: str, name: str) -> str:
    """Really create a pod with the user's account; gives its name."""
    where = ("--namespace", release.user(user))
    given = changed(changed(pod, "metadata.name", name), "spec.hostname", GONE)
    must("kubectl", *account(release.user(user), NOTEBOOK_ACCOUNT), *where, "create", "--filename=-", given=given)
    return name


def phase_of(release: Release, name: str, *, user: str) -> tuple[str, str] | None:
    """Phase and reason of a pod; none where it has gone."""
    where = ("--namespace", release.user(user))
    found = must("kubectl", "get", "pod", name, *where, "--ignore-not-found", "--output=json")
    status = json.loads(found)["status"] if found else None
    return None if status is None else (status["phase"], status.get("reason", ""))


def test_a_pod_with_a_made_up_owner_is_deleted(release: Release):
    name = made(release, executor(release), user="chen", name="kept-for-ever")
    until(lambda: phase_of(release, name, user="chen") is None, within=90, what="the pod is gone")


def test_a_container_writes_so_much_on_its_node_and_no_more(release: Release):
    """One of 64 MiB, which writes 200 MB; what names no limit has one, too."""
    writes = "open('/tmp/x', 'wb').write(bytes(200_000_000)); import time; time.sleep(600)"
    pod = changed(executor(release), f"{C}.command", ["python", "-c", writes])
    pod = changed(changed(pod, f"{C}.args", GONE), f"{C}.image", f"{IMAGES}/executor:{TAG}")
    pod = changed(changed(pod, "spec.volumes", []), f"{C}.volumeMounts", [])
    limit = {"cpu": "10m", "memory": "512Mi", "ephemeral-storage": "64Mi"}
    small = changed(pod, f"{C}.resources", {"limits": limit, "requests": limit})
    small = changed(small, "metadata.ownerReferences.0", real_notebook(release))
    name = made(release, small, user="maria", name="writes")
    until(lambda: phase_of(release, name, user="maria") == ("Failed", "Evicted"), within=120, what="the pod is evicted")
    plain = changed(pod, f"{C}.resources", {"limits": {"memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "64Mi"}})
    who, where = account(release.user("maria"), NOTEBOOK_ACCOUNT), ("--namespace", release.user("maria"))
    said = must("kubectl", *who, *where, "create", "--dry-run=server", "--output=json", "--filename=-", given=plain)
    (container,) = json.loads(said)["spec"]["containers"]
    assert container["resources"]["limits"]["ephemeral-storage"] == "1Gi"


def real_notebook(release: Release) -> dict[str, str]:
    """A notebook of maria's as an owner; it never runs."""
    where = ("--namespace", release.user("maria"))
    ask("kubectl", *where, "delete", "pod", "notebook", "--grace-period=0", "--force", "--ignore-not-found")
    labels = {"hepnb/role": "notebook"}
    pod = executor(release) | {"metadata": {"name": "notebook", "labels": labels}}
    pod = changed(pod, "spec.nodeSelector", {"hepnb": "nowhere"})
    must("kubectl", *where, "create", "--filename=-", given=pod)
    uid = must("kubectl", *where, "get", "pod", "notebook", "--output=jsonpath={.metadata.uid}")
    return {**OWNER, "uid": uid}


DELETIONS: dict[str, tuple[dict[str, Any], bool]] = {
    "plain": ({}, True),
    "half a minute": ({"gracePeriodSeconds": 30}, True),
    "background": ({"propagationPolicy": "Background"}, True),
    "at once": ({"gracePeriodSeconds": 0}, False),
    "in 30 years": ({"gracePeriodSeconds": 1_000_000_000}, False),
    "orphans": ({"propagationPolicy": "Orphan"}, False),
    "orphans as of old": ({"orphanDependents": True}, False),
}
"""Name -> options, and whether they are let through for a pod that runs."""


@pytest.fixture(scope="module")
def runs(release: Release) -> str:
    """A pod of maria's that runs."""
    pod = changed(executor(release), f"{C}.command", ["sleep", "600"])
    pod = changed(changed(pod, f"{C}.args", GONE), f"{C}.image", f"{IMAGES}/executor:{TAG}")
    pod = changed(changed(pod, "spec.volumes", []), f"{C}.volumeMounts", [])
    name = made(release, changed(pod, "metadata.ownerReferences.0", real_notebook(release)), user="maria", name="runs")
    until(lambda: phase_of(release, name, user="maria") == ("Running", ""), within=60, what="it runs")
    return name


def deletion(release: Release, target: str, options: dict[str, Any]) -> Answer:
    """What the API server says when maria deletes something."""
    who = account(release.user("maria"), NOTEBOOK_ACCOUNT)
    body = {"kind": "DeleteOptions", "apiVersion": "v1", **options, "dryRun": ["All"]}
    path = f"/api/v1/namespaces/{release.user('maria')}/{target}"
    return ask("kubectl", *who, "delete", "--raw", path, "--filename=-", given=body)


@pytest.mark.parametrize("name", DELETIONS)
@pytest.mark.parametrize("target", ["pods/{runs}", "pods", "configmaps"], ids=["one", "pods", "maps"])
def test_what_is_deleted_ends_soon_and_leaves_nothing(release: Release, runs: str, target: str, name: str):
    options, allowed = DELETIONS[name]
    allowed = allowed or (target, name) == ("configmaps", "at once")  # nothing runs in one
    answer = deletion(release, target.format(runs=runs), options)
    assert answer.done == allowed, answer.said
    assert allowed or "may delete with a gracePeriodSeconds from 1 to 30" in answer.said


@pytest.mark.usefixtures("runs")
def test_what_never_ran_is_deleted_at_once(release: Release):
    assert deletion(release, "pods/notebook", {}).done


def test_pods_that_have_ended_count(release: Release):
    """Of a quota of two pods that run, four are there in all."""
    who = ("--namespace", release.user("chen"))
    quota = json.dumps({"spec": {"hard": {"pods": "2", "count/pods": "4"}}})
    must("kubectl", *who, "patch", "resourcequota", "hepnb", "--type=merge", f"--patch={quota}")
    # A kubelet fails at once what does not fit its node.
    node = must("kubectl", "get", "nodes", "--output=jsonpath={.items[0].metadata.name}")
    failed = changed(changed(executor(release), "spec.nodeName", node), "spec.nodeSelector", {"no": "where"})
    failed = changed(failed, "metadata.ownerReferences", [])
    for at in range(4):
        must("kubectl", *who, "create", "--filename=-", given=changed(failed, "metadata.name", f"failed-{at}"))
        until(lambda at=at: (phase_of(release, f"failed-{at}", user="chen") or "")[0] == "Failed", what="it has failed")
    answer = sent(release, executor(release), user="chen")
    assert not answer.done
    assert "exceeded quota: hepnb, requested: count/pods=1, used: count/pods=4, limited: count/pods=4" in answer.said


@pytest.fixture(scope="module")
def mighty(release: Release) -> Iterator[Release]:
    """The release, where RBAC lets the accounts of users do everything."""
    name = f"{release.name}-users"
    group = f"--group=system:serviceaccounts:{release.user('maria')}"
    must("kubectl", "create", "clusterrolebinding", name, "--clusterrole=cluster-admin", group)
    yield release
    must("kubectl", "delete", "clusterrolebinding", name)


OTHER_WRITES: dict[str, Any] = {
    "secrets": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "probe"}},
    "services": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "probe"},
        "spec": {"ports": [{"port": 80}], "type": "NodePort"},
    },
    "jobs": {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "probe"},
        "spec": {
            "template": {
                "spec": {"containers": [{"name": "x", "image": "x"}], "restartPolicy": "Never"},
            }
        },
    },
    "events": {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "probe"},
        "involvedObject": {"kind": "Pod", "name": "notebook", "namespace": "{maria}"},
    },
}


@pytest.mark.parametrize("kind", OTHER_WRITES)
def test_nothing_else_is_written_even_where_rbac_allows_it(mighty: Release, kind: str):
    given = json.loads(json.dumps(OTHER_WRITES[kind]).replace("{maria}", mighty.user("maria")))
    answer = sent(mighty, given)
    assert not answer.done
    assert f"may not CREATE {kind} in {mighty.user('maria')}" in answer.said


def test_nothing_is_written_elsewhere_or_with_another_account(mighty: Release):
    notebook = account(mighty.user("maria"), NOTEBOOK_ACCOUNT)
    given = changed(executor(mighty), "metadata.namespace", mighty.user("chen"))
    where = ("--namespace", mighty.user("chen"))
    elsewhere = ask("kubectl", *notebook, *where, "create", "--dry-run=server", "--filename=-", given=given)
    assert f"may not CREATE pods in {mighty.user('chen')}" in elsewhere.said
    other = sent(mighty, executor(mighty), name=EXECUTOR_ACCOUNT)
    assert f"hepnb-executor may not CREATE pods in {mighty.user('maria')}" in other.said


def test_the_tables_have_every_field_of_this_api_server():
    schemas = json.loads(must("kubectl", "get", "--raw", "/openapi/v3/api/v1"))["components"]["schemas"]

    def fields(kind: str) -> set[str]:
        model = MODELS[kind].__name__.removeprefix("V1")
        (found,) = (one for name, one in schemas.items() if name.rpartition(".")[2] == model)
        return set(found["properties"])

    # gitRepo and the like stay in the schema for ever; docs/security.md has them too.
    assert {kind: fields(kind) for kind in FIELDS} == {kind: {*row(kind)[0], *row(kind)[1]} for kind in FIELDS}

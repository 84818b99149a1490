"""What the hub, drivers and executors may do in a cluster: an allowed and a denied probe of every right.

The hub's bounds by admission are tried with an account that RBAC lets do everything, as somebody might give it by
mistake.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hepnb.cluster.kubernetes import EXECUTOR_ACCOUNT, NOTEBOOK_ACCOUNT
from tests.kubernetes.pods import GONE, changed, executor
from tests.kubernetes.releases import Answer, Release, account, ask, must, new_release

RBAC = "rbac.authorization.k8s.io"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with new_release() as found:
        answer = found.install()
        assert answer.done, answer.said
        for user in ("maria", "chen"):
            found.make_user(user, tmp_path_factory.mktemp(user))
        yield found


def may(who: tuple[str, ...], what: str, where: str) -> bool:
    """Whether RBAC lets an account do something.

    Args:
        who: the account.
        what: verb and resource, as `kubectl auth can-i` takes them.
        where: a namespace, or nothing for the whole cluster.
    """
    place = ("--namespace", where) if where else ("--all-namespaces",)
    return ask("kubectl", "auth", "can-i", "--quiet", *who, *place, *what.split()).done


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("create namespaces", ""),
        ("delete namespaces", ""),
        ("create rolebindings", "maria"),
        ("bind clusterroles/{release}-hub-user", ""),
        ("bind clusterroles/{release}-driver", ""),
        ("list nodes", ""),
        ("get endpointslices.discovery.k8s.io/kubernetes", "default"),
        ("create pods", "maria"),
        ("delete pods", "maria"),
        ("list pods", "maria"),
        ("watch pods", "maria"),
        ("list events", "maria"),
        ("watch events", "maria"),
        ("create persistentvolumeclaims", "maria"),
        ("get persistentvolumeclaims/home", "maria"),
        ("delete persistentvolumeclaims/home", "maria"),
        ("create serviceaccounts", "maria"),
        ("create limitranges", "maria"),
        ("get limitranges/hepnb", "maria"),
        ("patch limitranges/hepnb", "maria"),
        ("create resourcequotas", "maria"),
        ("get resourcequotas/hepnb", "maria"),
        ("patch resourcequotas/hepnb", "maria"),
        ("create networkpolicies", "maria"),
        ("get networkpolicies", "maria"),
        ("patch networkpolicies", "maria"),
        ("create secrets", "maria"),
        ("patch secrets/hepnb-environment", "maria"),
        ("create configmaps", "maria"),
        ("patch configmaps/hepnb-certificates", "maria"),
    ],
)
def test_the_hub_may(release: Release, what: str, where: str):
    assert may(release.hub, what.format(release=release.name), place(release, where))


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("get namespaces", ""),
        ("list namespaces", ""),
        ("patch namespaces", ""),
        ("get nodes", ""),
        ("patch nodes", ""),
        ("list pods", ""),
        ("get secrets", ""),
        ("delete rolebindings", "maria"),
        ("patch rolebindings", "maria"),
        ("create roles", "maria"),
        ("create clusterrolebindings", ""),
        ("bind clusterroles/cluster-admin", ""),
        ("escalate clusterroles", ""),
        ("impersonate users", ""),
        ("get endpointslices.discovery.k8s.io/other", "default"),
        ("list endpointslices.discovery.k8s.io", "default"),
        ("create pods", "default"),
        ("create pods", "platform"),
        ("list pods", "platform"),
        ("get secrets/hub", "platform"),
        ("patch deployments/hub", "platform"),
        ("get pods", "maria"),
        ("patch pods", "maria"),
        ("create pods --subresource=exec", "maria"),
        ("get pods --subresource=log", "maria"),
        ("create serviceaccounts --subresource=token", "maria"),
        ("get secrets", "maria"),
        ("delete persistentvolumeclaims/other", "maria"),
        ("list persistentvolumeclaims", "maria"),
        ("delete resourcequotas/hepnb", "maria"),
        ("patch resourcequotas/other", "maria"),
        ("delete networkpolicies", "maria"),
        ("patch validatingadmissionpolicies", ""),
        ("create secrets", "platform"),
        ("create secrets", "default"),
        ("get secrets/hepnb-environment", "maria"),
        ("list secrets", "maria"),
        ("watch secrets", "maria"),
        ("delete secrets/hepnb-environment", "maria"),
        ("patch secrets/other", "maria"),
        ("get configmaps/hepnb-certificates", "maria"),
        ("patch configmaps/other", "maria"),
    ],
)
def test_the_hub_may_not(release: Release, what: str, where: str):
    assert not may(release.hub, what, place(release, where))


@pytest.mark.parametrize(
    "what",
    [
        *(f"{verb} pods" for verb in ("create", "delete", "deletecollection", "get", "list", "watch")),
        *(f"{verb} configmaps" for verb in ("create", "deletecollection", "list")),
        "deletecollection services",
        "deletecollection persistentvolumeclaims",
        "get resourcequotas/hepnb",
    ],
)
def test_a_driver_may_in_its_own_namespace_and_in_no_other(release: Release, what: str):
    driver = account(release.user("maria"), NOTEBOOK_ACCOUNT)
    assert may(driver, what, release.user("maria"))
    for elsewhere in (release.user("chen"), release.namespace, "default"):
        assert not may(driver, what, elsewhere)


@pytest.mark.parametrize(
    "what",
    [
        "patch pods",
        "create pods --subresource=exec",
        "get pods --subresource=log",
        "get secrets",
        "list secrets",
        "get configmaps",
        "create services",
        "create persistentvolumeclaims",
        "patch resourcequotas/hepnb",
        "delete resourcequotas/hepnb",
        "list resourcequotas",
        "create networkpolicies",
        "delete networkpolicies",
        "patch limitranges",
        "create rolebindings",
        "create serviceaccounts --subresource=token",
        "get serviceaccounts",
    ],
)
def test_a_driver_may_not_even_in_its_own_namespace(release: Release, what: str):
    assert not may(account(release.user("maria"), NOTEBOOK_ACCOUNT), what, release.user("maria"))


def test_accounts_of_executors_and_of_the_proxy_may_nothing(release: Release):
    for who in (account(release.user("maria"), EXECUTOR_ACCOUNT), account(release.namespace, "proxy")):
        for what in ("get pods", "create pods", "list configmaps", "get secrets"):
            assert not may(who, what, release.user("maria"))
            assert not may(who, what, release.namespace)


@pytest.fixture(scope="module")
def mighty(release: Release) -> Release:
    """The release, whose hub RBAC lets do everything."""
    name = f"{release.name}-mistake"
    subject = {"kind": "ServiceAccount", "name": "hub", "namespace": release.namespace}
    role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"}
    binding = an("ClusterRoleBinding", name, version=f"{RBAC}/v1", roleRef=role, subjects=[subject])
    must("kubectl", "create", "--filename=-", given=binding)
    yield release
    must("kubectl", "delete", "clusterrolebinding", name)


def an(kind: str, name: str, *, version: str = "v1", labels: dict[str, str] | None = None, **content: Any) -> Any:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels or {}}, **content}


def place(release: Release, where: str) -> str:
    """A namespace by what the tests call it."""
    return {"platform": release.namespace, "maria": release.user("maria")}.get(where, where)


def by_the_hub(release: Release, *arguments: str, given: Any = None) -> Answer:
    """What the API server says; nothing is done."""
    return ask("kubectl", *release.hub, *arguments, "--dry-run=server", given=given)


USERS = {"hepnb/kind": "user", "pod-security.kubernetes.io/enforce": "restricted"}


@pytest.mark.parametrize(
    ("name", "labels", "told"),
    [
        ("{prefix}zoe", USERS, ""),
        ("kube-zoe", USERS, "the hub may not CREATE the namespace kube-zoe: it does not begin with {prefix}"),
        ("{prefix}zoe", {"hepnb/kind": "user"}, "the namespace {prefix}zoe: it lacks the labels"),
        ("{prefix}zoe", USERS | {"pod-security.kubernetes.io/enforce": "privileged"}, "it lacks the labels"),
        ("{prefix}zoe", USERS | {"hepnb/kind": "other"}, "it lacks the labels"),
    ],
)
def test_namespaces_are_those_of_users(mighty: Release, name: str, labels: dict[str, str], told: str):
    given = an("Namespace", name.format(prefix=mighty.prefix), labels=labels)
    answer = by_the_hub(mighty, "create", "--filename=-", given=given)
    assert answer.done == (told == "")
    assert told.format(prefix=mighty.prefix) in answer.said


def test_namespaces_of_others_are_not_deleted_and_none_is_changed(mighty: Release):
    assert by_the_hub(mighty, "delete", "namespace", mighty.user("chen")).done
    plain = mighty.user("plain")
    must("kubectl", "create", "namespace", plain)
    for other, told in [(mighty.namespace, "it does not begin with"), (plain, "it lacks the labels")]:
        answer = by_the_hub(mighty, "delete", "namespace", other)
        assert not answer.done
        assert f"the hub may not DELETE the namespace {other}: {told}" in answer.said
    answer = by_the_hub(mighty, "label", "namespace", mighty.user("chen"), "--overwrite", "hepnb/kind=other")
    assert not answer.done
    assert "the hub may not UPDATE namespaces" in answer.said


CONTAINER = {"name": "main", "image": "none.invalid/none", "resources": {"limits": {"memory": "64Mi"}}}
HARDENED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}
SECCOMP = {"seccompProfile": {"type": "RuntimeDefault"}}
CPU = {"requests": {"cpu": "10m", "memory": "64Mi"}}


def a_pod(**more: Any) -> dict[str, Any]:
    resources = CONTAINER["resources"] | CPU
    container = CONTAINER | {"resources": resources, "securityContext": HARDENED | SECCOMP} | more.pop("container", {})
    return an("Pod", "probe", spec={"containers": [container], **more})


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("maria", ""),
        ("default", "the hub may not CREATE pods in default: it is no namespace of a user"),
        ("platform", "the hub may not CREATE pods in {platform}: it is no namespace of a user"),
    ],
)
def test_pods_are_in_namespaces_of_users(mighty: Release, where: str, told: str):
    answer = by_the_hub(mighty, "create", "--filename=-", "--namespace", place(mighty, where), given=a_pod())
    assert answer.done == (told == "")
    assert told.format(platform=mighty.namespace) in answer.said


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (an("Secret", "probe"), "the hub may not CREATE secrets in {platform}"),
        (an("ClusterRole", "probe", version=f"{RBAC}/v1", rules=[]), "CREATE clusterroles of the cluster"),
        (an("PersistentVolume", "probe", spec={}), "CREATE persistentvolumes of the cluster"),
    ],
)
def test_nothing_is_written_outside_of_them(mighty: Release, given: Any, told: str):
    if given["kind"] == "PersistentVolume":
        given["spec"] = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}
    answer = by_the_hub(mighty, "create", "--filename=-", "--namespace", mighty.namespace, given=given)
    assert not answer.done
    assert told.format(platform=mighty.namespace) in answer.said


def test_programs_and_tokens_elsewhere_are_out_of_reach(mighty: Release):
    platform = ("--namespace", mighty.namespace)
    proxy = json.loads(must("kubectl", "get", "pods", *platform, "--selector=hepnb/role=proxy", "--output=json"))
    pod = proxy["items"][0]["metadata"]["name"]
    started = ask("kubectl", *mighty.hub, *platform, "exec", pod, "--", "true")
    assert "the hub may not CONNECT pods in" in started.said
    token = ask("kubectl", *mighty.hub, *platform, "create", "token", "proxy")
    assert "the hub may not CREATE serviceaccounts in" in token.said
    own = ask("kubectl", *mighty.hub, "create", "token", NOTEBOOK_ACCOUNT, "--namespace", mighty.user("maria"))
    assert own.done


def test_what_runs_the_platform_is_not_deleted(mighty: Release):
    answer = by_the_hub(mighty, "delete", "deployment", "proxy", "--namespace", mighty.namespace)
    assert not answer.done
    assert "the hub may not DELETE deployments in" in answer.said


def test_asking_what_one_may_do_is_no_write(mighty: Release):
    assert ask("kubectl", *mighty.hub, "auth", "can-i", "--quiet", "create", "pods", "--namespace=default").done


def a_binding(role: str, subject: tuple[str, str, str], *, kind: str = "ClusterRole") -> Any:
    found, name, namespace = subject
    who: dict[str, str] = {"kind": found, "name": name}
    who |= {"apiGroup": RBAC} if found == "User" else {"namespace": namespace}
    reference = {"apiGroup": RBAC, "kind": kind, "name": role}
    return an("RoleBinding", "probe", version=f"{RBAC}/v1", roleRef=reference, subjects=[who])


@pytest.mark.parametrize(
    ("role", "kind", "subject", "allowed"),
    [
        ("{release}-hub-user", "ClusterRole", ("ServiceAccount", "hub", "{platform}"), True),
        ("{release}-driver", "ClusterRole", ("ServiceAccount", "hepnb-notebook", "{maria}"), True),
        ("{release}-hub-user", "ClusterRole", ("ServiceAccount", "hepnb-notebook", "{maria}"), False),
        ("{release}-hub-user", "ClusterRole", ("ServiceAccount", "hub", "default"), False),
        ("{release}-driver", "ClusterRole", ("ServiceAccount", "hepnb-notebook", "{chen}"), False),
        ("{release}-driver", "ClusterRole", ("ServiceAccount", "hepnb-executor", "{maria}"), False),
        ("{release}-driver", "ClusterRole", ("User", "hepnb-notebook", ""), False),
        ("{release}-driver", "Role", ("ServiceAccount", "hepnb-notebook", "{maria}"), False),
        ("cluster-admin", "ClusterRole", ("ServiceAccount", "hub", "{platform}"), False),
        ("edit", "ClusterRole", ("ServiceAccount", "hepnb-notebook", "{maria}"), False),
    ],
)
def test_two_pairs_of_role_and_account_are_bound_and_no_other(
    mighty: Release, role: str, kind: str, subject: tuple[str, str, str], allowed: bool
):
    names = {"release": mighty.name, "platform": mighty.namespace} | {n: mighty.user(n) for n in ("maria", "chen")}
    given = a_binding(role.format(**names), tuple(part.format(**names) for part in subject), kind=kind)
    answer = by_the_hub(mighty, "create", "--filename=-", "--namespace", mighty.user("maria"), given=given)
    assert answer.done == allowed, answer.said
    assert allowed or f"the hub may bind {mighty.name}-hub-user to itself" in answer.said


def test_a_binding_is_not_widened_and_no_role_is_written(mighty: Release):
    where = ("--namespace", mighty.user("maria"))
    more = [{"op": "add", "path": "/subjects/-", "value": {"kind": "Group", "apiGroup": RBAC, "name": "everybody"}}]
    change = ("patch", "rolebinding", f"{mighty.name}-driver", "--type=json", f"--patch={json.dumps(more)}")
    assert "the hub may bind" in by_the_hub(mighty, *where, *change).said
    role = an("Role", "probe", version=f"{RBAC}/v1", rules=[])
    assert "the hub may not write roles" in by_the_hub(mighty, *where, "create", "--filename=-", given=role).said


HOME = {"name": "home", "emptyDir": {}}  # this release shares no homes with executors


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("metadata.name", "probe"), ""),
        (("spec.hostNetwork", True), "hostNetwork"),
        (("spec.volumes.0", {"name": "spark-local-dir-1", "hostPath": {"path": "/"}}), "hostPath"),
        (("spec.containers.0.securityContext", HARDENED | {"privileged": True}), "privileged"),
        (("spec.containers.0.securityContext", HARDENED | {"runAsUser": 0}), "runAsUser=0"),
        (("spec.securityContext.seccompProfile", GONE), "seccompProfile"),
    ],
)
def test_a_driver_starts_restricted_pods_only(release: Release, change: tuple[str, Any], told: str):
    where = release.user("maria")
    pod = changed(executor(release.name, image="localhost/hepnb/executor:1"), "spec.volumes.2", HOME)
    pod = changed(pod, *change)
    answer = ask(
        "kubectl",
        *account(where, NOTEBOOK_ACCOUNT),
        *("create", "--filename=-", "--dry-run=server", "--namespace", where),
        given=pod,
    )
    assert answer.done == (told == ""), answer.said
    assert told in answer.said

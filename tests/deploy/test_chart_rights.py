"""What hub, drivers and pods may do, compared as a whole: a right more is a failure, too."""

from typing import Any

import pytest

from tests.deploy.charts import FULL, Objects, needs_helm, refusal, rendered

pytestmark = needs_helm

RBAC = "rbac.authorization.k8s.io"
HUB_ACCOUNT = {"kind": "ServiceAccount", "name": "hub", "namespace": "platform"}
HUB = {"matchLabels": {"hepnb/role": "hub", "app.kubernetes.io/instance": "rel"}}
PROXY = {"matchLabels": {"hepnb/role": "proxy", "app.kubernetes.io/instance": "rel"}}
NOTEBOOKS = {
    "namespaceSelector": {"matchLabels": {"hepnb/kind": "user"}},
    "podSelector": {"matchLabels": {"hepnb/role": "notebook"}},
}
DNS = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        },
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}
NAMES = ["rel-hub-namespaces", "rel-hub-rolebindings", "rel-hub-writes"]
USERS = ["rel-user-configmaps", "rel-user-pods", "rel-user-writes"]
BY_THE_HUB = {"name": "by-the-hub", "expression": "request.userInfo.username == 'system:serviceaccount:platform:hub'"}
BY_A_USER = {
    "name": "by-a-user",
    "expression": "request.userInfo.username.startsWith('system:serviceaccount:hepnb-u-')",
}


def rule(group: str, resources: list[str], verbs: list[str], names: list[str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"apiGroups": [group], "resources": resources, "verbs": verbs}
    return found | ({"resourceNames": names} if names else {})


def tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def of_kind(objects: Objects, kind: str) -> dict[str, Any]:
    return {name: one for (found, name), one in objects.items() if found == kind}


HUB_RULES = [
    rule("", ["namespaces"], ["create", "delete"]),
    rule(RBAC, ["rolebindings"], ["create"]),
    rule(RBAC, ["clusterroles"], ["bind"], ["rel-hub-user", "rel-driver"]),
    rule("", ["nodes"], ["list"]),
]


def test_the_roles_are_these_and_no_others():
    objects = rendered()
    assert {name: one["rules"] for name, one in of_kind(objects, "ClusterRole").items()} == {
        "rel-hub": HUB_RULES,
        "rel-hub-user": [
            rule("", ["pods"], ["create", "delete", "list", "watch"]),
            rule("", ["events"], ["list", "watch"]),
            rule("", ["persistentvolumeclaims", "serviceaccounts", "limitranges", "resourcequotas"], ["create"]),
            rule("", ["persistentvolumeclaims"], ["get", "delete"], ["home"]),
            rule("", ["limitranges", "resourcequotas"], ["get", "patch"], ["hepnb"]),
            rule("", ["secrets", "configmaps"], ["create"]),
            rule("", ["secrets"], ["patch"], ["hepnb-environment"]),
            rule("", ["configmaps"], ["patch"], ["hepnb-certificates"]),
            rule("networking.k8s.io", ["networkpolicies"], ["create", "get", "patch"]),
        ],
        "rel-driver": [
            rule("", ["pods"], ["create", "delete", "deletecollection", "get", "list", "watch"]),
            rule("", ["configmaps"], ["create", "deletecollection", "list"]),
            rule("", ["services", "persistentvolumeclaims"], ["deletecollection"]),
            rule("", ["resourcequotas"], ["get"], ["hepnb"]),
        ],
    }
    (role,) = of_kind(objects, "Role").values()
    assert (role["metadata"]["namespace"], role["metadata"]["name"]) == ("default", "rel-hub")
    assert role["rules"] == [rule("discovery.k8s.io", ["endpointslices"], ["get"], ["kubernetes"])]


def test_the_hub_alone_is_bound():
    objects = rendered()
    found = {**of_kind(objects, "ClusterRoleBinding"), **of_kind(objects, "RoleBinding")}
    bindings = [
        (one["kind"], one["metadata"].get("namespace"), one["roleRef"], one["subjects"])
        for kind in ("ClusterRoleBinding", "RoleBinding")
        for one in of_kind(objects, kind).values()
    ]
    assert bindings == [
        ("ClusterRoleBinding", None, {"apiGroup": RBAC, "kind": "ClusterRole", "name": "rel-hub"}, [HUB_ACCOUNT]),
        ("RoleBinding", "default", {"apiGroup": RBAC, "kind": "Role", "name": "rel-hub"}, [HUB_ACCOUNT]),
    ]
    assert found.keys() == {"rel-hub"}


def test_accounts_of_hub_and_users_are_bounded_by_policies_that_deny():
    objects = rendered()
    policies = of_kind(objects, "ValidatingAdmissionPolicy")
    assert sorted(policies) == [*NAMES, *USERS]
    for name, one in policies.items():
        assert one["spec"]["failurePolicy"] == "Fail"
        assert one["spec"]["matchConditions"][0] == (BY_THE_HUB if name in NAMES else BY_A_USER)
        assert all(validation["reason"] == "Forbidden" for validation in one["spec"]["validations"])
    bindings = of_kind(objects, "ValidatingAdmissionPolicyBinding")
    assert {name: one["spec"] for name, one in bindings.items()} == {
        name: {"policyName": name, "validationActions": ["Deny"]} for name in (*NAMES, *USERS)
    }


def test_the_policies_say_what_the_site_has_chosen():
    policies = of_kind(rendered(*FULL), "ValidatingAdmissionPolicy")

    def expressions(name: str) -> list[str]:
        return [one["expression"] for one in policies[name]["spec"]["validations"]]

    assert expressions("rel-hub-namespaces") == [
        "request.operation in ['CREATE', 'DELETE']",
        "variables.target.metadata.name.startsWith('lab-')",
        (
            "variables.labels[?'pod-security.kubernetes.io/enforce'].orValue('') == 'restricted' && "
            "variables.labels[?'hepnb/kind'].orValue('') == 'user'"
        ),
    ]
    assert expressions("rel-hub-writes") == [
        (
            "namespaceObject != null && namespaceObject.metadata.name.startsWith('lab-') && "
            "has(namespaceObject.metadata.labels) && "
            "namespaceObject.metadata.labels[?'hepnb/kind'].orValue('') == 'user'"
        )
    ]
    assert expressions("rel-hub-rolebindings") == [
        "request.resource.resource == 'rolebindings'",
        (
            "object.kind != 'RoleBinding' || object.roleRef.kind == 'ClusterRole' && variables.subjects.size() == 1 && "
            "variables.subjects[0].kind == 'ServiceAccount' && ( "
            "object.roleRef.name == 'rel-hub-user' && variables.subjects[0].name == 'hub' && "
            "variables.subjects[0].?namespace.orValue('') == 'platform' || "
            "object.roleRef.name == 'rel-driver' && variables.subjects[0].name == 'hepnb-notebook' && "
            "variables.subjects[0].?namespace.orValue('') == object.metadata.namespace)"
        ),
    ]
    assert policies["rel-hub-namespaces"]["metadata"]["annotations"] == {"hepnb/prefix": "lab-"}


def written(kind: str) -> list[dict[str, Any]]:
    return [{"apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": [kind]}]


def test_the_policies_see_every_write():
    rules = {
        name: one["spec"]["matchConstraints"]["resourceRules"]
        for name, one in of_kind(rendered(), "ValidatingAdmissionPolicy").items()
    }
    everything = [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}]
    assert rules == {
        "rel-user-writes": everything,
        "rel-user-pods": written("pods"),
        "rel-user-configmaps": written("configmaps"),
        "rel-hub-namespaces": [
            {
                "apiGroups": [""],
                "apiVersions": ["*"],
                "operations": ["*"],
                "resources": ["namespaces", "namespaces/*"],
            }
        ],
        "rel-hub-writes": everything,
        "rel-hub-rolebindings": [
            {
                "apiGroups": [RBAC],
                "apiVersions": ["*"],
                "operations": ["CREATE", "UPDATE"],
                "resources": ["roles", "rolebindings"],
            }
        ],
    }


def test_who_may_speak_with_whom():
    policies = {name: one["spec"] for name, one in of_kind(rendered(*FULL), "NetworkPolicy").items()}
    both = ["Ingress", "Egress"]
    api = [{"to": [{"ipBlock": {"cidr": f"203.0.113.{last}/32"}}], "ports": tcp(6443)} for last in (5, 6)]
    assert policies == {
        "default-deny": {"podSelector": {}, "policyTypes": both},
        "hub": {
            "podSelector": HUB,
            "policyTypes": both,
            "ingress": [{"from": [{"podSelector": PROXY}, NOTEBOOKS], "ports": tcp(8081)}],
            "egress": [
                DNS,
                *api,
                {"to": [{"podSelector": PROXY}], "ports": tcp(8001)},
                {"to": [NOTEBOOKS], "ports": tcp(8888)},
                {"to": [{"ipBlock": {"cidr": "198.51.100.7/32"}}], "ports": tcp(443)},
            ],
        },
        "proxy": {
            "podSelector": PROXY,
            "policyTypes": both,
            "ingress": [
                {
                    "ports": tcp(8000),
                    "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}],
                },
                {"from": [{"podSelector": HUB}], "ports": tcp(8001)},
            ],
            "egress": [
                DNS,
                {"to": [{"podSelector": HUB}], "ports": tcp(8081)},
                {"to": [NOTEBOOKS], "ports": tcp(8888)},
            ],
        },
    }


def test_without_a_cluster_to_ask_the_api_servers_addresses_must_be_said():
    told = refusal(known=())
    assert "apiServer.endpoints is empty, and there is no cluster to ask" in told
    assert "kubectl --namespace default get endpointslice kubernetes" in told
    egress = rendered()["NetworkPolicy", "hub"]["spec"]["egress"]
    assert egress[1] == {"to": [{"ipBlock": {"cidr": "203.0.113.5/32"}}], "ports": tcp(6443)}
    assert len(egress) == 4


def test_a_range_without_ports_is_open_on_all():
    options = ("--set-json", 'hub.egress=[{"cidr": "192.0.2.0/24", "except": ["192.0.2.9/32"]}]')
    last = rendered(*options)["NetworkPolicy", "hub"]["spec"]["egress"][-1]
    assert last == {"to": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.9/32"]}}]}


@pytest.mark.parametrize("options", [(), FULL], ids=["defaults", "site"])
def test_nothing_else_gives_rights(options: tuple[str, ...]):
    kinds = {kind for kind, _ in rendered(*options)} - {"Ingress", "PriorityClass"}
    assert kinds == {
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "Deployment",
        "Job",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "ServiceAccount",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }

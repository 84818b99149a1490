"""A user's namespace holds what keeps the user's pods apart from everybody else's, and has a name of its own."""

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.cluster.kubernetes import MAX_PREFIX, PREFIX
from hepnb.cluster.projects import user_of
from hepnb_hub.namespaces import namespace_of, objects
from hepnb_hub.network_policies import PUBLIC, Cluster
from tests.hub_kubernetes.site import CERTIFICATE, deployed

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

AWKWARD = [
    "maria",
    "Maria",
    "MARIA",
    "mar\u00eda",
    "mari\u0301a",
    "李雷",
    "\U0001f600",
    "maria.rossi",
    "maria-rossi",
    "maria_rossi",
    "maria--rossi",
    "maria@cern.ch",
    "maria-cern-ch",
    "a" * 200,
    "a" * 199 + "b",
    "A" * 200,
    "a" * 40,
    "a" * 41,
    "7",
    "07",
    "2026",
    "-maria",
    "maria-",
    "-",
    "--",
    ".",
    "kube-system",
    "{username}",
    user_of("higgs"),
    user_of("x" * 32),
    "project-Higgs",
]


@pytest.mark.parametrize("prefix", [PREFIX, "h" * MAX_PREFIX, "p-" * 11])
def test_awkward_names_have_namespaces_of_their_own(prefix: str):
    found = [namespace_of(name, prefix) for name in AWKWARD]
    assert len(set(found)) == len(AWKWARD)
    for namespace in found:
        assert LABEL.fullmatch(namespace), namespace
        assert namespace.startswith(prefix)


def test_a_plain_name_is_read_in_its_namespace_and_always_was():
    assert namespace_of("maria-rossi", "hepnb-u-") == "hepnb-u-maria-rossi"
    assert namespace_of("project-higgs", "hepnb-u-") == "hepnb-u-project-higgs"
    # Files are in it: another release of this software must find the same.
    assert namespace_of("maria.rossi@cern.ch", "hepnb-u-") == "hepnb-u-maria-rossi-cern-ch--23489fd9ff67437d"


names = st.text(max_size=300) | st.text("aA-._@0é", max_size=60)


@given(names, names)
def test_two_users_never_share_a_namespace(one: str, other: str):
    first, second = namespace_of(one, PREFIX), namespace_of(other, PREFIX)
    assert LABEL.fullmatch(first)
    assert (first == second) == (one == other)


def _binding(name: str, subject: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [subject],
    }


def _account(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name},
        "automountServiceAccountToken": False,
    }


def _policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}


def _role(role: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"hepnb/role": role}}}


def _of_the_release(role: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "platform"}}, **_role(role)}


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
DRIVERS = [{"protocol": "TCP", "port": 7100, "endPort": 7109}, {"protocol": "TCP", "port": 7110, "endPort": 7119}]
BLOCKS = [{"protocol": "TCP", "port": 7200}]
PUBLIC_PORTS = [{"protocol": "TCP", "port": port} for port in (80, 443, 1094, 1095, 8443)]
DEFAULTS = {"memory": "512Mi", "ephemeral-storage": "1024Mi"}

CLUSTER = Cluster(api=(("10.89.0.11", 6443), ("2001:db8::1", 443)), nodes=("203.0.113.9", "10.89.0.12"))
"""One node of it has a public address, and one server of Kubernetes' interface."""


def test_a_namespace_holds_exactly_this(tmp_path: Path):
    found = objects("hepnb-u-maria", deployed(tmp_path), CLUSTER)
    assert found == [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": "hepnb-u-maria",
                "labels": {"pod-security.kubernetes.io/enforce": "restricted", "hepnb/kind": "user"},
            },
        },
        _binding("hepnb-hub-user", {"kind": "ServiceAccount", "name": "hub", "namespace": "platform"}),
        _binding("hepnb-driver", {"kind": "ServiceAccount", "name": "hepnb-notebook", "namespace": "hepnb-u-maria"}),
        _account("hepnb-notebook"),
        _account("hepnb-executor"),
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hepnb-environment"}, "type": "Opaque", "data": {}},
        {
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": {"name": "hepnb"},
            "spec": {"limits": [{"type": "Container", "default": DEFAULTS, "defaultRequest": DEFAULTS}]},
        },
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "hepnb"},
            "spec": {
                "hard": {
                    "requests.cpu": "2000m",  # a quarter of eight cores
                    "limits.memory": "32768Mi",
                    "requests.nvidia.com/gpu": "0",
                    "limits.ephemeral-storage": "204800Mi",
                    "requests.ephemeral-storage": "204800Mi",
                    "pods": "20",
                    "count/pods": "40",
                    "count/configmaps": "40",
                    "requests.storage": "20480Mi",
                    "persistentvolumeclaims": "1",
                }
            },
        },
        _policy("default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        _policy(
            "notebook",
            {
                **_role("notebook"),
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [
                    {
                        "from": [_of_the_release("hub"), _of_the_release("proxy")],
                        "ports": [{"protocol": "TCP", "port": 8888}],
                    },
                    {"from": [_role("executor")], "ports": DRIVERS},
                ],
                "egress": [
                    {"to": [_of_the_release("hub")], "ports": [{"protocol": "TCP", "port": 8081}]},
                    DNS,
                    {
                        "to": [{"ipBlock": {"cidr": "10.89.0.11/32"}}],
                        "ports": [{"protocol": "TCP", "port": 6443}],
                    },
                    {"to": [{"ipBlock": {"cidr": "2001:db8::1/128"}}], "ports": [{"protocol": "TCP", "port": 443}]},
                    {"to": [_role("executor")], "ports": BLOCKS},
                ],
            },
        ),
        _policy(
            "executor",
            {
                **_role("executor"),
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [_role("notebook"), _role("executor")], "ports": BLOCKS}],
                "egress": [
                    {"to": [_role("notebook")], "ports": DRIVERS},
                    {"to": [_role("executor")], "ports": BLOCKS},
                    DNS,
                ],
            },
        ),
        _policy(
            "data",
            {
                "podSelector": {
                    "matchExpressions": [{"key": "hepnb/role", "operator": "In", "values": ["notebook", "executor"]}]
                },
                "policyTypes": ["Egress"],
                "egress": [
                    {
                        "to": [
                            {
                                "ipBlock": {
                                    "cidr": "0.0.0.0/0",
                                    "except": [
                                        "0.0.0.0/8",
                                        "10.0.0.0/8",
                                        "100.64.0.0/10",
                                        "127.0.0.0/8",
                                        "168.63.129.16/32",
                                        "169.254.0.0/16",
                                        "172.16.0.0/12",
                                        "192.0.0.0/24",
                                        "192.168.0.0/16",
                                        "198.18.0.0/15",
                                        "224.0.0.0/3",
                                        "203.0.113.9/32",
                                    ],
                                }
                            }
                        ],
                        "ports": PUBLIC_PORTS,
                    },
                    {
                        "to": [
                            {
                                "ipBlock": {
                                    "cidr": "2000::/3",
                                    "except": ["2001::/32", "2002::/16", "2001:db8::1/128"],
                                }
                            }
                        ],
                        "ports": PUBLIC_PORTS,
                    },
                ],
            },
        ),
    ]


def test_the_variables_and_the_authorities_of_a_site_are_in_every_namespace(tmp_path: Path):
    deployment = deployed(tmp_path, certificates=f"The site's own:\n{CERTIFICATE}")
    found = {one["kind"]: one for one in objects("hepnb-u-maria", deployment, CLUSTER, {"KEY": "väl\nue"})}
    assert found["Secret"]["data"] == {"KEY": "dsOkbAp1ZQ=="}
    assert found["ConfigMap"] == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "hepnb-certificates"},
        "data": {"ca.crt": CERTIFICATE},
    }


def test_a_site_says_where_data_are(tmp_path: Path):
    rules = [
        {"cidr": "192.0.2.0/24", "except": ["192.0.2.7/32"], "ports": [443, 1094]},
        {"cidr": "198.51.100.0/24"},
    ]
    found = objects("hepnb-u-maria", deployed(tmp_path, egress=rules), CLUSTER)[-1]
    assert found["metadata"]["name"] == "data"
    assert found["spec"]["egress"] == [
        {
            "to": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.7/32"]}}],
            "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 1094}],
        },
        {"to": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]},
    ]


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("137.138.1.1", True),
        ("2001:1458::1", True),
        ("169.254.169.254", False),  # metadata of most clouds
        ("168.63.129.16", False),
        ("100.100.100.200", False),
        ("fd00:ec2::254", False),
        ("10.88.0.7", False),
        ("192.168.1.1", False),
        ("172.31.0.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),  # 10.0.0.1 behind a translator
        ("255.255.255.255", False),
    ],
)
def test_by_default_data_are_at_public_addresses(address: str, reached: bool):
    host = ipaddress.ip_address(address)
    open_to_it = [
        rule
        for rule in PUBLIC
        if host in ipaddress.ip_network(rule.cidr)
        and not any(host in ipaddress.ip_network(block) for block in rule.excluded)
    ]
    assert bool(open_to_it) == reached

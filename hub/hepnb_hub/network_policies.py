"""With whom may the pods in a user's namespace speak?

Nobody but those that are named here: the hub, the proxy, Kubernetes, and the user's own pods among themselves. Data
are at public addresses, or where the site says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any, Final

from hepnb.cluster.kubernetes import (
    DRIVER_BLOCK_PORT,
    DRIVER_PORT,
    EXECUTOR,
    EXECUTOR_PORT,
    HUB,
    HUB_PORT,
    NOTEBOOK,
    NOTEBOOK_PORT,
    PROXY,
    ROLE,
    SLOTS,
)
from hepnb_hub.deployment import Deployment, Egress

Endpoint = tuple[str, int]
"""Address and port of a server of Kubernetes' interface."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Addresses that policies must name.

    Attributes:
        api: servers of Kubernetes' interface. A policy sees these and not the address of the service before them.
        nodes: IP addresses of the nodes.
    """

    api: tuple[Endpoint, ...]
    nodes: tuple[str, ...] = ()


PUBLIC_PORTS: Final = (80, 443, 1094, 1095, 8443)
"""TCP ports of HTTP and XRootD, on which data are served in public."""

PUBLIC: Final = (
    Egress(
        cidr="0.0.0.0/0",
        excluded=(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # where Azure answers its machines, although the address is a public one
            "169.254.0.0/16",  # link-local: here clouds give credentials to whoever asks
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/3",
        ),
        ports=PUBLIC_PORTS,
    ),
    # Global unicast, without what leads to private IPv4 addresses: Teredo and 6to4.
    Egress(cidr="2000::/3", excluded=("2001::/32", "2002::/16"), ports=PUBLIC_PORTS),
)
"""Where data are unless the site says otherwise: everywhere but at private and special addresses (IANA's lists)."""

_NODE_DNS: Final = "169.254.20.10/32"  # of NodeLocal DNSCache, which many clusters have
_DNS_PORTS: Final = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]


def policies(deployment: Deployment, cluster: Cluster) -> dict[str, dict[str, Any]]:
    """The specifications of a namespace's network policies, by their names.

    Args:
        deployment: of the site.
        cluster: in which it is.
    """
    own = {*cluster.nodes, *(address for address, _ in cluster.api)}
    public = [_without(rule, own) for rule in PUBLIC]
    release = {"kubernetes.io/metadata.name": deployment.namespace}
    hub, proxy = (_pods(role, namespace=release) for role in (HUB, PROXY))
    notebook, executor = _pods(NOTEBOOK), _pods(EXECUTOR)
    drivers = [_ports(DRIVER_PORT, SLOTS), _ports(DRIVER_BLOCK_PORT, SLOTS)]
    blocks = [_ports(EXECUTOR_PORT)]
    return {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        NOTEBOOK: {
            **notebook,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {"from": [hub, proxy], "ports": [_ports(NOTEBOOK_PORT)]},
                {"from": [executor], "ports": drivers},
            ],
            "egress": [
                {"to": [hub], "ports": [_ports(HUB_PORT)]},
                _dns(),
                *(
                    {"to": [_block(Egress(cidr=_host(address)))], "ports": [_ports(port)]}
                    for address, port in cluster.api
                ),
                {"to": [executor], "ports": blocks},
            ],
        },
        EXECUTOR: {
            **executor,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [notebook, executor], "ports": blocks}],
            "egress": [{"to": [notebook], "ports": drivers}, {"to": [executor], "ports": blocks}, _dns()],
        },
        "data": {
            "podSelector": {"matchExpressions": [{"key": ROLE, "operator": "In", "values": [NOTEBOOK, EXECUTOR]}]},
            "policyTypes": ["Egress"],
            "egress": [_data(rule) for rule in deployment.egress or public],
        },
    }


def _pods(role: str, *, namespace: dict[str, str] | None = None) -> dict[str, Any]:
    chosen = {"podSelector": {"matchLabels": {ROLE: role}}}
    return chosen if namespace is None else {"namespaceSelector": {"matchLabels": namespace}, **chosen}


def _ports(first: int, number: int = 1) -> dict[str, Any]:
    last = {"endPort": first + number - 1} if number > 1 else {}
    return {"protocol": "TCP", "port": first, **last}


def _dns() -> dict[str, Any]:
    system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    servers = {"namespaceSelector": system, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    return {"to": [servers, _block(Egress(cidr=_NODE_DNS))], "ports": _DNS_PORTS}


def _data(rule: Egress) -> dict[str, Any]:
    to = {"to": [_block(rule)]}
    return {**to, "ports": [_ports(port) for port in rule.ports]} if rule.ports else to


def _without(rule: Egress, addresses: Iterable[str]) -> Egress:
    """The rule without some addresses, where it would open them."""
    block, closed = ip_network(rule.cidr), [ip_network(one) for one in rule.excluded]
    opened = [
        one for one in map(ip_address, addresses) if one in block and not any(one in excluded for excluded in closed)
    ]
    return replace(rule, excluded=(*rule.excluded, *(_host(str(one)) for one in sorted(opened, key=int))))


def _block(rule: Egress) -> dict[str, Any]:
    inside = {"except": list(rule.excluded)} if rule.excluded else {}
    return {"ipBlock": {"cidr": rule.cidr, **inside}}


def _host(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"

"""What a cluster makes of the chart: what it checks, what stays over upgrades, what two releases share."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kubernetes.releases import CHART, Release, ask, endpoints, must, new_release

SITE = Path(__file__).parents[1] / "deploy" / "site.yaml"


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    with new_release() as found:
        answer = found.install()
        assert answer.done, answer.said
        yield found


def get(release: Release, kind: str, name: str) -> dict[str, Any]:
    return json.loads(must("kubectl", "get", kind, name, "--namespace", release.namespace, "--output=json"))


def test_the_cluster_takes_every_value_of_a_site():
    with new_release() as other:
        answer = other.install("--values", str(SITE), "--set", f"prefix={other.prefix},proxy.service.nodePort=null")
        assert answer.done, answer.said


def test_pods_are_admitted_where_restricted_ones_are_only(release: Release):
    for name in ("hub", "proxy"):
        wanted = ("--for=jsonpath={.status.replicas}=1", "--timeout=30s", "--namespace", release.namespace)
        must("kubectl", "wait", f"deployment/{name}", *wanted)
    listed = json.loads(must("kubectl", "get", "pods", "--namespace", release.namespace, "--output=json"))["items"]
    assert {one["metadata"]["labels"]["hepnb/role"] for one in listed} == {"hub", "proxy"}


def test_the_hub_may_reach_the_api_server_and_no_other_address(release: Release):
    egress = get(release, "networkpolicy", "hub")["spec"]["egress"]
    assert [rule for rule in egress if any("ipBlock" in to for to in rule["to"])][1:] == [
        {"to": [{"ipBlock": {"cidr": f"{address}/32"}}], "ports": [{"protocol": "TCP", "port": port}]}
        for address, port in endpoints()
    ]


def test_secrets_stay_over_an_upgrade_and_the_hub_is_not_restarted(release: Release):
    before, pod = get(release, "secret", "hub")["data"], get(release, "deployment", "hub")["spec"]["template"]
    assert release.install().done
    assert get(release, "secret", "hub")["data"] == before
    assert get(release, "deployment", "hub")["spec"]["template"] == pod
    assert release.install("--set", "idleTimeout=1234").done
    assert get(release, "secret", "hub")["data"] == before
    assert get(release, "deployment", "hub")["spec"]["template"] != pod


@pytest.mark.parametrize("more", ["", "b-"])
def test_a_second_release_does_not_share_users_namespaces(release: Release, more: str):
    with new_release() as other:
        answer = other.install("--set", f"prefix={release.prefix}{more}")
        assert not answer.done
        told = f"The prefix '{release.prefix}{more}' meets '{release.prefix}' of the release '{release.name}'"
        assert told in answer.said


def test_the_database_stays_when_the_release_goes():
    with new_release() as other:
        assert other.install().done
        must("helm", "uninstall", other.name, "--namespace", other.namespace)
        assert "deletionTimestamp" not in get(other, "persistentvolumeclaim", "hub")["metadata"]
        assert not ask("kubectl", "get", "secret", "hub", "--namespace", other.namespace).done
        assert other.install().done


def test_a_dry_run_shows_the_notes():
    told = must("helm", "install", "dry", str(CHART), "--dry-run=server", "--set", "prefix=dry-run-u-")
    assert "port-forward service/proxy-public 8000:80" in told

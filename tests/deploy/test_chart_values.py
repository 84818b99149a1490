"""What a site may say, and what it reads where it says something else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.deploy.charts import CHART, FULL, helm, needs_helm, refusal

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def leaves(values: dict[str, Any], schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every value with its schema; those that the schema takes for free tables are leaves."""
    for key, value in values.items():
        here = schema["properties"][key]
        inner = SCHEMA["definitions"][here["$ref"].rpartition("/")[2]] if "$ref" in here else here
        yield f"{path}{key}", here
        if isinstance(value, dict) and "properties" in inner:
            yield from leaves(value, inner, f"{path}{key}.")


def test_every_value_is_described():
    found = dict(leaves(VALUES, SCHEMA))
    assert len(found) > 50
    assert [name for name, schema in found.items() if not schema.get("description", "").endswith(".")] == []


def test_every_described_value_has_its_default():
    assert_same_keys(VALUES, SCHEMA)


def assert_same_keys(values: dict[str, Any], schema: dict[str, Any]):
    assert values.keys() == schema["properties"].keys()
    for key, value in values.items():
        if isinstance(value, dict) and "properties" in schema["properties"][key]:
            assert_same_keys(value, schema["properties"][key])


@needs_helm
@pytest.mark.parametrize("options", [(), FULL], ids=["defaults", "site"])
def test_helm_finds_nothing_amiss(options: tuple[str, ...]):
    result = helm("lint", "--strict", str(CHART), *options)
    assert result.returncode == 0, result.stdout + result.stderr


@needs_helm
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("hub.replicas=3", "at '/hub': additional properties 'replicas' not allowed"),
        ("qouta.cores=3", "at '': additional properties 'qouta' not allowed"),
        ("home.onExecutors=1", "at '/home/onExecutors': got number, want boolean"),
        ("idleTimeout=never", "at '/idleTimeout': got string, want integer"),
        ("cpuFraction=2", "at '/cpuFraction': maximum: got 2, want 1"),
        ("prefix=physics-of-particles-and-", "at '/prefix': maxLength: got 25, want 22"),
        ("prefix=Lab-", "at '/prefix': 'Lab-' does not match pattern"),
        ("quota.memory=32Gb", "at '/quota/memory': '32Gb' does not match pattern"),
        ("egress[0].cidr=example.org", "at '/egress/0/cidr': 'example.org' does not match pattern"),
        ("egress[0].ports={443}", "at '/egress/0': missing property 'cidr'"),
        ("proxy.service.type=HostPort", "at '/proxy/service/type': value must be one of 'ClusterIP', 'NodePort'"),
        ("apiServer.endpoints={10.0.0.1}", "at '/apiServer/endpoints/0': '10.0.0.1' does not match pattern"),
        ("environment.AWS-REGION=eu", "invalid propertyName 'AWS-REGION'"),
        ("environmentSecret=My_Secret", "at '/environmentSecret': 'My_Secret' does not match pattern"),
        ("certificates=/etc/ca.crt", "at '/certificates': '/etc/ca.crt' does not match pattern"),
        ("password=short", "at '/password': 'short' does not match pattern"),
    ],
)
def test_a_wrong_value_is_named(value: str, told: str):
    assert told in refusal("--set", value)


@needs_helm
@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("sharedPassword=false", "Nobody could log in: sharedPassword is false and config is empty."),
        ("adminUsers={maria}", "adminUsers are named, but with sharedPassword whoever knows the password"),
        ("home.onExecutors=true", "home.onExecutors is true, but executors run on several nodes"),
        ("home.size=21g", "home.size is 21g, but quota.storage is 20Gi: no home would fit its user's quota. Raise"),
        ("quota.storage=9999Mi", "home.size is 10Gi, but quota.storage is 9999Mi: no home would fit its user's quota."),
        ("home.size=1Ti", "home.size is 1Ti, but quota.storage is 20Gi: no home would fit its user's quota."),
        ("userHosts=true", "userHosts is true, but the platform has no host name. Set publicAddress, or"),
        ("ingress.enabled=true", "ingress.enabled is true, but ingress.host is empty."),
        ("existingSecret=ours,password=correct horse", "existingSecret and password are both set."),
        ("existingSecret=hub", "existingSecret is 'hub', the name of the Secret that the chart makes itself"),
        ("prefix=kube-u-", "The prefix 'kube-u-' begins with kube-, which Kubernetes keeps for itself."),
    ],
)
def test_values_that_exclude_each_other_are_refused_with_a_sentence(values: str, told: str):
    assert told in refusal("--set", values)

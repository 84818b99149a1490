"""What the chart lets accounts of users create, and the table that says so."""

import re
from typing import Any

import pytest
import yaml
from kubernetes_asyncio import client

from tests.deploy.charts import CHART, FULL, needs_helm, pods, rendered

SECURITY = CHART.parents[2] / "docs" / "security.md"
FIELDS: dict[str, list[str]] = yaml.safe_load((CHART / "files" / "user-fields.yaml").read_text())
MODELS = {
    "metadata": client.V1ObjectMeta,
    "spec": client.V1PodSpec,
    "container": client.V1Container,
    "podSecurityContext": client.V1PodSecurityContext,
    "containerSecurityContext": client.V1SecurityContext,
    "resources": client.V1ResourceRequirements,
    "volume": client.V1Volume,
    "volumeMount": client.V1VolumeMount,
    "envVarSource": client.V1EnvVarSource,
    "envFromSource": client.V1EnvFromSource,
    "containerPort": client.V1ContainerPort,
    "configMapMetadata": client.V1ObjectMeta,
}
"""Kinds of objects as the chart calls them, and as Kubernetes does."""


def row(kind: str) -> tuple[list[str], list[str]]:
    """The fields of a kind that docs/security.md lets through, and those that it refuses."""
    (line,) = (one for one in SECURITY.read_text().splitlines() if one.startswith(f"| {kind} | `"))
    _, _, through, refused, _ = line.split("|")
    return re.findall("`(.+?)`", through), re.findall("`(.+?)`", refused)


@pytest.mark.parametrize("kind", MODELS)
def test_the_table_has_every_field_and_the_policy_no_other(kind: str):
    through, refused = row(kind)
    assert through == FIELDS[kind]
    assert sorted([*through, *refused]) == sorted(MODELS[kind].attribute_map.values())


def test_the_table_has_every_kind():
    assert list(FIELDS) == list(MODELS)


def policy(name: str, *options: str) -> dict[str, Any]:
    return rendered(*options)["ValidatingAdmissionPolicy", f"rel-user-{name}"]["spec"]


def expressions(name: str, *options: str) -> list[str]:
    return [one["expression"] for one in policy(name, *options)["validations"]]


@needs_helm
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            (),
            [
                '["localhost/hepnb/executor"].exists(one',
                "object.spec.?priorityClassName.orValue('') == 'rel-users'",
                "object.spec.?runtimeClassName.orValue('') == ''",
                "object.spec.?nodeSelector.orValue({}) == {}",
                "toleration in []",
                "claimName in [])",
            ],
        ),
        (
            FULL,
            [
                '["registry.example.org/physics/executor","registry.example.org:5000/physics/extra"].exists(one',
                "object.spec.?priorityClassName.orValue('') == 'low'",
                "object.spec.?runtimeClassName.orValue('') == 'gvisor'",
                'object.spec.?nodeSelector.orValue({}) == {"pool":"physics"}',
                'toleration in [{"effect":"NoSchedule","key":"nvidia.com/gpu","operator":"Exists"}]',
                'claimName in ["home"])',
            ],
        ),
    ],
    ids=["defaults", "site"],
)
def test_a_pod_of_a_user_is_where_and_what_the_site_says(options: tuple[str, ...], expected: list[str]):
    found = "\n".join(expressions("pods", *options))
    for one in expected:
        assert one in found


@needs_helm
def test_every_field_of_the_lists_is_in_the_policies():
    text = yaml.safe_dump([policy("pods"), policy("configmaps")], width=1 << 20)
    for kind, fields in FIELDS.items():
        assert "field in [" + ",".join(f'"{field}"' for field in fields) + "]" in text, kind


@needs_helm
def test_pods_of_the_platform_come_before_those_of_users_which_displace_nobody():
    objects = rendered()
    classes = {name: one for (kind, name), one in objects.items() if kind == "PriorityClass"}
    assert {name: (one["value"], one.get("preemptionPolicy")) for name, one in classes.items()} == {
        "rel-platform": (1_000_000, None),
        "rel-users": (0, "Never"),
    }
    assert {pod["spec"]["priorityClassName"] for pod in pods(objects).values()} == {"rel-platform"}


@needs_helm
def test_a_site_has_classes_of_its_own():
    objects = rendered(*FULL)
    assert not [name for kind, name in objects if kind == "PriorityClass"]
    assert {pod["spec"]["priorityClassName"] for pod in pods(objects).values()} == {"high"}

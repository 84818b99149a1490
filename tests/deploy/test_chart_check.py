"""A configuration is checked by a Job before the hub that runs is replaced."""

from typing import Any

import pytest

from tests.deploy.charts import FULL, Objects, needs_helm, pods, rendered
from tests.deploy.test_chart import CONTAINER_SECURITY, POD_SECURITY

pytestmark = needs_helm


def check(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = objects["Job", "hub-check"]["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("options", [(), FULL], ids=["defaults", "site"])
def test_the_check_comes_first_with_the_same_configuration_and_image(options: tuple[str, ...]):
    objects = rendered(*options)
    for kind, name in (("ConfigMap", "hub-check"), ("Job", "hub-check")):
        notes = objects[kind, name]["metadata"]["annotations"]
        assert notes["helm.sh/hook"] == "pre-install,pre-upgrade"
        # A Job that has failed stays, so that its log can be read.
        assert notes["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
    weights = [
        int(objects[kind, "hub-check"]["metadata"]["annotations"].get("helm.sh/hook-weight", 0))
        for kind in ("ConfigMap", "Job")
    ]
    assert weights[0] < weights[1]
    assert objects["ConfigMap", "hub-check"]["data"] == objects["ConfigMap", "hub"]["data"]
    hub, spec = pods(objects)["hub"]["spec"], check(objects)
    assert spec["containers"][0]["image"] == hub["containers"][0]["image"]
    for key in ("nodeSelector", "tolerations", "imagePullSecrets"):
        assert spec.get(key) == hub.get(key)


@pytest.mark.parametrize("options", [(), FULL], ids=["defaults", "site"])
def test_the_check_is_restricted_and_has_no_rights(options: tuple[str, ...]):
    objects = rendered(*options)
    job, spec = objects["Job", "hub-check"]["spec"], check(objects)
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (0, 600)
    assert (spec["restartPolicy"], spec["automountServiceAccountToken"]) == ("Never", False)
    assert "serviceAccountName" not in spec  # the hub's is not there before the first installation
    assert "hepnb/role" not in job["template"]["metadata"]["labels"]  # by which Services and policies find the hub
    assert spec["securityContext"] == POD_SECURITY
    (container,) = spec["containers"]
    assert container["securityContext"] == CONTAINER_SECURITY
    assert container["args"] == ["python", "-m", "hepnb_hub.check_configuration"]
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"
    assert container["resources"].keys() == {"requests", "limits"}


def test_the_check_does_not_wait_for_secrets():
    volumes = {one["name"]: one for one in check(rendered(*FULL))["volumes"]}
    secrets = {name: one["secret"] for name, one in volumes.items() if "secret" in one}
    assert {name: (one["secretName"], one["optional"]) for name, one in secrets.items()} == {
        "secrets": ("hub", True),
        "environment": ("storage", True),
        "site": ("login", True),
    }
    assert volumes["configuration"] == {"name": "configuration", "configMap": {"name": "hub-check"}}

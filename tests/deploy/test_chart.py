"""What stands in the cluster once the chart is installed: pods, configuration, secrets, the ways in."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from hepnb_hub.deployment import load_deployment
from tests.deploy.charts import (
    CHART,
    ENDPOINTS,
    FULL,
    deployment_json,
    helm,
    needs_helm,
    objects_of,
    pods,
    printed,
    rendered,
)
from tests.hub_kubernetes.site import CERTIFICATE

pytestmark = needs_helm

POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "runAsGroup": 100,
    "fsGroup": 100,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


@pytest.mark.parametrize("options", [(), FULL], ids=["defaults", "site"])
def test_every_pod_is_restricted(options: tuple[str, ...]):
    found = pods(rendered(*options))
    assert found.keys() == {"hub", "proxy"}
    for template in found.values():
        spec = template["spec"]
        assert spec["securityContext"] == POD_SECURITY
        assert not spec.keys() & {"hostNetwork", "hostPID", "hostIPC", "initContainers"}
        (container,) = spec["containers"]
        assert container["securityContext"] == CONTAINER_SECURITY
        assert container["resources"].keys() == {"requests", "limits"}
        assert {"readinessProbe", "livenessProbe"} <= container.keys()
        kinds = {kind for volume in spec["volumes"] for kind in volume} - {"name"}
        assert kinds <= {"configMap", "secret", "persistentVolumeClaim", "emptyDir", "projected"}


def test_the_hub_alone_has_a_token():
    objects = rendered()
    accounts = {name: one for (kind, name), one in objects.items() if kind == "ServiceAccount"}
    assert {name: one["automountServiceAccountToken"] for name, one in accounts.items()} == {
        "hub": False,
        "proxy": False,
    }
    specs = {name: one["spec"] for name, one in pods(objects).items()}
    assert {name: (one["serviceAccountName"], one["automountServiceAccountToken"]) for name, one in specs.items()} == {
        "hub": ("hub", True),
        "proxy": ("proxy", False),
    }


def test_the_hub_finds_its_folders():
    (container,) = pods(rendered(*FULL))["hub"]["spec"]["containers"]
    assert container["image"] == "registry.example.org/physics/hub:2"
    assert container["args"] == ["python", "-m", "hepnb_hub.on_kubernetes"]
    assert {one["name"]: (one["mountPath"], one.get("readOnly", False)) for one in container["volumeMounts"]} == {
        "configuration": ("/etc/hepnb", True),
        "secrets": ("/etc/hepnb-secrets", True),
        "site": ("/etc/hepnb-site", True),
        "environment": ("/etc/hepnb-environment", True),
        "state": ("/var/lib/hepnb", False),
        "tmp": ("/tmp", False),  # noqa: S108  # where a pod's own is
    }


def test_the_hub_starts_without_the_secret_of_the_site_to_say_that_it_is_missing():
    volumes = {one["name"]: one for one in pods(rendered(*FULL))["hub"]["spec"]["volumes"]}
    assert volumes["environment"]["secret"] == {"secretName": "storage", "optional": True, "defaultMode": 0o440}
    assert "environment" not in str(pods(rendered())["hub"])


def test_a_site_that_has_no_closed_metadata_says_so():
    told = deployment_json(rendered("--set-string", "environment.AWS_EC2_METADATA_DISABLED=false"))
    assert told["environment"] == {"AWS_EC2_METADATA_DISABLED": "false"}


def test_the_database_is_a_file_unless_the_site_has_another():
    def sources(*options: str) -> list[dict[str, Any]]:
        volumes = {one["name"]: one for one in pods(rendered(*options))["hub"]["spec"]["volumes"]}
        return [one["secret"] for one in volumes["secrets"]["projected"]["sources"]]

    url = {"name": "database", "items": [{"key": "database", "path": "database"}]}
    assert sources() == [{"name": "hub"}]
    assert sources(*FULL) == [{"name": "hub"}, url]


def test_the_proxy_is_the_hubs_image_with_its_token_and_no_other_secret():
    spec = pods(rendered())["proxy"]["spec"]
    (container,) = spec["containers"]
    assert container["image"] == "localhost/hepnb/hub:0.1.0"
    assert container["args"] == [
        "python",
        "-m",
        "hepnb_hub.proxy",
        "--ip=0.0.0.0",
        "--port=8000",
        "--api-ip=0.0.0.0",
        "--api-port=8001",
        "--default-target=http://hub.platform.svc:8081",
        "--error-target=http://hub.platform.svc:8081/hub/error",
    ]
    assert container["env"] == [
        {
            "name": "CONFIGPROXY_AUTH_TOKEN",
            "valueFrom": {"secretKeyRef": {"name": "hub", "key": "proxy-token"}},
        }
    ]
    assert spec["volumes"] == [{"name": "tmp", "emptyDir": {}}]


QUOTA = {
    "cores": 8,
    "memory": "32Gi",
    "gpus": 0,
    "storage": "20Gi",
    "volumeClaims": 1,
    "disk": "200Gi",
    "pods": 20,
}


def test_the_hub_is_told_the_defaults():
    assert deployment_json(rendered()) == {
        "release": "rel",
        "namespace": "platform",
        "prefix": "hepnb-u-",
        "hubAddress": "http://hub.platform.svc:8081",
        "proxyApi": "http://proxy-api.platform.svc:8001",
        "publicAddress": None,
        "userHosts": False,
        "images": {"notebook": "localhost/hepnb/notebook:0.1.0", "executor": "localhost/hepnb/executor:0.1.0"},
        "pullPolicy": "IfNotPresent",
        "pullSecrets": [],
        "quota": QUOTA,
        "home": {"size": "10Gi", "storageClass": None, "accessMode": "ReadWriteOnce", "onExecutors": False},
        "cpuFraction": 0.25,
        "nodeSelector": {},
        "tolerations": [],
        "priorityClassName": "rel-users",
        "runtimeClassName": None,
        "environment": {"AWS_EC2_METADATA_DISABLED": "true"},
        "environmentSecret": "",
        "certificates": "",
        "egress": [],
        "idleTimeout": 3600,
        "startTimeout": 300,
        "sharedPassword": True,
        "adminUsers": [],
    }


def test_the_hub_is_told_what_the_site_says():
    objects = rendered(*FULL)
    assert deployment_json(objects) == {
        "release": "rel",
        "namespace": "platform",
        "prefix": "lab-",
        "hubAddress": "http://hub.platform.svc:8081",
        "proxyApi": "http://proxy-api.platform.svc:8001",
        "publicAddress": "https://hepnb.example.org",
        "userHosts": False,
        "images": {
            "notebook": "registry.example.org/own/notebook:gpu",
            "executor": "registry.example.org/physics/executor:2",
        },
        "pullPolicy": "Always",
        "pullSecrets": ["registry"],
        "quota": {
            "cores": 32,
            "memory": "128Gi",
            "gpus": 2,
            "storage": "100Gi",
            "volumeClaims": 2,
            "disk": "400Gi",
            "pods": 40,
        },
        "home": {"size": "50Gi", "storageClass": "nfs", "accessMode": "ReadWriteMany", "onExecutors": True},
        "cpuFraction": 0.5,
        "nodeSelector": {"pool": "physics"},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "priorityClassName": "low",
        "runtimeClassName": "gvisor",
        "environment": {"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "https://s3.example.org"},
        "environmentSecret": "storage",
        "certificates": CERTIFICATE,
        "egress": [{"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"], "ports": [443, 1094]}],
        "idleTimeout": 7200,
        "startTimeout": 600,
        "sharedPassword": False,
        "adminUsers": ["maria"],
    }
    files = objects["ConfigMap", "hub"]["data"]
    assert files["config.py"].splitlines()[0] == "c = get_config()"
    assert files["profiles.toml"].splitlines()[0] == "[tiny]"


@pytest.mark.parametrize("options", [(), FULL], ids=["defaults", "site"])
def test_the_hub_understands_what_it_is_told(options: tuple[str, ...], tmp_path: Path):
    objects = rendered(*options)
    file = tmp_path / "deployment.json"
    file.write_text(objects["ConfigMap", "hub"]["data"]["deployment.json"])
    deployment = load_deployment(file)
    (container,) = pods(objects)["proxy"]["spec"]["containers"]
    assert f"--default-target={deployment.hub_address}" in container["args"]
    assert deployment.executors.image == deployment_json(objects)["images"]["executor"]


def test_without_a_configuration_of_the_site_there_is_no_file_of_it():
    files = rendered()["ConfigMap", "hub"]["data"]
    assert files.keys() == {"deployment.json", "profiles.toml"}
    assert files["profiles.toml"] == (CHART / "files" / "profiles.toml").read_text()


def test_files_of_the_site_arrive_whole(tmp_path: Path):
    config = tmp_path / "config.py"
    config.write_text('c = get_config()\n\nif True:\n    c.X.y = "{{ no template }}"\n')
    files = rendered("--set-file", f"config={config}")["ConfigMap", "hub"]["data"]
    assert files["config.py"] == config.read_text()


def decoded(objects: dict[tuple[str, str], Any]) -> dict[str, str]:
    data = objects["Secret", "hub"]["data"]
    return {name: base64.b64decode(value).decode() for name, value in data.items()}


def test_secrets_are_drawn():
    first, second = (decoded(objects_of(printed())) for _ in range(2))
    assert first.keys() == {"proxy-token", "operator-token", "cookie-secret", "password"}
    drawn = [one[name] for one in (first, second) for name in ("proxy-token", "operator-token", "cookie-secret")]
    assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in drawn)
    assert len(set(drawn)) == len(drawn)
    assert re.fullmatch(r"[A-Za-z0-9]{20}", first["password"])


def test_a_password_is_the_sites_or_none():
    assert decoded(rendered("--set", "password=correct horse"))["password"] == "correct horse"  # noqa: S105  # of nobody
    assert "password" not in decoded(rendered(*FULL))


OURS = ("--set", "existingSecret=ours")


def test_a_secret_of_the_site_takes_the_place_of_the_charts():
    objects = rendered(*OURS)
    assert [name for kind, name in objects if kind == "Secret"] == []
    found = pods(objects)
    assert found["hub"]["metadata"]["annotations"].keys() == {"checksum/configuration"}
    assert "annotations" not in found["proxy"]["metadata"]
    volumes = {one["name"]: one for one in found["hub"]["spec"]["volumes"]}
    assert volumes["secrets"]["projected"]["sources"] == [{"secret": {"name": "ours"}}]
    (token,) = found["proxy"]["spec"]["containers"][0]["env"]
    assert token["valueFrom"] == {"secretKeyRef": {"name": "ours", "key": "proxy-token"}}


def test_two_renders_differ_in_drawn_secrets_alone():
    assert printed(*OURS) == printed(*OURS)
    assert printed() != printed()


def test_changed_configuration_restarts_the_hub_and_nothing_else():
    def checksums(*options: str) -> dict[str, str]:
        return pods(rendered(*options))["hub"]["metadata"]["annotations"]

    name = "checksum/configuration"
    assert checksums()[name] == checksums()[name]
    assert checksums()[name] != checksums("--set", "idleTimeout=60")[name]
    proxy = pods(rendered())["proxy"]["metadata"]["annotations"]
    assert proxy.keys() == {"checksum/token"}


def test_the_database_outlives_the_release():
    claim = rendered()["PersistentVolumeClaim", "hub"]
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    assert rendered(*FULL)["PersistentVolumeClaim", "hub"]["spec"]["storageClassName"] == "fast"
    assert rendered()["Deployment", "hub"]["spec"]["strategy"] == {"type": "Recreate"}


def test_services_lead_to_their_pods():
    objects = rendered()
    ports = {name: one["spec"]["ports"][0] for (kind, name), one in objects.items() if kind == "Service"}
    assert {name: one["port"] for name, one in ports.items()} == {"hub": 8081, "proxy-api": 8001, "proxy-public": 80}
    for name, role in [("hub", "hub"), ("proxy-api", "proxy"), ("proxy-public", "proxy")]:
        selector = objects["Service", name]["spec"]["selector"]
        assert selector == {"hepnb/role": role, "app.kubernetes.io/instance": "rel"}
        template = pods(objects)[role]
        assert selector.items() <= template["metadata"]["labels"].items()
        assert ports[name]["targetPort"] in [one["name"] for one in template["spec"]["containers"][0]["ports"]]


def test_the_platform_is_closed_to_the_outside_until_a_site_opens_it():
    assert rendered()["Service", "proxy-public"]["spec"]["type"] == "ClusterIP"
    assert ("Ingress", "proxy") not in rendered()
    objects = rendered(*FULL)
    assert objects["Service", "proxy-public"]["spec"]["ports"][0]["nodePort"] == 30080
    assert objects["Ingress", "proxy"]["spec"] == {
        "ingressClassName": "nginx",
        "rules": [
            {
                "host": "hepnb.example.org",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "proxy-public", "port": {"name": "http"}}},
                        }
                    ]
                },
            }
        ],
        "tls": [{"hosts": ["hepnb.example.org"], "secretName": "certificate"}],
    }


def test_users_can_have_host_names_of_their_own():
    objects = rendered(*FULL, "--set", "userHosts=true")
    assert deployment_json(objects)["userHosts"] is True
    ingress = objects["Ingress", "proxy"]["spec"]
    assert [rule["host"] for rule in ingress["rules"]] == ["hepnb.example.org", "*.hepnb.example.org"]
    assert [rule["http"] for rule in ingress["rules"]] == [ingress["rules"][0]["http"]] * 2
    assert ingress["tls"][0]["hosts"] == ["hepnb.example.org", "*.hepnb.example.org"]
    assert "--host-routing" in pods(objects)["proxy"]["spec"]["containers"][0]["args"]
    assert "--host-routing" not in pods(rendered())["proxy"]["spec"]["containers"][0]["args"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (ENDPOINTS, ["port-forward service/proxy-public 8000:80", "get secret hub"]),
        ((*ENDPOINTS, "--set", "existingSecret=ours"), ["get secret ours"]),
        ((*ENDPOINTS, "--set", "proxy.service.type=LoadBalancer"), ["get service proxy-public", "WARNING"]),
        (FULL, ["Open https://hepnb.example.org", "Log in as the site's configuration says."]),
    ],
    ids=["defaults", "secret", "open", "site"],
)
def test_it_says_how_to_log_in(options: tuple[str, ...], said: list[str]):
    result = helm("install", "rel", str(CHART), "--namespace", "platform", "--dry-run=client", *options)
    assert result.returncode == 0, result.stderr
    notes = result.stdout.partition("NOTES:")[2]
    assert [one for one in said if one not in notes] == []
    assert ("WARNING" in notes) == ("WARNING" in said)


def test_two_releases_share_no_name_of_the_cluster():
    def wide(release: str) -> set[tuple[str, str]]:
        objects = rendered(release=release, namespace=release)
        policies = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
        kinds = ("ClusterRole", "ClusterRoleBinding", "PriorityClass", *policies)
        elsewhere = {key for key, one in objects.items() if one["metadata"].get("namespace", release) != release}
        return {(kind, name) for kind, name in objects if kind in kinds} | elsewhere

    assert len(wide("one")) == 20
    assert not wide("one") & wide("two")

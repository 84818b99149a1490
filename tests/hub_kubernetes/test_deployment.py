"""What the chart says of a site is understood, or answered with one sentence."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from hepnb.cluster.hub_pod import HubPod, this_pod
from hepnb.cluster.kubernetes import ExecutorSite
from hepnb.errors import InputError, MissingInputError
from hepnb_hub.deployment import Deployment, Egress, Home, Quota, load_deployment
from tests.hub_kubernetes.site import CERTIFICATE, DEPLOYMENT, deployed, mounted


def test_everything_is_read(tmp_path: Path):
    rule = {"cidr": "192.0.2.0/24", "except": ["192.0.2.7/32"], "ports": [443, 1094]}
    tolerations = [{"key": "gpu", "operator": "Exists"}]
    found = deployed(
        tmp_path,
        publicAddress="https://hepnb.example.org",
        egress=[rule, {"cidr": "2001:db8::/32"}],
        tolerations=tolerations,
        nodeSelector={"pool": "users"},
        pullSecrets=["registry"],
        environment={"TZ": "UTC"},
        runtimeClassName="gvisor",
        environmentSecret="storage",
        certificates=CERTIFICATE,
        home__storageClass="fast",
        home__accessMode="ReadWriteMany",
        home__onExecutors=True,
    )
    assert found == Deployment(
        release="hepnb",
        namespace="platform",
        prefix="hepnb-u-",
        hub_address="http://hub.platform.svc:8081",
        proxy_api="http://proxy-api.platform.svc:8001",
        public_address="https://hepnb.example.org",
        user_hosts=False,
        notebook_image="example/notebook:1",
        executors=ExecutorSite(
            image="example/executor:1",
            pull_policy="IfNotPresent",
            pull_secrets=("registry",),
            cpu_fraction=0.25,
            home=True,
            node_selector={"pool": "users"},
            tolerations=({"key": "gpu", "operator": "Exists"},),
            priority_class="hepnb-users",
            runtime_class="gvisor",
            environment={"TZ": "UTC"},
            environment_secret=True,
            certificates=True,
        ),
        quota=Quota(cores=8, memory=32 << 30, gpus=0, storage=20 << 30, volume_claims=1, disk=200 << 30, pods=20),
        home=Home(size=10 << 30, storage_class="fast", access_mode="ReadWriteMany", on_executors=True),
        environment={"TZ": "UTC"},
        environment_secret="storage",  # noqa: S106  # a name
        certificates=CERTIFICATE,
        egress=(
            Egress(cidr="192.0.2.0/24", excluded=("192.0.2.7/32",), ports=(443, 1094)),
            Egress(cidr="2001:db8::/32"),
        ),
        idle_timeout=3600,
        start_timeout=300,
        shared_password=True,
        admin_users=(),
    )


def test_what_is_empty_is_not_said(tmp_path: Path):
    found = deployed(tmp_path, publicAddress=None, home__storageClass=None)
    assert (found.public_address, found.home.storage_class) == (None, None)


@pytest.mark.parametrize(
    ("written", "size"), [("512m", 512 << 20), ("32g", 32 << 30), ("10Gi", 10 << 30), ("1t", 1 << 40)]
)
def test_a_size_may_be_written_as_spark_or_as_kubernetes_writes_it(tmp_path: Path, written: str, size: int):
    assert deployed(tmp_path, quota__memory=written).quota.memory == size


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"release": "Hep NB"}, "'release' is \"Hep NB\"; it must be a name of a-z, 0-9 and hyphens."),
        ({"prefix": "a" * 23}, "it must be at most 22 of a-z, 0-9 and hyphens, beginning with a letter."),
        ({"prefix": "-u-"}, "'prefix' is \"-u-\""),
        ({"hubAddress": "hub:8081"}, "'hubAddress' is \"hub:8081\"; it must be an address such as"),
        ({"publicAddress": "hepnb.example.org"}, "'publicAddress' is \"hepnb.example.org\""),
        ({"images": "x"}, "'images' is \"x\"; it must be an object."),
        ({"images__notebook": ""}, "'images.notebook' is \"\"; it must be a text."),
        ({"pullPolicy": "Sometimes"}, "it must be one of Always, IfNotPresent, Never."),
        ({"quota__cores": 0}, "'quota.cores' is 0; it must be a number above 0."),
        ({"quota__cores": True}, "'quota.cores' is true; it must be a number above 0."),
        ({"quota__memory": "much"}, '\'quota.memory\' is "much"; it must be a size such as "512m", "32g" or "10Gi".'),
        ({"quota__gpus": -1}, "'quota.gpus' is -1; it must be a whole number of at least 0."),
        ({"quota__pods": 1.5}, "'quota.pods' is 1.5; it must be a whole number of at least 1."),
        ({"cpuFraction": 2}, "'cpuFraction' is 2; it must be a number above 0 and at most 1."),
        ({"environment": {"A": 1}}, "it must be an object of texts, whose keys are names of variables."),
        ({"environment": {"A-B": "1"}}, "it must be an object of texts, whose keys are names of variables."),
        (
            {"environmentSecret": "Storage"},
            "'environmentSecret' is \"Storage\"; it must be the name of a Secret, or empty.",
        ),
        ({"certificates": "-----"}, "'certificates' holds no certificate in PEM; each begins with -----BEGIN"),
        ({"egress": [{"cidr": "192.0.2.1/24"}]}, "'egress' is"),
        ({"egress": [{"cidr": "192.0.2.0/24", "except": ["10.0.0.0/8"]}]}, "'egress' is"),
        ({"egress": [{"cidr": "192.0.2.0/24", "except": ["2001:db8::/32"]}]}, "'egress' is"),
        ({"egress": [{"cidr": "192.0.2.0/24", "except": "192.0.2.0/25"}]}, "'egress' is"),
        ({"egress": [{"cidr": "192.0.2.0/24", "ports": [70000]}]}, "'egress' is"),
        ({"egress": [{"cidr": "192.0.2.0/24", "port": 1}]}, "'egress' is"),
        ({"egress": [{"cidr": None}]}, "'egress' is"),
        ({"egress": ["192.0.2.0/24"]}, "'egress' is"),
        ({"userHosts": True}, "'userHosts' is true, but 'publicAddress' is empty; it has the host name."),
        ({"sharedPassword": "yes"}, "'sharedPassword' is \"yes\"; it must be true or false."),
        ({"qouta": {}}, "has the key 'qouta', which nothing reads"),
        ({"quota__core": 1}, "has the key 'quota.core', which nothing reads; the nearest are 'quota.cores'"),
        ({"home__onExecutors": True}, "'home.onExecutors' is true, but 'home.accessMode' is ReadWriteOnce"),
        ({"home__size": "30g"}, "'home.size' is more than 'quota.storage'"),
        ({"adminUsers": ["maria"]}, "'adminUsers' are named, but with 'sharedPassword' anybody"),
    ],
    ids=str,
)
def test_a_wrong_value_is_said_with_what_it_must_be(tmp_path: Path, values: dict[str, Any], sentence: str):
    with pytest.raises(InputError) as caught:
        deployed(tmp_path, **values)
    assert sentence in str(caught.value)
    assert str(tmp_path / "deployment.json") in str(caught.value)


def _without(name: str) -> dict[str, Any]:
    content = copy.deepcopy(DEPLOYMENT)
    section, _, key = name.partition(".")
    if key:
        del content[section][key]
    else:
        del content[section]
    return content


@pytest.mark.parametrize("name", ["release", "quota.cores", "home.accessMode", "egress", "sharedPassword"])
def test_what_is_missing_is_named(tmp_path: Path, name: str):
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps(_without(name)))
    with pytest.raises(InputError, match=f"lacks the key '{name}'; it must be "):
        load_deployment(path)


@pytest.mark.parametrize("text", ["{", "[]", '"x"'])
def test_a_file_that_is_no_deployment(tmp_path: Path, text: str):
    path = tmp_path / "deployment.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"is no JSON|holds no object of JSON"):
        load_deployment(path)


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(
        MissingInputError, match=r"deployment.json, which says how the platform runs here, cannot be read"
    ):
        load_deployment(tmp_path / "deployment.json")


def test_where_the_chart_mounts_what(monkeypatch: pytest.MonkeyPatch):
    for name in ("CONFIGURATION", "ENVIRONMENT", "SECRETS", "STATE"):
        monkeypatch.delenv(f"HEPNB_{name}", raising=False)
    pod = this_pod()
    assert pod == HubPod(
        configuration=Path("/etc/hepnb"),
        secrets=Path("/etc/hepnb-secrets"),
        state=Path("/var/lib/hepnb"),
        environment=Path("/etc/hepnb-environment"),
    )
    assert pod.database == "sqlite:////var/lib/hepnb/jupyterhub.sqlite"


def test_a_database_elsewhere_is_named_in_a_secret(tmp_path: Path):
    pod = mounted(tmp_path)
    (pod.secrets / "database").write_text("postgresql://hub@db.example.org/hub\n")
    assert pod.database == "postgresql://hub@db.example.org/hub"


def test_a_secret_that_is_not_there_or_empty(tmp_path: Path):
    pod = mounted(tmp_path)
    with pytest.raises(MissingInputError, match=r"The secret .*/key cannot be read: No such file .* Put the key 'key'"):
        pod.secret("key")
    (pod.secrets / "password").write_text("\n")
    with pytest.raises(InputError, match="password is empty; give the key 'password' a value"):
        pod.secret("password")

"""A notebook's pod is exactly this, and nothing that a site or a user says makes it more."""

import asyncio
import json
from typing import Any

import pytest
from tornado.web import HTTPError

from hepnb.cluster.executors import pod_template
from hepnb.cluster.kubernetes import NotebookPod
from hepnb.cluster.profiles import load_profiles
from hepnb.errors import InputError
from tests.hub_kubernetes.site import CERTIFICATE, PROFILES, Site, serialised

ANNOTATIONS = {
    "hub.jupyter.org/username": "maria",
    "hub.jupyter.org/kubespawner-version": "7.1.0",
    "hub.jupyter.org/jupyterhub-version": "6.1.1",
}
LABELS = {
    "hub.jupyter.org/username": "maria",
    "app.kubernetes.io/name": "jupyterhub",
    "app.kubernetes.io/managed-by": "kubespawner",
    "app": "jupyterhub",
    "heritage": "jupyterhub",
    "app.kubernetes.io/component": "singleuser-server",
}
SMALL = (1024 + 400 + 300) << 20
"""Heap, one Python worker and the kernel [B]."""


def pod(site: Site, name: str = "maria", **options: Any) -> Any:
    """The pod of a user who has chosen something."""

    async def made() -> Any:
        spawner = await site.chosen(name, **options)
        return serialised(await spawner.get_pod_manifest())

    return asyncio.run(made())


DISK = {"ephemeral-storage": "5120Mi"}


async def of_a_project(site: Site) -> Any:
    """The spawner of a server that several people share."""
    from jupyterhub import orm

    spawner = site.spawner("project-higgs")
    spawner.db.add(orm.Group(name="project-higgs", properties={"profile": "small"}))
    spawner.db.commit()
    await spawner._run_apply_user_options({})
    return spawner


def variables(manifest: Any) -> dict[str, Any]:
    """By name: values, or where they come from."""
    container = manifest["spec"]["containers"][0]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def test_a_pod_is_exactly_this(site: Site):
    found = pod(site, profile="small")
    container = found["spec"]["containers"][0]
    told = {name: value for name, value in variables(found).items() if name.startswith("HEPNB_")}
    del container["env"]
    assert found == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "notebook",
            "annotations": ANNOTATIONS,
            "labels": {
                **LABELS,
                "hepnb/role": "notebook",
                "component": "singleuser-server",
                "hub.jupyter.org/servername": "",
            },
        },
        "spec": {
            "serviceAccountName": "hepnb-notebook",
            "automountServiceAccountToken": True,
            "enableServiceLinks": False,
            "imagePullSecrets": [],
            "priorityClassName": "hepnb-users",
            "restartPolicy": "OnFailure",
            "securityContext": {
                "fsGroup": 100,
                "fsGroupChangePolicy": "OnRootMismatch",
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": "home"}}],
            "containers": [
                {
                    "name": "notebook",
                    "image": "example/notebook:1",
                    "imagePullPolicy": "IfNotPresent",
                    "args": ["jupyterhub-singleuser"],
                    "ports": [{"containerPort": 8888, "name": "notebook-port"}],
                    "lifecycle": {},
                    "resources": {
                        "requests": {"cpu": 0.25, "memory": SMALL, **DISK},
                        "limits": {"memory": SMALL, **DISK},
                    },
                    "securityContext": {
                        "runAsUser": 1000,
                        "runAsGroup": 100,
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [{"name": "home", "mountPath": "/home/jovyan"}],
                }
            ],
        },
    }
    executors = told.pop("HEPNB_EXECUTORS")
    assert told == {
        "HEPNB_BACKEND": "kubernetes",
        "HEPNB_PROFILE": "small",
        "HEPNB_PROFILES_TOML": PROFILES,
        "HEPNB_POD_NAME": {"fieldRef": {"fieldPath": "metadata.name"}},
        "HEPNB_POD_NAMESPACE": {"fieldRef": {"fieldPath": "metadata.namespace"}},
        "HEPNB_POD_ADDRESS": {"fieldRef": {"fieldPath": "status.podIP"}},
    }
    seen = {"HEPNB_POD_NAME": "notebook", "HEPNB_POD_NAMESPACE": "hepnb-u-maria", "HEPNB_POD_ADDRESS": "10.88.0.7"}
    assert NotebookPod.of(seen | {"HEPNB_EXECUTORS": executors}).executors.image == "example/executor:1"


def test_a_notebook_finds_the_hub_by_the_address_of_its_service(site: Site):
    told = variables(pod(site, profile="small"))
    assert told["JUPYTERHUB_API_URL"] == "http://hub.platform.svc:8081/hub/api"
    assert told["JUPYTERHUB_SERVICE_URL"] == "http://0.0.0.0:8888/user/maria/"


@pytest.mark.parametrize(("timeout", "interval"), [(60, "15"), (3600, "300")])
def test_a_server_says_often_enough_that_it_works(site: Site, timeout: int, interval: str):
    site.write(idleTimeout=timeout)
    assert variables(pod(site, profile="small"))["JUPYTERHUB_ACTIVITY_INTERVAL"] == interval


def test_gpus_are_of_the_profile_and_only_of_this_start(site: Site):
    site.write(quota__gpus=1)

    async def started() -> list[Any]:
        spawner = await site.chosen(profile="gpu")
        with_one = serialised(await spawner.get_pod_manifest())
        await spawner._run_apply_user_options({"profile": "small"})
        return [with_one, serialised(await spawner.get_pod_manifest())]

    first, second = (one["spec"]["containers"][0]["resources"] for one in asyncio.run(started()))
    gpu = (2048 + 2 * 400 + 300) << 20
    limits = {"memory": gpu, "nvidia.com/gpu": "1", **DISK}
    assert first == {"requests": {"cpu": 0.5, "memory": gpu, **DISK}, "limits": limits}
    assert second == {"requests": {"cpu": 0.25, "memory": SMALL, **DISK}, "limits": {"memory": SMALL, **DISK}}


def test_a_site_says_where_pods_run_and_what_they_know(site: Site):
    site.write(
        "c.Spawner.environment = {'HEPNB_BACKEND': 'local', 'OWN': 'x'}",
        nodeSelector={"pool": "users"},
        tolerations=[{"key": "users", "operator": "Exists", "effect": "NoSchedule"}],
        pullSecrets=["registry"],
        pullPolicy="Always",
        environment={"TZ": "Europe/Zurich", "BRACES": '{"a": "{b}"}', "HEPNB_PROFILE": "huge"},
    )
    found = pod(site, profile="small")
    spec, told = found["spec"], variables(found)
    assert spec["nodeSelector"] == {"pool": "users"}
    assert spec["tolerations"] == [{"key": "users", "operator": "Exists", "effect": "NoSchedule"}]
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert spec["containers"][0]["imagePullPolicy"] == "Always"
    assert (told["TZ"], told["BRACES"], told["HEPNB_PROFILE"]) == ("Europe/Zurich", '{"a": "{b}"}', "small")
    assert (told["OWN"], told["HEPNB_BACKEND"]) == ("x", "kubernetes")
    assert json.loads(told["HEPNB_EXECUTORS"])["node_selector"] == {"pool": "users"}


def test_a_server_to_work_together_in_has_nobodys_keys(site: Site):
    site.write(environment={"AWS_ACCESS_KEY_ID": "key", "AWS_REGION": "eu", "TZ": "UTC"})
    own = variables(pod(site, profile="small"))
    assert own["AWS_ACCESS_KEY_ID"] == "key"

    async def made() -> Any:
        spawner = await of_a_project(site)
        return spawner.namespace, serialised(await spawner.get_pod_manifest())

    namespace, found = asyncio.run(made())
    told = variables(found)
    assert namespace == "hepnb-u-project-higgs"
    assert (told["HEPNB_SHARED"], told["AWS_REGION"], told["TZ"]) == ("1", "eu", "UTC")
    assert "AWS_ACCESS_KEY_ID" not in told


def test_a_site_gives_the_same_to_a_notebook_and_to_its_executors(site: Site):
    site.write(
        # A site that configures KubeSpawner itself takes nothing of it away.
        "c.KubeSpawner.extra_container_config = {'envFrom': [{'configMapRef': {'name': 'own'}}]}\n"
        "c.KubeSpawner.volumes, c.KubeSpawner.volume_mounts = [], []",
        environment={"AWS_REGION": "eu"},
        environmentSecret="storage",
        certificates=CERTIFICATE,
    )
    site.keep_secret({"AWS_SECRET_ACCESS_KEY": "xyzzy-of-the-site"})
    found = pod(site, profile="small")
    assert variables(found)["AWS_REGION"] == "eu"
    told = NotebookPod.of(
        {**dict.fromkeys(("HEPNB_POD_NAME", "HEPNB_POD_NAMESPACE", "HEPNB_POD_ADDRESS"), "x"), **variables(found)}
    )
    executor = pod_template(load_profiles(site.pod.profiles)["small"], told)["spec"]
    assert executor["containers"][0]["env"] == [{"name": "AWS_REGION", "value": "eu"}]
    for spec in (found["spec"], executor):
        container = spec["containers"][0]
        assert container["envFrom"][-1] == {"secretRef": {"name": "hepnb-environment"}}
        assert spec["volumes"][-1] == {"name": "hepnb-certificates", "configMap": {"name": "hepnb-certificates"}}
        mount = {"name": "hepnb-certificates", "mountPath": "/etc/hepnb-certificates", "readOnly": True}
        assert container["volumeMounts"][-1] == mount
        assert "xyzzy" not in json.dumps(spec)
    assert found["spec"]["containers"][0]["envFrom"][0] == {"configMapRef": {"name": "own"}}


def test_a_variable_that_names_a_secret_one_takes_its_value_in_the_pod_of_an_executor_alone(site: Site):
    site.write(environment={"URL": "db://me:$(PASSWORD)@host", "COSTS": "$$5"}, environmentSecret="storage")
    site.keep_secret({"PASSWORD": "xyzzy"})
    value = variables(pod(site, profile="small"))["HEPNB_EXECUTORS"]
    assert "$$(PASSWORD)" in value
    # What Kubernetes makes of "$$".
    assert json.loads(value.replace("$$", "$"))["environment"] == {"URL": "db://me:$(PASSWORD)@host", "COSTS": "$$5"}


def test_executors_of_a_server_to_work_together_in_have_nobodys_keys(site: Site):
    site.write(environment={"AWS_ACCESS_KEY_ID": "key", "AWS_REGION": "eu"})

    async def told() -> list[dict[str, str]]:
        spawners = [await site.chosen(profile="small"), await of_a_project(site)]
        return [json.loads(one.told["HEPNB_EXECUTORS"])["environment"] for one in spawners]

    assert asyncio.run(told()) == [{"AWS_ACCESS_KEY_ID": "key", "AWS_REGION": "eu"}, {"AWS_REGION": "eu"}]


def test_a_secret_is_read_at_each_start_and_without_personal_keys_where_others_are_let_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    site.write(environmentSecret="storage")
    site.keep_secret({"AWS_SECRET_ACCESS_KEY": "first", "PASSWORD": "p"})
    prepared = []

    async def prepare(*arguments: Any) -> bool:
        prepared.append(arguments[-1])
        raise InputError("No more is needed.")  # where Kubernetes does not answer, a start tries for long

    monkeypatch.setattr("hepnb_hub.user_namespaces.prepare", prepare)

    async def start(spawner: Any) -> HTTPError:
        with pytest.raises(HTTPError) as raised:
            await spawner.start()
        return raised.value

    async def starts() -> HTTPError:
        spawner = await site.chosen(profile="small")
        await start(spawner)
        site.keep_secret({"AWS_SECRET_ACCESS_KEY": "second", "PASSWORD": "p"})
        await start(spawner)
        await start(await of_a_project(site))
        site.keep_secret({})
        return await start(spawner)

    told = str(asyncio.run(starts()))
    assert [one.get("AWS_SECRET_ACCESS_KEY") for one in prepared] == ["first", "second", None]
    assert prepared[2] == {"PASSWORD": "p"}
    assert "The Secret 'storage', which 'environmentSecret' names, is not there or is empty" in told
    assert "a key for each variable. It is the operator who can change that." in told


def test_the_home_is_a_volume_as_the_site_wants_it(site: Site):
    site.write(home__size="2g", home__storageClass="fast", home__accessMode="ReadWriteMany")

    async def made() -> Any:
        return serialised(site.spawner().get_pvc_manifest())

    assert asyncio.run(made()) == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "home",
            "annotations": {**ANNOTATIONS, "volume.beta.kubernetes.io/storage-class": "fast"},
            "labels": {**LABELS, "component": "singleuser-storage"},
        },
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "2147483648"}},
            "storageClassName": "fast",
        },
    }


@pytest.mark.parametrize("name", ["Maria.Rossi@cern.ch", "李雷", "x" * 200, "-", "{username}"])
def test_an_awkward_name_has_a_pod_all_the_same(site: Site, name: str):
    found = pod(site, name, profile="small")
    assert found["metadata"]["name"] == "notebook"
    assert variables(found)["JUPYTERHUB_USER"] == name
    assert all(len(value) <= 63 for value in found["metadata"]["labels"].values())


def test_a_pod_that_is_refused_is_logged_without_its_tokens(site: Site):
    async def said() -> str:
        spawner = await site.chosen(profile="small")
        text: str = (await spawner.get_pod_manifest()).to_str()
        return text

    assert asyncio.run(said()) == "hepnb-u-maria/notebook"


def test_what_the_site_does_not_offer_is_refused(site: Site):
    with pytest.raises(HTTPError, match="There is no profile 'local' here; choose one of small") as refused:
        pod(site, profile="local")
    assert refused.value.status_code == 400

"""A site's config.py adds to what the platform needs, replaces what it may, and is refused the rest in one sentence."""

import asyncio
from operator import itemgetter
from typing import Any

import pytest
from tornado.web import HTTPError

from hepnb.cluster.hub_pod import this_pod
from hepnb_hub import one_cluster
from hepnb_hub.deployment import load_deployment
from hepnb_hub.kube_spawner import NamespaceSpawner
from hepnb_hub.site_traits import RULES
from tests.hub_kubernetes.site import Site, serialised

HOME_VOLUME = {"name": "home", "persistentVolumeClaim": {"claimName": "home"}}
HOME_MOUNT = {"name": "home", "mountPath": "/home/jovyan"}
SCRATCH = {"name": "scratch", "emptyDir": {}}
SCRATCH_MOUNT = {"name": "scratch", "mountPath": "/scratch"}


async def made(site: Site) -> Any:
    spawner = await site.chosen(profile="small")
    hook = spawner.run_pre_spawn_hook()
    if hook is not None:
        await hook
    return spawner, await spawner.get_pod_manifest()


def pod(site: Site, config: str, **values: Any) -> Any:
    """The pod of a site with that file."""
    site.write(config, **values)
    _, found = asyncio.run(made(site))
    return serialised(found)


@pytest.mark.usefixtures("site")
def test_every_trait_of_the_platform_has_a_rule():
    mounted = this_pod()
    config = one_cluster.configuration(mounted, load_deployment(mounted.deployment))
    of_class = {"KubeSpawner": "Spawner", "NamespaceSpawner": "Spawner", "SharedPasswordAuthenticator": "Authenticator"}
    for section, traits in config.items():
        known = RULES[of_class.get(section, section)]
        assert traits.keys() <= known.keys(), section


VOLUMES = [
    "def hook(spawner): spawner.volumes.append({1}); spawner.volume_mounts.append({2})\nc.{0}.pre_spawn_hook = hook",
    "c.{0}.volumes = [{1}]; c.{0}.volume_mounts = [{2}]",
    "c.{0}.volumes = {{'s': {1}}}; c.{0}.volume_mounts = {{'s': {2}}}",
    "c.{0}.volumes.append({1}); c.{0}.volume_mounts.append({2})",
    "c.{0}.volumes['s'] = {1}; c.{0}.volume_mounts['s'] = {2}",
    "c.{0}.volumes.update({{'s': {1}}}); c.{0}.volume_mounts.update({{'s': {2}}})",
    "def hook(spawner): spawner.volumes = [{1}]; spawner.volume_mounts = [{2}]\nc.{0}.pre_spawn_hook = hook",
    (
        "def hook(spawner): spawner.volumes = {{'s': {1}}}; spawner.volume_mounts = {{'s': {2}}}\n"
        "c.{0}.pre_spawn_hook = hook"
    ),
]


@pytest.mark.parametrize("section", ["Spawner", "KubeSpawner", "NamespaceSpawner"])
@pytest.mark.parametrize("config", VOLUMES)
def test_a_volume_of_the_site_is_there_beside_the_home(site: Site, config: str, section: str):
    found = pod(site, config.format(section, SCRATCH, SCRATCH_MOUNT))["spec"]
    assert sorted(found["volumes"], key=itemgetter("name")) == [HOME_VOLUME, SCRATCH]
    assert sorted(found["containers"][0]["volumeMounts"], key=itemgetter("name")) == [HOME_MOUNT, SCRATCH_MOUNT]


def test_what_a_site_adds_is_there_and_what_the_platform_needs_stays(site: Site):
    found = pod(
        site,
        "c.KubeSpawner.extra_labels = {'team': 'physics', 'hepnb/role': 'executor'}\n"
        "c.KubeSpawner.common_labels = {'site': 'cern'}\n"
        "c.KubeSpawner.extra_annotations['example.org/team'] = 'physics'\n"
        "c.KubeSpawner.node_selector = {'disk': 'fast', 'pool': 'other'}\n"
        "c.KubeSpawner.tolerations.append({'key': 'gpu', 'operator': 'Exists'})\n"
        "c.KubeSpawner.image_pull_secrets = ['own']\n"
        "c.KubeSpawner.pod_security_context = lambda spawner: {'runAsNonRoot': False, 'sysctls': []}\n"
        "c.KubeSpawner.container_security_context = {'capabilities': {'add': ['NET_BIND_SERVICE']}}\n"
        "c.KubeSpawner.extra_pod_config.update({'hostname': 'notebook', 'enableServiceLinks': True})\n"
        "c.KubeSpawner.init_containers['first'] = {'name': 'first', 'image': 'example/first:1'}\n"
        "c.Spawner.environment['SITE'] = lambda spawner: spawner.user.name\n",
        nodeSelector={"pool": "users"},
        tolerations=[{"key": "users", "operator": "Exists"}],
        pullSecrets=["registry"],
    )
    assert (
        found["metadata"]["labels"] | {"team": "physics", "hepnb/role": "notebook", "site": "cern"}
        == (found["metadata"]["labels"])
    )
    assert found["metadata"]["annotations"]["example.org/team"] == "physics"
    spec = found["spec"]
    assert spec["nodeSelector"] == {"disk": "fast", "pool": "users"}
    assert [one["key"] for one in spec["tolerations"]] == ["gpu", "users"]
    assert spec["imagePullSecrets"] == [{"name": "own"}, {"name": "registry"}]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["containers"][0]["securityContext"]["capabilities"] == {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}
    assert (spec["hostname"], spec["enableServiceLinks"]) == ("notebook", False)
    assert [one["name"] for one in spec["initContainers"]] == ["first"]
    assert {"name": "SITE", "value": "maria"} in spec["containers"][0]["env"]


def test_scopes_of_a_server_are_added_to_the_platforms(site: Site):
    site.write("c.Spawner.server_token_scopes = ['read:users:name']")
    config = site.config()
    scopes = config.NamespaceSpawner.server_token_scopes
    assert scopes == ["read:users:name", "users:activity!user", "access:servers!server"]


@pytest.mark.parametrize("section", ["Spawner", "KubeSpawner", "NamespaceSpawner"])
def test_a_trait_is_replaced_wherever_the_site_sets_it(site: Site, section: str):
    site.write(f"c.{section}.cmd = ['own-server']\nc.{section}.delete_grace_period = 20")

    async def of_spawner() -> Any:
        spawner = site.spawner()
        return spawner.cmd, spawner.delete_grace_period

    assert asyncio.run(of_spawner()) == (["own-server"], 20)


def test_a_class_derived_from_the_platforms_may_start_servers(site: Site):
    found = pod(
        site,
        "from hepnb_hub.kube_spawner import NamespaceSpawner\n"
        "class Own(NamespaceSpawner): pass\n"
        "c.JupyterHub.spawner_class = Own\n"
        f"c.Own.volumes = [{SCRATCH}]\n"
        f"c.Own.volume_mounts = [{SCRATCH_MOUNT}]\n",
    )
    assert found["spec"]["volumes"] == [SCRATCH, HOME_VOLUME]


def test_looking_at_a_trait_changes_nothing(site: Site):
    assert pod(site, "c.JupyterHub.db_url\nc.KubeSpawner.volumes\n")["spec"]["volumes"] == [HOME_VOLUME]


def test_the_same_value_is_no_reason_to_refuse(site: Site):
    pod(site, "c.KubeSpawner.uid = 1000\nc.JupyterHub.cleanup_servers = False")


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            "c.JupyterHub.db_url = 'sqlite:////secret'",
            (
                "The site's config.py sets c.JupyterHub.db_url, which the platform sets itself. Use "
                "'hub.databaseSecret' in the chart's values."
            ),
        ),
        ("c.JupyterHub.hub_bind_url = 'http://:1'", "sets c.JupyterHub.hub_bind_url, which the platform sets itself."),
        ("c.KubeSpawner.namespace = 'one'", "c.KubeSpawner.namespace, which the platform sets itself. Use 'prefix' in"),
        ("c.Spawner.pvc_name_template = 'own'", "c.Spawner.pvc_name_template, which the platform sets itself. The"),
        ("c.NamespaceSpawner.uid = lambda spawner: 0", "sets c.NamespaceSpawner.uid, which the platform sets itself."),
        ("c.KubeSpawner.profile_list = [{'display_name': 'x'}]", "c.KubeSpawner.profile_list, which the platform sets"),
        ("c.Proxy.should_start = True", "sets c.Proxy.should_start, which the platform sets itself."),
        (
            "c.JupyterHub.spawner_class = 'kubespawner.KubeSpawner'",
            (
                "sets c.JupyterHub.spawner_class to 'kubespawner.KubeSpawner', which is no class derived from "
                "hepnb_hub.kube_spawner.NamespaceSpawner; choose one that is, or remove the line."
            ),
        ),
        (
            "c.JupyterHub.authenticator_class = 'no.such.Class'",
            "sets c.JupyterHub.authenticator_class to 'no.such.Class', which is no class derived from",
        ),
        (
            "c.KubeSpawner.volume_mounts = [{'name': 'own', 'mountPath': '/home/jovyan/'}]",
            (
                "The site's configuration mounts a volume at /home/jovyan, where the platform mounts another; mount it "
                "somewhere else, such as /data."
            ),
        ),
        (
            "c.KubeSpawner.volumes['home'] = {'name': 'home', 'emptyDir': {}}",
            (
                "The site's configuration has a volume 'home' of its own, but the platform's volume has that name; "
                "choose another."
            ),
        ),
    ],
)
def test_what_a_site_may_not_change_is_one_sentence(site: Site, config: str, sentence: str):
    site.write(config)
    with pytest.raises(SystemExit) as ended:
        site.config()
    assert sentence in str(ended.value.code)
    assert "secret'" not in str(ended.value.code)
    assert "\n" not in str(ended.value.code)


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("pod.metadata.labels.pop('hepnb/role')", "the label hepnb/role=notebook"),
        ("pod.metadata.labels['hepnb/role'] = 'executor'", "the label hepnb/role=notebook"),
        ("pod.spec.service_account_name = 'default'", "the service account 'hepnb-notebook'"),
        ("pod.spec.volumes = []", "the volume of the home, which is the claim 'home'"),
        ("pod.spec.containers[0].volume_mounts = []", "the home at /home/jovyan"),
        ("pod.spec.containers[0].volume_mounts[0].read_only = True", "the home at /home/jovyan"),
    ],
)
def test_a_hook_that_takes_what_a_notebook_needs_is_told_so(site: Site, line: str, missing: str):
    site.write(f"def hook(spawner, pod):\n    {line}\n    return pod\nc.KubeSpawner.modify_pod_hook = hook\n")

    async def created() -> None:
        spawner, pod = await made(site)
        await spawner._make_create_pod_request(spawner.modify_pod_hook(spawner, pod), 1)

    with pytest.raises(HTTPError) as refused:
        asyncio.run(created())
    assert str(refused.value.jupyterhub_message) == (  # type: ignore[attr-defined]  # of our own error
        f"The site's configuration leaves this notebook's pod without {missing}. It is the operator who can change "
        "that."
    )


def test_volumes_in_extra_pod_config_cannot_drop_the_home(site: Site):
    site.write(f"c.KubeSpawner.extra_pod_config = {{'volumes': [{SCRATCH}]}}")

    async def created() -> None:
        spawner, pod = await made(site)
        await spawner._make_create_pod_request(pod, 1)

    with pytest.raises(HTTPError, match="without the volume of the home"):
        asyncio.run(created())


def test_the_spawner_of_the_tests_is_the_platforms(site: Site):
    assert issubclass(site.config().JupyterHub.spawner_class, NamespaceSpawner)

"""A configuration with which the hub would not start is refused before the hub is replaced."""

import subprocess
import sys

import pytest

from hepnb_hub import check_configuration
from tests.hub_kubernetes.site import Site

GOOD = """
c.KubeSpawner.volumes.append({"name": "x", "emptyDir": {}})
c.KubeSpawner.modify_pod_hook = lambda spawner, pod: pod
c.Spawner.pre_spawn_hook = print
c.Spawner.environment = {"SITE": "x"}
c.Authenticator.allowed_users = {"maria"}
c.Authenticator.post_auth_hook = print
c.JupyterHub.template_vars = {"site": "x"}
"""


def test_a_good_configuration_is_accepted_before_there_are_secrets(site: Site):
    site.write(GOOD)
    for secret in site.pod.secrets.iterdir():
        secret.unlink()
    site.pod.secrets.rmdir()
    assert check_configuration.main() is None
    assert not list(site.pod.state.iterdir())


def test_a_broken_configuration_ends_with_one_sentence_and_a_code(site: Site):
    site.write("c.JupyterHub.spawner_class = no_such_name")
    command = [sys.executable, "-m", "hepnb_hub.check_configuration"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1
    assert ended.stderr.endswith("/config.py fails: NameError: name 'no_such_name' is not defined.\n")


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("c.JupyterHub.(", "config.py, line 1, is no Python: invalid syntax."),
        (
            "c.KubeSpawner.working_dir = {'secret': 1}",
            (
                "The site's config.py sets c.NamespaceSpawner.working_dir to a value of the type dict; it must be a "
                "unicode string."
            ),
        ),
        ("c.JupyterHub.concurrent_spawn_limit = 'many'", "c.JupyterHub.concurrent_spawn_limit to a value of the type"),
        ("c.Authenticator.allowed_users = 7", "c.SharedPasswordAuthenticator.allowed_users to a value of the type int"),
        ("c.JupyterHub.db_url = 'sqlite://'", "sets c.JupyterHub.db_url, which the platform sets itself."),
        ("c.JupyterHub.authenticator_class = 'dummy'", "'dummy' of the site's config.py lets anybody in under any"),
        ("open('/etc/hepnb-site/oidc-secret')", "config.py fails: FileNotFoundError: "),
    ],
)
def test_what_the_hub_would_not_start_with(site: Site, config: str, sentence: str):
    site.write(config)
    found = check_configuration.main()
    assert found is not None
    assert sentence in found
    assert "\n" not in found
    assert "'secret'" not in found


def test_profiles_that_do_not_fit(site: Site):
    site.write(quota__memory="1g")
    assert "No profile of " in str(check_configuration.main())

"""JupyterHub in its pod loads what the chart mounts, keeps what the site says, and refuses in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hepnb_hub import on_kubernetes
from hepnb_hub.login_throttle import Throttled
from tests.hub_kubernetes.site import CERTIFICATE, Site

SITE = """
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.JupyterHub.services.append({"name": "of-the-site", "api_token": "x" * 32})
c.JupyterHub.load_roles.append({"name": "user", "scopes": ["self"]})
c.JupyterHub.extra_user_scopes.append("read:hub")
c.JupyterHub.template_paths.append("/etc/hepnb/templates")
c.JupyterHub.template_vars.update({"announcement": "Maintenance on Monday"})
c.KubeSpawner.extra_annotations = {"example.org/team": "physics"}
"""


def hub(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Start it as the pod does."""
    command = [sys.executable, "-m", "hepnb_hub.on_kubernetes", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_jupyterhub_itself_loads_it(site: Site):
    shown = hub("--show-config")
    assert shown.returncode == 0, shown.stderr
    assert "Using Authenticator: jupyterhub.authenticators.shared.SharedPasswordAuthenticator" in shown.stderr
    assert "Using Spawner: hepnb_hub.kube_spawner.NamespaceSpawner" in shown.stderr
    assert "Config option" not in shown.stderr  # as JupyterHub says of one that it does not know
    assert {path.name for path in site.pod.state.iterdir()} == {"jupyterhub.sqlite"}


def test_a_start_without_a_secret_ends_with_one_sentence(site: Site):
    (site.pod.secrets / "password").unlink()
    ended = hub()
    assert ended.returncode == 1
    assert ended.stderr == (
        f"The secret {site.pod.secrets}/password cannot be read: No such file or directory. Put the key 'password' "
        "into the Secret that is mounted there.\n"
    )


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_users_can_have_host_names_of_their_own(site: Site, scheme: str):
    site.write(publicAddress=f"{scheme}://hepnb.example.org/", userHosts=True)
    hub = site.config().JupyterHub
    assert hub.subdomain_host == f"{scheme}://hepnb.example.org"
    assert hub.cookie_host_prefix_enabled is (scheme == "https")
    assert "public_url" not in hub


def test_hub_and_proxy_are_where_the_chart_puts_them(site: Site):
    site.write(publicAddress="https://hepnb.example.org")
    config = site.config()
    assert dict(config.JupyterHub) | {"services": [], "load_roles": [], "template_vars": {}} == {
        "public_url": "https://hepnb.example.org",
        "bind_url": "http://:8000",
        "hub_bind_url": "http://:8081",
        "hub_connect_url": "http://hub.platform.svc:8081",
        "db_url": f"sqlite:///{site.pod.state}/jupyterhub.sqlite",
        "upgrade_db": True,
        "cookie_secret": "ab" * 32,
        "cleanup_servers": False,
        "cleanup_proxy": False,
        "last_activity_interval": 15,
        "authenticator_class": config.JupyterHub.authenticator_class,
        "spawner_class": config.JupyterHub.spawner_class,
        "extra_user_scopes": ["shares!user", "read:users:name", "list:users"],
        "template_paths": config.JupyterHub.template_paths,
        "services": [],
        "load_roles": [],
        "template_vars": {},
    }
    assert config.ConfigurableHTTPProxy == {
        "should_start": False,
        "api_url": "http://proxy-api.platform.svc:8001",
        "auth_token": "p" * 64,
    }
    assert config.SharedPasswordAuthenticator == {"allow_all": True, "user_password": "open sesame"}
    assert config.JupyterHub.template_vars["login_hint"] == "Whoever installed the platform has the password."


def test_the_services_are_the_culler_and_the_operator(site: Site):
    site.write(idleTimeout=600)
    culler, operator = site.config().JupyterHub.services
    assert culler["command"][1:] == [
        "-m",
        "jupyterhub_idle_culler",
        "--timeout=600",
        "--cull-every=150",
        "--url=http://127.0.0.1:8081/hub/api",
    ]
    assert operator == {"name": "hepnb-operator", "api_token": "o" * 64}


def test_there_are_no_remote_sessions_and_no_right_to_them(site: Site):
    config = site.config()
    said = str([config.JupyterHub.extra_user_scopes, config.JupyterHub.load_roles, config.Spawner.server_token_scopes])
    assert "services!service" not in said
    assert config.Spawner.server_token_scopes == ["users:activity!user", "access:servers!server"]


def test_what_the_site_says_stays(site: Site):
    site.write(SITE, sharedPassword=False)
    config = site.config()
    hub = config.JupyterHub
    assert hub.authenticator_class.__name__ == "FirstUseAuthenticator"
    assert issubclass(hub.authenticator_class, Throttled)
    assert [service["name"] for service in hub.services] == ["of-the-site", "idle-culler", "hepnb-operator"]
    assert hub.load_roles[0] == {"name": "user", "scopes": ["self", "shares!user", "read:users:name", "list:users"]}
    assert hub.extra_user_scopes == ["read:hub", "shares!user", "read:users:name", "list:users"]
    assert [Path(path).name for path in hub.template_paths] == ["templates", "templates"]
    assert {"announcement", "openings"} <= hub.template_vars.keys()
    assert config.KubeSpawner.extra_annotations == {"example.org/team": "physics"}
    assert "SharedPasswordAuthenticator" not in config


@pytest.mark.parametrize(
    ("config", "values", "sentence"),
    [
        (
            None,
            {"sharedPassword": False},
            "'sharedPassword' is false, and the site's config.py chooses no authenticator",
        ),
        ("", {"sharedPassword": False}, "Set c.JupyterHub.authenticator_class there."),
        ("c.JupyterHub.authenticator_class = 'dummy'", {}, "'dummy' of the site's config.py lets anybody in under any"),
        (
            "from jupyterhub.auth import DummyAuthenticator as D; c.JupyterHub.authenticator_class = D",
            {"sharedPassword": False},
            "'DummyAuthenticator' of the site's config.py",
        ),
        ("c.JupyterHub.(", {}, "etc/config.py, line 1, is no Python: invalid syntax."),
        ("c.JupyterHub.bind_url = site", {}, "etc/config.py fails: NameError: name 'site' is not defined."),
        (None, {"quota__memory": "1g"}, "No profile of "),
        (None, {"quota__cores": "many"}, "'quota.cores' is \"many\""),
    ],
)
def test_what_cannot_be_is_one_sentence(site: Site, config: str | None, values: dict[str, object], sentence: str):
    site.write(config, **values)
    with pytest.raises(SystemExit) as ended:
        site.config()
    assert sentence in str(ended.value.code)
    assert "\n" not in str(ended.value.code)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {},
            "The Secret 'storage', which 'environmentSecret' names, is not there or is empty. Make it in the release's",
        ),
        (
            {"aws-key": "v"},
            "names, has the key 'aws-key', which is no name of a variable; use letters, digits and under",
        ),
        (
            {"SPARK_HOME": "v"},
            "has the key 'SPARK_HOME', but the platform itself sets variables that begin with HEPNB_",
        ),
        ({"KEY": "v\0"}, "has the key 'KEY', whose value holds a zero byte; variables hold text."),
    ],
)
def test_a_secret_that_cannot_be_variables_is_one_sentence(site: Site, variables: dict[str, str], sentence: str):
    site.write(environmentSecret="storage")
    site.keep_secret(variables)
    with pytest.raises(SystemExit) as ended:
        site.config()
    assert sentence in str(ended.value.code)
    assert "\n" not in str(ended.value.code)


def test_the_hub_itself_trusts_the_authorities_of_the_site(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    started: dict[str, str] = {}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(os, "execv", lambda *_: started.update(os.environ))
    on_kubernetes.main([])
    assert "HEPNB_TRUST_STORE" not in started
    site.write(certificates=CERTIFICATE)
    on_kubernetes.main([])
    bundle = Path(started["SSL_CERT_FILE"]).read_text()
    assert CERTIFICATE in bundle
    assert bundle.count("BEGIN CERTIFICATE") > 100


def test_a_file_of_profiles_that_is_broken_is_said_with_its_line(site: Site):
    site.pod.profiles.write_text("[small]\ncores = 1\nmemory = '1g'\ndescription = 7\n")
    with pytest.raises(SystemExit) as ended:
        site.config()
    assert f"{site.pod.profiles}, line 4: 'description' of the profile [small] is 7" in str(ended.value.code)

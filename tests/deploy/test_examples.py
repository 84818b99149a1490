"""The configuration files that a site starts from."""

from pathlib import Path

import pytest

from hepnb.operations.site_config import Door, door_of
from tests.deploy.charts import FULL, needs_helm, pods, rendered
from tests.hub.running import Browser, up

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
EVERYWHERE = "0.0.0.0"  # noqa: S104  # nothing listens


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("first_use", Door(authenticator="firstuseauthenticator.FirstUseAuthenticator", spawner=None)),
        ("pam", Door(authenticator="pam", spawner="jupyterhub.spawner.LocalProcessSpawner")),
        ("oidc", Door(authenticator="oauthenticator.generic.GenericOAuthenticator", spawner=None)),
    ],
)
def test_an_example_keeps_strangers_out(tmp_path: Path, name: str, expected: Door):
    secret = tmp_path / "oidc-secret"
    secret.write_text("s3cret\n")
    copy = tmp_path / f"{name}.py"
    copy.write_text((EXAMPLES / f"{name}.py").read_text().replace("/etc/hepnb-site/oidc-secret", str(secret)))
    assert door_of(copy, host=EVERYWHERE) == expected


@needs_helm
def test_the_secret_is_where_the_chart_puts_it():
    mounted = pods(rendered(*FULL))["hub"]["spec"]["containers"][0]["volumeMounts"]
    folder = next(one["mountPath"] for one in mounted if one["name"] == "site")
    assert f'Path("{folder}/oidc-secret")' in (EXAMPLES / "oidc.py").read_text()


def test_every_example_is_tried():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {"first_use", "pam", "oidc"}


def test_the_first_password_is_the_users_and_strangers_have_none(tmp_path: Path):
    with up(tmp_path / "data", "--config", EXAMPLES / "first_use.py") as platform:
        assert "login     as " in platform.greeting
        assert Browser(platform, "maria").login("correct horse").url.endswith("/hub/spawn")
        assert Browser(platform, "maria").login("wrong horse").status_code == 403
        assert Browser(platform, "maria").login("correct horse").url.endswith("/hub/spawn")
        assert Browser(platform, "mallory").login("correct horse").status_code == 403

"""What is put before the site's own classes, whichever they are."""

from typing import Any

import pytest
from traitlets.config import Config

from hepnb_hub import projects, rights, sharing


@pytest.mark.parametrize(
    "name",
    [
        "pam",
        "shared-password",
        "firstuseauthenticator.FirstUseAuthenticator",
        "oauthenticator.generic.GenericOAuthenticator",
    ],
)
def test_every_authenticator_keeps_its_name_and_its_configuration(name: str):
    guarded = projects.closed_to_projects(name)
    site = guarded.__mro__[2]
    assert (guarded.__name__, guarded.__module__) == (site.__name__, site.__module__)
    made: Any = guarded(
        config=Config({site.__name__: {"admin_users": {"maria"}}, "Authenticator": {"allow_all": True}})
    )
    assert (made.admin_users, made.allow_all) == ({"maria"}, True)


def test_a_spawner_of_a_site_keeps_its_name():
    guarded = sharing.without_keys("jupyterhub.spawner.LocalProcessSpawner")
    assert guarded.__name__ == "LocalProcessSpawner"
    assert issubclass(guarded, sharing.SharedServers)


def test_a_site_s_own_roles_stay_and_users_may_what_ours_may_all_the_same():
    site = [{"name": "user", "scopes": ["self"]}, {"name": "user-like", "scopes": ["self"]}, {"name": "user-of-groups"}]
    *of_the_site, operator, culler = rights.roles(site, sessions=True)
    sessions = "access:services!service=sessions"
    assert of_the_site == [
        {"name": "user", "scopes": ["self", "shares!user", "read:users:name", "list:users", sessions]},
        {"name": "user-like", "scopes": ["self"]},
        {"name": "user-of-groups"},
    ]
    assert (operator["services"], culler["services"]) == (["hepnb-operator"], ["idle-culler"])


def test_the_operator_neither_makes_tokens_nor_stops_the_hub():
    operator = next(role for role in rights.roles([], sessions=True) if role["name"] == "hepnb-operator")
    assert not {"tokens", "shutdown", "proxy", "admin:servers", "admin:services"} & set(operator["scopes"])

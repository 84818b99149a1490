"""What of the platform's configuration may a site's config.py change?"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from jupyterhub.auth import Authenticator
from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.utils import maybe_future
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

from hepnb.cluster.kubernetes import HOME_CLAIM
from hepnb.errors import InputError
from hepnb_hub.kube_spawner import NamespaceSpawner
from hepnb_hub.required_traits import ADDED
from hepnb_hub.site_class import chosen_class


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What happens to a trait of the platform that a site sets as well.

    Attributes:
        advice: what to do instead, where a site may not change it.
        added: how the platform's value is added to the site's; ``None`` where the site's value replaces it.
    """

    advice: str = ""
    added: Callable[[Any, Any], Any] | None = None


_REPLACED: Final = Rule()
_PORTS: Final = Rule(advice="The chart's Services and NetworkPolicies lead to that address. Remove the line.")
_SIZES: Final = Rule(advice="Sizes are profiles: use 'profiles' and 'quota' in the chart's values.")
_FIXED: Final = Rule(advice="The platform does not work with anything else. Remove the line.")
_CHART_SECRET: Final = Rule(advice="The chart keeps it in the Secret 'hub'. Remove the line.")


def _value(name: str) -> Rule:
    return Rule(advice=f"Use '{name}' in the chart's values.")


RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "JupyterHub": {
        "public_url": _value("publicAddress"),
        "subdomain_host": _value("userHosts"),
        "cookie_host_prefix_enabled": _value("userHosts"),
        "bind_url": _PORTS,
        "ip": _PORTS,
        "port": _PORTS,
        "base_url": Rule(advice="The platform is at the root of its host. Remove the line."),
        "hub_bind_url": _PORTS,
        "hub_ip": _PORTS,
        "hub_port": _PORTS,
        "hub_connect_url": _PORTS,
        "hub_connect_ip": _PORTS,
        "hub_connect_port": _PORTS,
        "internal_ssl": _FIXED,
        "db_url": _value("hub.databaseSecret"),
        "upgrade_db": _FIXED,
        "cookie_secret": _CHART_SECRET,
        "cookie_secret_file": _CHART_SECRET,
        "proxy_class": _FIXED,
        "spawner_class": _REPLACED,  # by a class derived from ours
        "authenticator_class": _REPLACED,
        "cleanup_servers": _FIXED,
        "cleanup_proxy": _FIXED,
        "last_activity_interval": _REPLACED,
    },
    "ConfigurableHTTPProxy": {"should_start": _FIXED, "api_url": _PORTS, "auth_token": _CHART_SECRET},
    "Authenticator": {
        "username_pattern": _REPLACED,
        "admin_users": Rule(added=lambda site, ours: {*site, *ours}),
        "allow_all": _REPLACED,
        "user_password": _value("password"),
    },
    "Spawner": {
        **{name: Rule(added=added) for name, added in ADDED.items()},
        "server_token_scopes": Rule(added=lambda site, ours: [*site, *(one for one in ours if one not in site)]),
        "cmd": _REPLACED,
        "default_url": _REPLACED,
        "http_timeout": _REPLACED,
        "start_timeout": _value("startTimeout"),
        "options_form": _SIZES,
        "options_from_form": _SIZES,
        "apply_user_options": _SIZES,
        "profile_list": _SIZES,
        "deployment": _FIXED,
        "required": _FIXED,
        "site_environment": _FIXED,
        "namespace": _value("prefix"),
        "enable_user_namespaces": Rule(advice="Every user has a namespace of the platform's. Remove the line."),
        "image": _value("images.notebook"),
        "image_pull_policy": _value("images.pullPolicy"),
        "port": _PORTS,
        "hub_connect_ip": _PORTS,
        "hub_connect_port": _PORTS,
        "hub_connect_url": _PORTS,
        "services_enabled": _FIXED,
        "pod_name_template": _FIXED,
        "pvc_name_template": Rule(advice=f"The home of a user is the claim '{HOME_CLAIM}'. Remove the line."),
        "storage_pvc_ensure": _FIXED,
        "storage_capacity": _value("home.size"),
        "storage_class": _value("home.storageClass"),
        "storage_access_modes": _value("home.accessMode"),
        "delete_pvc": _FIXED,
        "priority_class_name": _value("priorityClasses.users"),
        "service_account": _FIXED,
        "automount_service_account_token": _FIXED,
        "delete_grace_period": _REPLACED,
        "uid": _FIXED,
        "gid": _FIXED,
        "fs_gid": _FIXED,
        "allow_privilege_escalation": Rule(advice="Pod Security 'restricted' wants it so. Remove the line."),
    },
}
"""Class -> trait -> what happens when a site sets it. The rules of a class hold for all classes derived from it."""


def settle(config: Config, site: Config) -> None:
    """Let a site change what it may.

    A site may set a trait on any base class of a class, and traitlets prefers the most derived one, so the result is
    put there.

    Args:
        config: of the platform, without the site's own; changed.
        site: what the site's file sets.

    Raises:
        InputError: the site sets something that it may not.
    """
    ours, site = deepcopy(config), deepcopy(site)
    config.merge(deepcopy(site))
    for rules, sections in _classes(config):
        mine, theirs = effective(ours, sections), effective(site, sections)
        for trait, value in theirs.items():
            rule = RULES[rules].get(trait)
            if rule is not None and not _untouched(value):
                config[sections[-1]][trait] = _settled(trait, rule, value, mine, _where(site, sections, trait))


def _classes(config: Config) -> list[tuple[str, list[str]]]:
    """Classes that have rules, with the sections of the configuration that hold for each, the strongest last."""
    chosen = config.JupyterHub.get("authenticator_class", Authenticator)
    authenticator = _class_of("authenticator_class", chosen, kind=Authenticator, group="jupyterhub.authenticators")
    chosen = config.JupyterHub.spawner_class
    spawner = _class_of("spawner_class", chosen, kind=NamespaceSpawner, group="jupyterhub.spawners")
    return [
        ("JupyterHub", ["JupyterHub"]),
        ("ConfigurableHTTPProxy", ConfigurableHTTPProxy.section_names()),
        ("Authenticator", authenticator.section_names()),
        ("Spawner", spawner.section_names()),
    ]


def _class_of(trait: str, chosen: Any, *, kind: Any, group: str) -> Any:
    try:
        return chosen_class(chosen, kind=kind, group=group)
    except (TraitError, ImportError) as error:
        base = f"{kind.__module__}.{kind.__name__}"
        raise InputError(
            f"The site's config.py sets c.JupyterHub.{trait} to {chosen!r}, which is no class derived from {base}; "
            "choose one that is, or remove the line."
        ) from error


def effective(config: Config, sections: list[str]) -> Config:
    """What is set for a class.

    Args:
        config: of all classes.
        sections: of the class, the strongest last.
    """
    found = Config()
    for section in sections:
        if section in config:
            found.merge(deepcopy(config[section]))
    return found


def _where(site: Config, sections: list[str], trait: str) -> str:
    section = next(one for one in reversed(sections) if one in site and trait in site[one])
    return f"c.{section}.{trait}"


def _untouched(value: Any) -> bool:
    """Whether a file has only looked at a trait."""
    return isinstance(value, LazyConfigValue) and not value.to_dict()


def _settled(trait: str, rule: Rule, value: Any, ours: Config, where: str) -> Any:
    if rule.advice:
        if trait in ours and not isinstance(value, LazyConfigValue) and value == ours[trait]:
            return value
        # Without the value, which may be a secret.
        raise InputError(f"The site's config.py sets {where}, which the platform sets itself. {rule.advice}")
    if rule.added is None:
        return value.merge_into(ours[trait]) if isinstance(value, LazyConfigValue) and trait in ours else value
    found = _list_or_dict(value)
    if trait not in ours:
        return found
    return _later(found, rule.added, ours[trait]) if callable(found) else rule.added(found, ours[trait])


def _list_or_dict(value: Any) -> Any:
    if not isinstance(value, LazyConfigValue):
        return value
    update = value.to_dict().get("update")
    return value.get_value([] if update is None else type(update)())


def _later(site: Callable[[Any], Any], added: Callable[[Any, Any], Any], ours: Any) -> Callable[[Any], Any]:
    async def both(spawner: Any) -> Any:
        return added(await maybe_future(site(spawner)), ours)

    return both

"""What is JupyterHub told where everything runs on one machine?"""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

from traitlets.config import Config

from hepnb.cluster import trust
from hepnb.cluster.environment import environment
from hepnb.cluster.names import PLATFORM, PROFILES_FILE, SESSIONS
from hepnb.cluster.profiles import Profile, load_profiles
from hepnb.cluster.projects import is_project
from hepnb.cluster.site import DataFolder, Settings, is_loopback
from hepnb_hub import profile_page, projects, rights, services, sharing
from hepnb_hub.machine import this_machine
from hepnb_hub.spawner import OneAccountSpawner

START_TIMEOUT: Final = 60  # [s]

_LOOPBACK: Final = "127.0.0.1"
TEMPLATES: Final = str(Path(__file__).parent / "templates")

PAGES: Final = {
    "openings": projects.openings_of,
    "project_words": trust.PROJECT_SERVER,
    "visit_words": trust.VISIT,
}
"""What the hub's pages know beside JupyterHub's own variables."""

_KEPT: Final = ("JAVA_HOME", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "TZ")
"""Variables of the hub that notebook servers have too, beside JupyterHub's own choice."""


def started_with() -> tuple[DataFolder, Settings]:
    """What the platform wrote down before it started this hub."""
    folder = DataFolder(Path(environment()[PLATFORM]))
    return folder, Settings.load(folder)


def configuration(folder: DataFolder, settings: Settings) -> Config:
    """All that JupyterHub is told before the site's own file has its say."""
    config = Config()
    config.JupyterHub = Config(_hub(folder, settings))
    config.ConfigurableHTTPProxy = Config(_proxy(folder, settings))
    # The proxy decodes a percent sign twice.
    config.Authenticator.username_pattern = r"[^%\x00-\x1f\x7f]{1,200}$"
    config.Spawner = Config(_spawner(folder, settings))
    config.Spawner.env_keep.extend(_KEPT)
    config.OneAccountSpawner = Config(homes=str(folder.homes), logs=str(folder.logs), patience=START_TIMEOUT - 10)
    if is_loopback(settings.host):
        config.JupyterHub.authenticator_class = "shared-password"
        config.SharedPasswordAuthenticator = Config(
            allow_all=True, user_password=folder.password.read_text(encoding="utf-8").strip()
        )
    return config


def offered(folder: DataFolder) -> dict[str, Profile]:
    """The profiles that a user can pick now: the site's own, where it has some."""
    own = folder.profiles if folder.profiles.exists() else None
    return profile_page.offered(load_profiles(own), this_machine())


def _hub(folder: DataFolder, settings: Settings) -> dict[str, Any]:
    return {
        "bind_url": settings.address,
        "hub_bind_url": f"http://{_LOOPBACK}:{settings.hub_port}",
        "db_url": f"sqlite:///{folder.database}",
        "cookie_secret_file": str(folder.cookie_secret),
        "spawner_class": OneAccountSpawner,
        # A hub that is asked to stop stops the servers; one that is killed leaves them to the next.
        "cleanup_servers": True,
    }


def _proxy(folder: DataFolder, settings: Settings) -> dict[str, Any]:
    return {
        "command": [sys.executable, "-m", "hepnb_hub.proxy"],
        "api_url": f"http://{_LOOPBACK}:{settings.proxy_port}",
        "auth_token": folder.proxy_token.read_text(encoding="utf-8").strip(),
        "pid_file": str(folder.proxy_pid),
    }


def _spawner(folder: DataFolder, settings: Settings) -> dict[str, Any]:
    return {
        "cmd": [sys.executable, "-m", "jupyterhub.singleuser", *(["--allow-root"] if os.geteuid() == 0 else [])],
        "ip": _LOOPBACK,
        "default_url": "/lab",
        "start_timeout": START_TIMEOUT,
        "http_timeout": START_TIMEOUT,
        "options_form": partial(_form, folder=folder),
        "options_from_form": partial(_options, folder=folder),
        "apply_user_options": partial(_apply, folder=folder, sessions=services.sessions_address(settings)),
        "server_token_scopes": list(rights.SERVER_SCOPES),
    }


def _form(spawner: OneAccountSpawner, *, folder: DataFolder) -> str:
    if is_project(spawner.user.name):
        return ""  # it starts as it was made
    last = spawner.user_options or {}
    return profile_page.form(
        offered(folder), this_machine(), last=last.get(profile_page.FIELD), shared=profile_page.shared(last)
    )


def _options(fields: dict[str, list[str]], *, folder: DataFolder) -> dict[str, Any]:
    options = profile_page.options_of(fields)
    profile_page.chosen(options, offered(folder))  # here its sentence reaches the page
    return options


def _apply(spawner: OneAccountSpawner, options: dict[str, Any], *, folder: DataFolder, sessions: str) -> None:
    project, profiles = is_project(spawner.user.name), offered(folder)
    profile = projects.profile_of(spawner, profiles) if project else profile_page.chosen(options, profiles)
    shared = project or profile_page.shared(options)
    sharing.begin(spawner, shared=shared)
    told = {PLATFORM: str(folder.path), SESSIONS: sessions}
    told |= profile_page.variables(profile) | sharing.variables(shared=shared)
    if folder.profiles.exists():
        told[PROFILES_FILE] = str(folder.profiles)
    # Not in the configuration, where a site's own variables would take their place.
    spawner.environment = spawner.environment | told

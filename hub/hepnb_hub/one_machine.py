"""What is JupyterHub told where everything runs on one machine?"""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

from traitlets.config import Config

from hepnb.cluster.environment import environment
from hepnb.cluster.names import PLATFORM, PROFILES_FILE, SESSIONS
from hepnb.cluster.profiles import Profile, load_profiles
from hepnb.cluster.projects import is_project
from hepnb.cluster.site import DataFolder, Settings, is_loopback
from hepnb_hub import options, profile_page, rights, services, user_names
from hepnb_hub.machine import this_machine
from hepnb_hub.spawner import OneAccountSpawner

START_TIMEOUT: Final = 60  # [s]
LOGIN_HINT: Final = "The password is on the terminal where hepnb started."

_LOOPBACK: Final = "127.0.0.1"


def started_with() -> tuple[DataFolder, Settings]:
    """What the platform wrote down before it started this hub."""
    folder = DataFolder(Path(environment()[PLATFORM]))
    return folder, Settings.load(folder)


def configuration(folder: DataFolder, settings: Settings) -> Config:
    """All that JupyterHub is told before the site's own file has its say."""
    config = Config()
    config.JupyterHub = Config(_hub(folder, settings))
    config.ConfigurableHTTPProxy = Config(_proxy(folder, settings))
    config.Authenticator.username_pattern = user_names.PATTERN
    config.Spawner = Config(_spawner(folder, settings))
    config.Spawner.env_keep.extend(services.KEPT)
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
    return this_machine().offered(load_profiles(own))


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
        "server_token_scopes": rights.server_scopes(sessions=True),
    }


def _form(spawner: OneAccountSpawner, *, folder: DataFolder) -> str:
    if is_project(spawner.user.name):
        return ""  # it starts as it was made
    last, machine = spawner.user_options or {}, this_machine()
    return profile_page.form(
        machine.cards(offered(folder)),
        room=str(machine),
        last=last.get(profile_page.FIELD),
        shared=profile_page.shared(last),
    )


def _options(fields: dict[str, list[str]], *, folder: DataFolder) -> dict[str, Any]:
    return options.checked(fields, offered(folder))


def _apply(spawner: OneAccountSpawner, wanted: dict[str, Any], *, folder: DataFolder, sessions: str) -> None:
    _, told = options.begin(spawner, wanted, offered(folder))
    told |= {PLATFORM: str(folder.path), SESSIONS: sessions}
    if folder.profiles.exists():
        told[PROFILES_FILE] = str(folder.profiles)
    # Not in the configuration, where a site's own variables would take their place.
    spawner.environment = spawner.environment | told

"""Which services stand beside the hub?"""

import sys
from typing import Any, Final

import psutil
from traitlets.config import Config

from hepnb.cluster.environment import environment
from hepnb.cluster.names import PLATFORM, PROFILES_FILE, SESSIONS_SERVICE
from hepnb.cluster.site import DataFolder, Settings
from hepnb_hub import sharing
from hepnb_hub.rights import CULLER
from hepnb_hub.spawner import OneAccountSpawner

DEFAULTS: Final = {
    "idle_timeout": 3600,  # [s] after which a notebook server stops that nobody uses
    "sessions": 4,  # remote Spark sessions of a user at a time
    "session_memory": None,  # [GB] of all remote sessions of a user together; none for half of the machine's
    "session_idle_timeout": 3600,  # [s] after which a remote session ends that nobody uses
}
"""What a site may set as ``c.Hepnb.…``."""

KEPT: Final = ("JAVA_HOME", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "TZ")
"""Variables of the hub that services and notebook servers have too, beside JupyterHub's own choice."""

_GB: Final = 1 << 30
_SELDOM: Final = 300  # [s]


def services(folder: DataFolder, settings: Settings, asked: Config, *, spawner: Any) -> list[dict[str, Any]]:
    """All of them on one machine.

    Args:
        folder: of the platform.
        settings: how the hub was started.
        asked: what the site set as ``c.Hepnb.…``.
        spawner: the class that starts notebook servers, or its name.
    """
    wanted = DEFAULTS | dict(asked)
    # Services see no variable of the hub but those named here.
    seen = {name: value for name, value in environment().items() if name in KEPT} | {PLATFORM: str(folder.path)}
    if folder.profiles.exists():
        seen[PROFILES_FILE] = str(folder.profiles)
    accounts = spawner is not OneAccountSpawner
    return [
        culler(wanted["idle_timeout"]) | {"environment": seen},
        sessions(settings, wanted, seen, accounts=accounts),
        sharing.operator(folder.operator_token.read_text(encoding="utf-8").strip()),
    ]


def sessions_address(settings: Settings) -> str:
    """Where notebook servers find the remote sessions."""
    return f"http://127.0.0.1:{settings.sessions_port}/services/{SESSIONS_SERVICE}"


def often(idle_timeout: float) -> int:
    """How often the culler looks, and servers must say when somebody used them [s].

    Args:
        idle_timeout: how long nobody used one that is to stop [s].
    """
    return max(min(int(idle_timeout) // 4, _SELDOM), 1)


def culler(idle_timeout: float, *, hub: str | None = None) -> dict[str, Any]:
    """The service that stops servers which nobody uses.

    Args:
        idle_timeout: how long nobody used it [s].
        hub: address of its interface, where that is not what notebook servers are told.
    """
    command = [
        sys.executable,
        "-m",
        "jupyterhub_idle_culler",
        f"--timeout={int(idle_timeout)}",
        f"--cull-every={often(idle_timeout)}",
        *([f"--url={hub}"] if hub else []),
    ]
    return {"name": CULLER, "command": command}


def sessions(settings: Settings, wanted: dict[str, Any], seen: dict[str, str], *, accounts: bool) -> dict[str, Any]:
    """The service of remote Spark sessions.

    Args:
        settings: how the hub was started.
        wanted: the site's limits.
        seen: variables of the service.
        accounts: whether sessions run under their owners' accounts.
    """
    memory = wanted["session_memory"] or psutil.virtual_memory().total / _GB / 2
    command = [
        sys.executable,
        "-m",
        "hepnb.sessions",
        f"--sessions={wanted['sessions']}",
        f"--memory={memory:.2f}",
        f"--idle-timeout={wanted['session_idle_timeout']}",
        *(["--accounts"] if accounts else []),
    ]
    return {
        "name": SESSIONS_SERVICE,
        "url": f"http://127.0.0.1:{settings.sessions_port}",
        "command": command,
        "environment": seen,
        # It belongs to the platform: nobody is asked whether it may know who they are.
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": [],
    }

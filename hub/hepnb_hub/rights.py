"""What may users, their servers and the services do at the hub?"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hepnb.cluster.names import OPERATOR, SESSIONS_SERVICE

CULLER: Final = "idle-culler"
"""Name of the service that stops servers which nobody uses."""

_SESSIONS: Final = f"access:services!service={SESSIONS_SERVICE}"

USER_SCOPES: Final = ("shares!user", "read:users:name", "list:users", _SESSIONS)
"""What every user may do beside JupyterHub's own: share the own server, with others by their names; remote sessions."""

SERVER_SCOPES: Final = ("users:activity!user", "access:servers!server", _SESSIONS)
"""What a notebook server may do for its owner: the hub's own two, and remote sessions."""

_CULLER_ROLE: Final = {
    "name": CULLER,
    "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    "services": [CULLER],
}

_OPERATOR_ROLE: Final = {
    "name": OPERATOR,
    "scopes": ["admin:users", "admin:groups", "servers", "shares", "read:hub"],
    "services": [OPERATOR],
}
"""What projects and shares need: users, groups, servers and who may open them; no tokens, and not to stop the hub."""


def user_scopes(site: Sequence[str]) -> list[str]:
    """What every user may do, with what a site adds."""
    return [*site, *(scope for scope in USER_SCOPES if scope not in site)]


def roles(site: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The roles of the hub: a site's and those of our services.

    Where a site defines what users may do, what they need is added.
    """
    return [*(_with_ours(role) for role in site), _OPERATOR_ROLE, _CULLER_ROLE]


def _with_ours(role: Mapping[str, Any]) -> dict[str, Any]:
    defines = role["name"] == "user" and "scopes" in role
    return {**role, "scopes": user_scopes(role["scopes"])} if defines else dict(role)

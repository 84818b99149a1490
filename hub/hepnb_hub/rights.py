"""What may users, their servers and the services do at the hub?"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hepnb.cluster.names import OPERATOR, SESSIONS_SERVICE

CULLER: Final = "idle-culler"
"""Name of the service that stops servers which nobody uses."""

_SESSIONS: Final = f"access:services!service={SESSIONS_SERVICE}"

_USER_SCOPES: Final = ("shares!user", "read:users:name", "list:users")
"""What every user may do beside JupyterHub's own: share the own server, with others by their names."""

_SERVER_SCOPES: Final = ("users:activity!user", "access:servers!server")
"""What a notebook server may do for its owner: the hub's own two."""

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


def user_scopes(site: Sequence[str], *, sessions: bool) -> list[str]:
    """What every user may do, with what a site adds.

    Args:
        site: what it adds.
        sessions: whether there are remote Spark sessions.
    """
    ours = (*_USER_SCOPES, *_sessions(there=sessions))
    return [*site, *(scope for scope in ours if scope not in site)]


def server_scopes(*, sessions: bool) -> list[str]:
    """What a notebook server may do for its owner.

    Args:
        sessions: whether there are remote Spark sessions.
    """
    return [*_SERVER_SCOPES, *_sessions(there=sessions)]


def roles(site: Sequence[Mapping[str, Any]], *, sessions: bool) -> list[dict[str, Any]]:
    """The roles of the hub: a site's and those of our services.

    Where a site defines what users may do, what they need is added.

    Args:
        site: its roles.
        sessions: whether there are remote Spark sessions.
    """
    return [*(_with_ours(role, sessions=sessions) for role in site), _OPERATOR_ROLE, _CULLER_ROLE]


def _with_ours(role: Mapping[str, Any], *, sessions: bool) -> dict[str, Any]:
    defines = role["name"] == "user" and "scopes" in role
    return {**role, "scopes": user_scopes(role["scopes"], sessions=sessions)} if defines else dict(role)


def _sessions(*, there: bool) -> tuple[str, ...]:
    # Only then: the hub asks which service it is.
    return (_SESSIONS,) if there else ()

"""Who may open somebody's own server?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hepnb.cluster.names import SHARED_OPTION
from hepnb.cluster.projects import is_project
from hepnb.errors import InputError, MissingNameError, nearest
from hepnb.operations.hub_api import HubApi, quoted
from hepnb.operations.people import Person, invited, known

SHORTEST: Final = 60  # [s]; both are JupyterHub's
LONGEST: Final = 365 * 24 * 3600  # [s]

_UNITS: Final = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}  # [s]
_TIME: Final = re.compile(r"([0-9]{1,9})([mhdw])")
_MISSING: Final = (404,)


@dataclass(frozen=True, kw_only=True)
class Share:
    """A person who may open a server, or a link by which one can become such a person.

    Attributes:
        owner: of the server.
        person: who may open it; ``None`` for a link.
        code: identifier of a link, by which it can be revoked; ``None`` for a person.
        expires: when a link ends (ISO 8601, UTC); ``None`` for a person.
        used: how often a link was accepted.
    """

    owner: str
    person: str | None = None
    code: str | None = None
    expires: str | None = None
    used: int = 0


def seconds(time: str) -> int:
    """How long a link is good for [s].

    Args:
        time: such as ``"30m"``, ``"12h"``, ``"1d"`` or ``"2w"``.

    Raises:
        InputError: it is no time, or shorter than a minute or longer than a year.
    """
    match = _TIME.fullmatch(time)
    span = int(match[1]) * _UNITS[match[2]] if match else 0
    if not SHORTEST <= span <= LONGEST:
        raise InputError(f"'{time}' is no time for a link; write one from 1m to 365d, such as 30m, 12h, 1d or 2w.")
    return span


def share_with(hub: HubApi, owner: str, person: str) -> Person:
    """Let somebody into somebody's own server.

    Args:
        hub: of the platform.
        owner: of the server.
        person: who is let in.

    Returns:
        Who it is.

    Raises:
        InputError: both are the same, a name is that of a project, or the server was not started to work together.
        MissingNameError: a name is unknown.
        SessionError: the hub cannot be reached, or refuses.
    """
    user = _sharing(hub, owner)
    (guest,) = invited(hub, [person])
    if guest.name == user:
        raise InputError(f"{user} is the owner of that server. Name somebody else with --with.")
    hub.ask("POST", quoted("shares", user, ""), {"user": guest.name})
    return guest


def link(hub: HubApi, owner: str, *, expires_in: int) -> str:
    """A link by which whoever is logged in can be let into somebody's own server.

    Args:
        hub: of the platform.
        owner: of the server.
        expires_in: how long it is good for [s].

    Raises:
        InputError: the name is that of a project, or the server was not started to work together.
        MissingNameError: nobody has that name.
        SessionError: the hub cannot be reached, or refuses.
    """
    made = hub.ask("POST", quoted("share-codes", _sharing(hub, owner), ""), {"expires_in": expires_in})
    return str(made["full_accept_url"] or hub.address + made["accept_url"])


def shares(hub: HubApi, owner: str | None = None) -> list[Share]:
    """Who may open whose own server, and which links there are.

    Args:
        hub: of the platform.
        owner: whose server; by default everybody's, but not the projects'.

    Raises:
        MissingNameError: nobody has that name.
        SessionError: the hub cannot be reached.
    """
    owners = [user["name"] for user in hub.listed("users")] if owner is None else [known(hub, owner)]
    return [share for user in owners if not is_project(user) for share in _shares(hub, user)]


def revoke_person(hub: HubApi, owner: str, person: str) -> str:
    """Let somebody out of somebody's own server, at once; what is open is closed.

    All its links end as well, because nobody knows who has them.

    Returns:
        The hub's name of who it is.

    Raises:
        MissingNameError: a name is unknown, or that person is not let in.
        SessionError: the hub cannot be reached, or refuses.
    """
    user = known(hub, owner)
    guests = [share.person for share in _shares(hub, user) if share.person is not None]
    for written in (person, person.lower()):
        if written in guests:
            hub.ask("DELETE", quoted("share-codes", user, ""))
            hub.ask("PATCH", quoted("shares", user, ""), {"user": written})
            return written
    raise MissingNameError(f"{user}'s server is not shared with '{person}'; {nearest(person, guests)}.")


def revoke_link(hub: HubApi, owner: str, code: str) -> None:
    """End a link; who has accepted it stays.

    Raises:
        MissingNameError: nobody has that name, or there is no such link.
        SessionError: the hub cannot be reached, or refuses.
    """
    user = known(hub, owner)
    codes = [share.code for share in _shares(hub, user) if share.code is not None]
    if code not in codes:
        raise MissingNameError(f"{user}'s server has no link '{code}'; {nearest(code, codes)}.")
    hub.ask("DELETE", f"{quoted('share-codes', user, '')}?id={code}")


def revoke_links(hub: HubApi, owner: str) -> int:
    """End all links of somebody's server; who has accepted one stays.

    Returns:
        How many there were.

    Raises:
        MissingNameError: nobody has that name.
        SessionError: the hub cannot be reached, or refuses.
    """
    user = known(hub, owner)
    ended = [share for share in _shares(hub, user) if share.code is not None]
    hub.ask("DELETE", quoted("share-codes", user, ""), none_for=_MISSING)
    return len(ended)


def revoke_all(hub: HubApi, owner: str) -> list[Share]:
    """Let everybody out of somebody's own server, and end all its links.

    Returns:
        What was shared.

    Raises:
        MissingNameError: nobody has that name.
        SessionError: the hub cannot be reached, or refuses.
    """
    user = known(hub, owner)
    ended = list(_shares(hub, user))
    # The links first, so that nobody comes in again.
    hub.ask("DELETE", quoted("share-codes", user, ""), none_for=_MISSING)
    hub.ask("DELETE", quoted("shares", user, ""), none_for=_MISSING)
    return ended


def _sharing(hub: HubApi, owner: str) -> str:
    """The owner's name in the hub, where the owner's server is one to work together in."""
    user = known(hub, owner)
    server = hub.ask("GET", quoted("users", user, "server"), none_for=_MISSING)
    if server is None or server["stopped"] or (server["user_options"] or {}).get(SHARED_OPTION) is not True:
        raise InputError(
            f"{user} has no server running that was started to work together. Let {user} start one with 'Work "
            "together' ticked, then repeat the command."
        )
    return user


def _shares(hub: HubApi, user: str) -> Iterator[Share]:
    for share in hub.listed(quoted("shares", user)):
        if share["user"] and not share["server"]["name"]:
            yield Share(owner=user, person=share["user"]["name"])
    for code in hub.listed(quoted("share-codes", user)):
        if not code["server"]["name"]:
            yield Share(owner=user, code=code["id"], expires=code["expires_at"], used=code["exchange_count"])

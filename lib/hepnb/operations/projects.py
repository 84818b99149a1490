"""How does a project begin, who is in it, and how does it end?"""

import pwd
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from hepnb.cluster.profiles import DEFAULT_PROFILE, Profile, fitting, load_profiles
from hepnb.cluster.projects import PREFIX, PROFILE_PROPERTY, is_project, project_of, user_of
from hepnb.errors import InputError, MissingNameError, OutputError, SessionError, nearest
from hepnb.operations.hub_api import HubApi, quoted
from hepnb.operations.people import Person, invited

_BY_ACCOUNT: Final = ("LocalProcessSpawner", "SudoSpawner")
"""Spawners that start a server under the account of the user's name."""

_MISSING: Final = (404,)
_STOPPING: Final = 60.0  # [s]
_PAUSE: Final = 0.3  # [s]


@dataclass(frozen=True, kw_only=True)
class Project:
    """A server, a home and a profile that several people have together.

    Attributes:
        name: as its members read it.
        profile: that its server starts with.
        members: the hub's names of them, in the order of the alphabet.
        running: whether its server runs.
    """

    name: str
    profile: str
    members: tuple[str, ...]
    running: bool


def create(
    hub: HubApi, name: str, members: Sequence[str], *, profile: str | None = None, keep_files: bool = False
) -> list[Person]:
    """Make a project: a user of the hub whom nobody can log in as, and whose server its members may open.

    Args:
        hub: of the platform.
        name: of the project.
        members: names of people.
        profile: that its server starts with, for ever; by default the one that is proposed to users.
        keep_files: whether the project shall have files that an earlier one of its name left.

    Returns:
        The members.

    Raises:
        InputError: the name cannot be one of a project, or is taken, or there are files of an earlier project.
        MissingNameError: there is no such profile, a member has never logged in and must, or the machine lacks an
            account.
        SessionError: the hub cannot be reached, or refuses.
    """
    user = user_of(name)
    chosen = _profile(hub, profile)
    if hub.ask("GET", quoted("groups", user), none_for=_MISSING) is not None:
        raise InputError(f"There is a project '{name}' already; add people with: hepnb admin project add {name} NAME")
    home = None if hub.folder is None else hub.folder.homes / user
    if home is not None and home.exists() and any(home.iterdir()) and not keep_files:
        raise InputError(
            f"{home} has files that an earlier project left. Add --keep-files to give them to the members of the new "
            "one, or move the folder away."
        )
    _require_account(hub, user)
    people = invited(hub, list(members))
    # It is a project once it has its group. What a creation left that was cut short may have other members.
    _forget(hub, user)
    hub.ask("POST", quoted("users", user))
    for person in people:
        _let_in(hub, user, person.name)
    hub.ask("POST", quoted("groups", user))
    hub.ask("PUT", quoted("groups", user, "properties"), {PROFILE_PROPERTY: chosen})
    return people


def projects(hub: HubApi) -> list[Project]:
    """All projects, in the order of the alphabet.

    Raises:
        SessionError: the hub cannot be reached.
    """
    found = [_project(hub, group) for group in hub.listed("groups") if is_project(group["name"])]
    return sorted(found, key=lambda project: project.name)


def add(hub: HubApi, name: str, members: Iterable[str]) -> list[Person]:
    """Let people into a project, at once.

    Returns:
        These people.

    Raises:
        InputError: somebody's name is that of a project.
        MissingNameError: there is no such project, or somebody has never logged in and must.
        SessionError: the hub cannot be reached, or refuses.
    """
    user = _existing(hub, name)
    people = invited(hub, list(members))
    for person in people:
        _let_in(hub, user, person.name)
    return people


def remove(hub: HubApi, name: str, members: Sequence[str]) -> list[str]:
    """Let people out of a project, at once; what they have open is closed.

    Returns:
        The hub's names of these people.

    Raises:
        MissingNameError: there is no such project, or somebody is not in it.
        SessionError: the hub cannot be reached, or refuses.
    """
    user = _existing(hub, name)
    inside = _members(hub, user)
    by_small_letters = {member.lower(): member for member in inside} | {member: member for member in inside}
    for member in members:
        if member not in by_small_letters and member.lower() not in by_small_letters:
            raise MissingNameError(f"'{member}' is not in the project '{name}'; {nearest(member, inside)}.")
    out = [by_small_letters.get(member) or by_small_letters[member.lower()] for member in members]
    for member in out:
        hub.ask("PATCH", quoted("shares", user, ""), {"user": member})
    return out


def delete(hub: HubApi, name: str, *, keep_files: bool = False) -> Path | None:
    """End a project: stop its server, and forget who was in it.

    Args:
        hub: of the platform.
        name: of the project.
        keep_files: whether its home stays.

    Returns:
        The home, where it stays.

    Raises:
        InputError: its files cannot stay.
        MissingNameError: there is no such project.
        SessionError: the hub cannot be reached or refuses, or the server does not stop.
        OutputError: the home cannot be removed.
    """
    user = _existing(hub, name)
    if hub.folder is None and keep_files:
        raise InputError(
            f"On Kubernetes the files of '{name}' go with its namespace. Copy them out of its server, and repeat the "
            "command without --keep-files."
        )
    _forget(hub, user)
    left = () if hub.folder is None else (hub.folder.homes / user, hub.folder.documents / user)
    for files in left:
        if files.exists() and not keep_files:
            _remove(files)
    # Last: until then it is listed, and can be deleted again.
    hub.ask("DELETE", quoted("groups", user))
    return next((home for home in left[:1] if home.exists()), None)


def _profile(hub: HubApi, name: str | None) -> str:
    known = load_profiles(hub.profiles)
    profiles = _of_pods(known) if hub.folder is None else _of_machine(known)
    if name is None:
        return DEFAULT_PROFILE if DEFAULT_PROFILE in profiles else next(iter(profiles))
    if name not in profiles:
        lacking = f"The profile '{name}' is not offered here" if name in known else f"No profile is called '{name}'"
        raise MissingNameError(f"{lacking}; {nearest(name, profiles)}.")
    return name


def _of_machine(known: Mapping[str, Profile]) -> Mapping[str, Profile]:
    cores = len(psutil.Process().cpu_affinity()) if sys.platform == "linux" else psutil.cpu_count() or 1
    return fitting(known, cores=cores, memory=psutil.virtual_memory().total)


def _of_pods(known: Mapping[str, Profile]) -> Mapping[str, Profile]:
    """Those with a number of cores; whether they fit the quota, the hub knows."""
    return {name: profile for name, profile in known.items() if profile.cores != "all"}


def _require_account(hub: HubApi, user: str) -> None:
    if hub.ask("GET", "info")["spawner"]["class"].rpartition(".")[2] not in _BY_ACCOUNT:
        return
    try:
        pwd.getpwnam(user)
    except KeyError as error:
        raise MissingNameError(
            f"This site starts servers under accounts of the machine, and it has none for {user}; make it with: "
            f"sudo useradd --create-home {user}"
        ) from error


def _existing(hub: HubApi, name: str) -> str:
    if hub.ask("GET", quoted("groups", PREFIX + name), none_for=_MISSING) is None:
        names = [project_of(group["name"]) for group in hub.listed("groups") if is_project(group["name"])]
        raise MissingNameError(f"There is no project '{name}'; {nearest(name, names)}.")
    return PREFIX + name


def _project(hub: HubApi, group: Any) -> Project:
    user = hub.ask("GET", quoted("users", group["name"]), none_for=_MISSING)
    return Project(
        name=project_of(group["name"]),
        profile=group["properties"].get(PROFILE_PROPERTY, ""),
        members=tuple(sorted(_members(hub, group["name"]))) if user else (),
        running=bool(user and user.get("servers")),
    )


def _members(hub: HubApi, user: str) -> list[str]:
    return [share["user"]["name"] for share in hub.listed(quoted("shares", user)) if share["user"]]


def _let_in(hub: HubApi, user: str, member: str) -> None:
    scopes = [f"{scope}!server={user}/" for scope in ("access:servers", "servers")]
    hub.ask("POST", quoted("shares", user, ""), {"user": member, "scopes": scopes})


def _forget(hub: HubApi, user: str) -> None:
    """Remove a user of the hub with the server, the shares and the tokens, where there is one."""
    # First of all, so that nobody starts the server again.
    hub.ask("DELETE", quoted("shares", user, ""), none_for=_MISSING)
    hub.ask("DELETE", quoted("users", user, "server"), none_for=(*_MISSING, 400))
    _until_stopped(hub, user)
    hub.ask("DELETE", quoted("users", user), none_for=_MISSING)


def _until_stopped(hub: HubApi, user: str) -> None:
    deadline = time.monotonic() + _STOPPING
    while (found := hub.ask("GET", quoted("users", user), none_for=_MISSING)) and found.get("servers"):
        if time.monotonic() > deadline:
            raise SessionError(
                f"The server of {user} does not stop within {_STOPPING:g} s; see {hub.log}, and repeat the command."
            )
        time.sleep(_PAUSE)


def _remove(home: Path) -> None:
    """Remove a home, under another name first: half of it must never become the home of the next project."""
    aside = home.with_name(f".deleted-{home.name}-{datetime.now(UTC).strftime('%Y%m%dT%H%M%S%f')}")
    try:
        home.rename(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise OutputError(
            f"{error.filename}, of {home}, cannot be removed: {error.strerror}. Remove it by hand."
        ) from error

"""Whom does an operator mean by a name?"""

from dataclasses import dataclass
from typing import Final

from hepnb.cluster.projects import is_project
from hepnb.errors import InputError, MissingNameError, nearest
from hepnb.operations.hub_api import HubApi, quoted
from hepnb.operations.site_config import OPEN_AUTHENTICATORS


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user of the hub.

    Attributes:
        name: by which the hub knows the user.
        new: whether the hub has just been told of the user, who has never logged in.
    """

    name: str
    new: bool


_UNKNOWN: Final = (404,)


def known(hub: HubApi, name: str) -> str:
    """The hub's name of somebody who has logged in before.

    Args:
        hub: that knows the users.
        name: as an operator writes it; JupyterHub writes names in small letters.

    Raises:
        InputError: it is the name of a project.
        MissingNameError: the hub knows nobody of that name.
        SessionError: the hub cannot be reached.
    """
    for written in dict.fromkeys((name, name.lower())):
        if is_project(written):
            raise InputError(f"'{name}' is a project and no person; see: hepnb admin project --help")
        if written and hub.ask("GET", quoted("users", written), none_for=_UNKNOWN) is not None:
            return written
    people = [user["name"] for user in hub.listed("users") if not is_project(user["name"])]
    raise MissingNameError(f"The hub knows no user '{name}'; {nearest(name, people)}.")


def invited(hub: HubApi, names: list[str]) -> list[Person]:
    """People who shall be let in somewhere; also those who have never logged in, where any name gets in.

    Where the site's authenticator decides who gets in, to make a user could let somebody in whom the site does not
    know. So people have to log in once before.

    Args:
        hub: that knows the users.
        names: as an operator writes them.

    Raises:
        InputError: a name is that of a project, or is no name.
        MissingNameError: somebody has never logged in, and the site decides who gets in.
        SessionError: the hub cannot be reached.
    """
    found: dict[str, Person] = {}
    strangers = []
    for name in names:
        try:
            person = Person(name=known(hub, name), new=False)
        except MissingNameError:
            strangers.append(name)
        else:
            found[person.name] = person
    if strangers and not _anybody_gets_in(hub):
        raise MissingNameError(
            f"{', '.join(strangers)} never logged in here, and this site's login decides who gets in: let them log in "
            "once, then repeat the command."
        )
    for name in strangers:
        made = hub.ask("POST", "users", {"usernames": [name]}, none_for=(400,))
        if made is None:
            raise InputError(
                f"'{name}' is no name of a user here: names have no '/', no '%' and no spaces at their ends."
            )
        found[made[0]["name"]] = Person(name=made[0]["name"], new=True)
    return list(found.values())


def _anybody_gets_in(hub: HubApi) -> bool:
    return hub.ask("GET", "info")["authenticator"]["class"].rpartition(".")[2] in OPEN_AUTHENTICATORS

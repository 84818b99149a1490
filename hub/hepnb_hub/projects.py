"""How is a project a user of the hub whom nobody can log in as, and what do its members see?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import maybe_future
from tornado.web import HTTPError

from hepnb.cluster.profiles import Profile
from hepnb.cluster.projects import PROFILE_PROPERTY, is_project, project_of
from hepnb_hub.site_class import with_ours_before


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A server of somebody else that a user may open.

    Attributes:
        owner: the hub's name of it.
        title: what the user reads.
        running: whether the server runs, or is starting or stopping.
        people: who is let in, in the order of the alphabet.
        profile: of a project; ``None`` for a person's server.
        client: as which the server asks the hub who somebody is; ``None`` where it has never run.
    """

    owner: str
    title: str
    running: bool
    people: tuple[str, ...]
    profile: str | None
    client: str | None


class ClosedToProjects(Authenticator):  # type: ignore[misc]  # JupyterHub has no types
    """What is put before a site's authenticator: projects are users, but they neither log in nor have an account."""

    async def get_authenticated_user(self, handler: Any, data: Any) -> Any:
        """Let in whom the site lets in, but for projects.

        Raises:
            HTTPError: the name is that of a project.
        """
        answer = await super().get_authenticated_user(handler, data)
        name = answer.get("name", "") if isinstance(answer, dict) else answer or ""
        if is_project(name):
            raise HTTPError(
                403,
                "%s",
                f"{name} is the name of a project, and nobody logs in as one. Log in under your own name; your "
                "projects are on your home page.",
            )
        return answer

    async def refresh_user(self, user: Any, handler: Any = None, **options: Any) -> Any:
        """Ask the site whether a login is still good; a project has none, and its members start its server."""
        return is_project(user.name) or await maybe_future(super().refresh_user(user, handler, **options))

    def add_user(self, user: Any) -> Any:
        """Make what the site makes for a new user; nothing for a project."""
        return None if is_project(user.name) else super().add_user(user)

    def delete_user(self, user: Any) -> Any:
        """Remove what the site made."""
        return None if is_project(user.name) else super().delete_user(user)

    def pre_spawn_start(self, user: Any, spawner: Any) -> Any:
        """Do what the site does before a server starts, such as opening a session of the account."""
        return None if is_project(user.name) else super().pre_spawn_start(user, spawner)

    def post_spawn_stop(self, user: Any, spawner: Any) -> Any:
        """Do what the site does after a server has stopped."""
        return None if is_project(user.name) else super().post_spawn_stop(user, spawner)


def closed_to_projects(authenticator: Any) -> type:
    """The site's authenticator, which lets in nobody as a project.

    Args:
        authenticator: as a site names it: a class, its path, or a short name of JupyterHub's.
    """
    return with_ours_before(ClosedToProjects, authenticator, kind=Authenticator, group="jupyterhub.authenticators")


def take_no_cookie_of_a_project() -> None:
    """Let no session in a browser be a project's, also where a site's own pages log users in past its authenticator."""
    known = BaseHandler.get_current_user_cookie

    def get_current_user_cookie(handler: Any) -> Any:
        user = known(handler)
        return None if user is not None and is_project(user.name) else user

    BaseHandler.get_current_user_cookie = get_current_user_cookie


def profile_of(spawner: Any, offered: Mapping[str, Profile]) -> Profile:
    """The profile that a project was made with.

    Args:
        spawner: of its server.
        offered: the profiles of this site.

    Raises:
        HTTPError: it is not offered any more.
    """
    name = _profile(spawner.db, spawner.user.name)
    if name is None or name not in offered:
        raise HTTPError(
            400,
            "%s",
            f"The project {project_of(spawner.user.name)} was made with the profile {name!r}, which is not offered "
            f"here any more; there is {', '.join(offered)}. The operator can put the profile back into profiles.toml.",
        )
    return offered[name]


def openings_of(user: Any) -> list[Opening]:
    """The servers of others that a user may open, projects first.

    Args:
        user: of the hub; ``None`` where nobody is logged in, and perhaps a service, to which nothing is shared.
    """
    if not isinstance(user, User):
        return []
    return sorted(_openings(user), key=lambda one: (one.profile is None, one.title))


def _openings(user: Any) -> Iterator[Opening]:
    for share in user.orm_user.shared_with_me:
        owner, spawner = share.owner, share.spawner
        if spawner.name:
            continue  # a second server of its owner, which the pages of this platform do not know
        project = is_project(owner.name)
        yield Opening(
            owner=owner.name,
            title=project_of(owner.name),
            running=spawner.server is not None,
            people=tuple(sorted(other.user.name for other in spawner.shares if other.user is not None)),
            profile=(_profile(user.db, owner.name) or "") if project else None,
            client=spawner.oauth_client_id,
        )


def _profile(database: Any, name: str) -> str | None:
    group = orm.Group.find(database, name)
    found = (group.properties or {}).get(PROFILE_PROPERTY) if group is not None else None
    return found if isinstance(found, str) else None

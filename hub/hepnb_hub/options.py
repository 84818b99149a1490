"""What do a user's options mean for the server that is about to start?"""

from collections.abc import Mapping, Sequence
from typing import Any

from tornado.web import HTTPError

from hepnb.cluster.profiles import Profile
from hepnb.cluster.projects import is_project
from hepnb_hub import profile_page, projects, sharing


def checked(fields: Mapping[str, Sequence[str]], offered: Mapping[str, Profile]) -> dict[str, Any]:
    """A user's options from the fields of the form; here a sentence about them reaches the page.

    Args:
        fields: of the form.
        offered: the profiles of this site.

    Raises:
        ValueError: there is no such profile.
    """
    options = profile_page.options_of(fields)
    profile_page.chosen(options, offered)
    return options


def begin(spawner: Any, options: Mapping[str, Any], offered: Mapping[str, Profile]) -> tuple[Profile, dict[str, str]]:
    """Prepare the hub for a server that is about to start.

    Args:
        spawner: of the server.
        options: of its user; anything may be in them.
        offered: the profiles of this site.

    Returns:
        The profile of the server, and what it is told in its environment.

    Raises:
        HTTPError: there is no such profile, or a project's is not offered any more.
    """
    project = is_project(spawner.user.name)
    try:
        profile = projects.profile_of(spawner, offered) if project else profile_page.chosen(options, offered)
    except ValueError as error:
        # The hub hides what other errors say.
        raise HTTPError(400, "%s", str(error)) from error
    shared = project or profile_page.shared(options)
    sharing.begin(spawner, shared=shared)
    return profile, profile_page.variables(profile) | sharing.variables(shared=shared)

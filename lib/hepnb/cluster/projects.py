"""Which users of the hub are projects, and what is a project called?"""

from typing import Final

from hepnb.cluster.slugs import MAX_SLUG, slug
from hepnb.errors import InputError

PREFIX: Final = "project-"
"""What the hub's names of projects begin with; nobody can log in under such a name."""

PROFILE_PROPERTY: Final = "profile"
"""Property of the hub's group that bears a project's name: the profile that its server starts with."""

MAX_NAME: Final = MAX_SLUG - len(PREFIX)
"""Characters."""


def is_project(user: str) -> bool:
    """Whether a user of the hub is a project."""
    return user.startswith(PREFIX)


def user_of(project: str) -> str:
    """The hub's user of a project, and the name of its home.

    Args:
        project: its name, as members read it.

    Raises:
        InputError: a project cannot be called that.
    """
    user = PREFIX + project
    if not project or slug(user) != user:
        raise InputError(
            f"'{project}' is no name for a project; write up to {MAX_NAME} of a-z, 0-9 and single hyphens between "
            "them, such as 'higgs-mumu'."
        )
    return user


def project_of(user: str) -> str:
    """The project that a user of the hub is."""
    return user.removeprefix(PREFIX)

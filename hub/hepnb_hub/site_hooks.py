"""What of a site's own configuration stays, and what of ours is put around it?"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from traitlets.config import Config

from hepnb.cluster import trust
from hepnb.errors import InputError
from hepnb_hub import login_throttle, projects, rights, sharing, user_names

TEMPLATES: Final = str(Path(__file__).parent / "templates")

PAGES: Final = {
    "openings": projects.openings_of,
    "project_words": trust.PROJECT_SERVER,
    "visit_words": trust.VISIT,
}
"""What the hub's pages know beside JupyterHub's own variables."""

_OPEN: Final[Mapping[str, type]] = {
    "services": list,
    "load_roles": list,
    "extra_user_scopes": list,
    "template_paths": list,
    "template_vars": dict,
}


def before(config: Config) -> None:
    """Lay out what a site's own file may add to."""
    for name, empty in _OPEN.items():
        config.JupyterHub[name] = empty()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say in one sentence what a site's own file fails with.

    Args:
        path: of the file.

    Raises:
        InputError: it fails.
    """
    try:
        yield
    except SyntaxError as error:
        raise InputError(f"{path}, line {error.lineno}, is no Python: {error.msg}.") from error
    except Exception as error:  # it is a program of the site, which may fail in any way
        raise InputError(f"{path} fails: {type(error).__name__}: {error}.") from error


def after(config: Config, services: Sequence[Mapping[str, Any]], *, sessions: bool, login_hint: str) -> None:
    """Add ours to what the site has said, whatever it has chosen.

    Args:
        config: of JupyterHub.
        services: of ours.
        sessions: whether there are remote Spark sessions.
        login_hint: sentence that says where the shared password is, for the page of the login.
    """
    hub = config.JupyterHub
    hub.services = [*hub.services, *services]
    hub.load_roles = rights.roles(hub.load_roles, sessions=sessions)
    hub.extra_user_scopes = rights.user_scopes(hub.extra_user_scopes, sessions=sessions)
    hub.template_paths = [*hub.template_paths, TEMPLATES]
    hub.template_vars = hub.template_vars | PAGES | {"login_hint": login_hint}
    closed = projects.closed_to_projects(hub.authenticator_class)
    hub.authenticator_class = user_names.checked(login_throttle.throttled(closed))
    projects.take_no_cookie_of_a_project()
    hub.spawner_class = sharing.without_keys(hub.spawner_class)

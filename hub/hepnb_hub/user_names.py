"""What may users be called, and what do they read whose name cannot be one?"""

import re
from collections.abc import Mapping
from typing import Any, Final

from jupyterhub.auth import Authenticator
from tornado.web import HTTPError

from hepnb_hub.site_class import with_ours_before

PATTERN: Final = r"[^%\x00-\x1f\x7f]{1,200}$"
"""JupyterHub refuses more, such as slashes. It would read what follows a percent sign as a letter."""

_LONGEST: Final = 200
_FORBIDDEN: Final = re.compile(r"[%/\x00-\x1f\x7f]")


class RefusedNameError(HTTPError):
    """Nobody can have that name.

    Attributes:
        form: what the page of the login is made from; empty where a site has a page of its own.
    """

    def __init__(self, sentence: str) -> None:
        """Say why."""
        super().__init__(400, "%s", sentence)
        self.form: dict[str, Any] = {}


class Named(Authenticator):  # type: ignore[misc]  # JupyterHub has no types
    """What is put before a site's authenticator: JupyterHub says of such a name that the password may be wrong."""

    async def get_authenticated_user(self, handler: Any, data: Any) -> Any:
        """Let in whom the site lets in, and say which names nobody can have.

        Raises:
            RefusedNameError: what was typed is no name.
        """
        typed = str(data["username"]) if isinstance(data, Mapping) and "username" in data else None
        if typed is not None and (why := fault(self.normalize_username(typed))) is not None:
            error = RefusedNameError(why)
            if not self.get_custom_html(handler.hub.base_url):
                error.form = {"username": typed, "action": handler.request.uri, "authenticator": self}
            raise error
        return await super().get_authenticated_user(handler, data)


def checked(authenticator: Any) -> type:
    """The site's authenticator, which says of a name why it cannot be one.

    Args:
        authenticator: as a site names it: a class, its path, or a short name of JupyterHub's.
    """
    return with_ours_before(Named, authenticator, kind=Authenticator, group="jupyterhub.authenticators")


def fault(name: str) -> str | None:
    """Why nobody can be called so, in one sentence; ``None`` where somebody can.

    Args:
        name: as the authenticator knows it.
    """
    if not name.strip():
        return "Type a name."
    if len(name) > _LONGEST:
        return f"A name can have {_LONGEST} letters, and this one has {len(name)}."
    if (found := _FORBIDDEN.search(name)) is not None:
        sign = f"'{found[0]}'" if found[0].isprintable() else "a control character"
        return f"A name cannot have {sign} in it; choose one without."
    if name != name.strip():
        return "A name cannot begin or end with a space."
    if set(name) == {"."}:
        return "A name cannot be of dots alone."
    return None

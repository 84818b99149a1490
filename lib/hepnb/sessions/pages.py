"""What does a browser show of somebody's remote sessions?"""

import secrets
from html import escape
from importlib import resources
from typing import Any

from hepnb.cluster.environment import environment
from hepnb.sessions.handlers import Asked


class SessionsPage(Asked):
    """``/ui``: the own sessions, with state, profile, idle time, log and a button to stop each."""

    async def prepare(self) -> None:
        """A browser that is not known goes to the hub first."""
        owner = await self.door.user_of(self)
        if owner is None:
            self.redirect(self.door.login_address(self))
        else:
            self.owner = owner

    def get(self) -> None:
        """The page; its script asks for what it shows."""
        nonce = secrets.token_urlsafe(16)
        page = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
        values = {
            "owner": escape(self.owner),
            "nonce": nonce,
            "xsrf": escape(self.door.page_token(self), quote=True),
            "home": escape(f"{environment().get('JUPYTERHUB_BASE_URL', '/')}hub/home", quote=True),
        }
        for name, value in values.items():
            page = page.replace(f"{{{{{name}}}}}", value)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; connect-src 'self'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        self.finish(page)

    def write_error(self, status_code: int, **_: Any) -> None:
        """For a person."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("This page is not for you.\n" if status_code == 403 else f"{self._reason}.\n")

"""Users in servers of others: a project's, or a colleague's."""

import re
from html import unescape
from urllib.parse import quote

import requests

from tests.hub.running import Browser, Up


class Guest(Browser):
    """A user at somebody else's server, in the same browser."""

    def __init__(self, browser: Browser, owner: str) -> None:
        """Go nowhere yet."""
        self.address, self.session = browser.address, browser.session
        self.name, self.person = owner, browser.name
        self.server = f"{self.address}/user/{quote(owner, safe='@~')}"

    def open(self) -> requests.Response:
        """JupyterLab, or the page that says why not; the question whether to open it is answered with yes."""
        answer = self.session.get(f"{self.server}/lab", timeout=60)
        if answer.status_code == 200 and "/oauth2/authorize" in answer.url:
            fields = re.findall(r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', answer.text)
            scopes = [unescape(value) for name, value in fields if name == "scopes"]
            data = {"_xsrf": self._xsrf("/hub/"), "scopes": scopes}
            answer = self.session.post(answer.url, data=data, headers={"Referer": answer.url}, timeout=60)
        return answer

    def begin(self, *, within: float = 90.0, **fields: str) -> requests.Response:
        """Press the button that starts it on the home page, and wait; then open it."""
        answer = self.session.post(
            f"{self.address}/hub/spawn/{self.name}",
            params={"_xsrf": self._xsrf("/hub/")},
            files={name: (None, value) for name, value in (fields or {"nothing": ""}).items()},
            timeout=60,
        )
        answer = self.started(answer, within=within)
        return self.open() if answer.ok else answer

    def end(self) -> int:
        """Press the button that stops it; the status of the answer."""
        answer = self.session.delete(
            f"{self.address}/hub/api/users/{self.name}/server",
            headers={"X-XSRFToken": self._xsrf("/hub/"), "Referer": f"{self.address}/hub/home"},
            timeout=60,
        )
        return answer.status_code


def logged_in(platform: Up, name: str) -> Browser:
    """A user with nothing but a session."""
    browser = Browser(platform, name)
    assert browser.login(platform.password).status_code == 200
    return browser


def home_page(browser: Browser) -> str:
    """What a user sees at home."""
    return browser.session.get(f"{browser.address}/hub/home", timeout=30).text

"""A platform on which servers are shared, with what this checkout adds to Jupyter."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import websocket

from hepnb.cluster.names import SHARED_OPTION
from tests.hub.running import Browser, Up, up
from tests.waiting import until

from .jupyter import installed

CONFIG = """
c.Spawner.environment = {{"JUPYTER_CONFIG_PATH": {settings!r}, "JUPYTER_PATH": {data!r}}}
"""


@contextmanager
def sharing(folder: Path, *options: object) -> Iterator[Up]:
    """It runs as long as somebody looks on, and again on the same data where it ran before."""
    prefix, config = folder / "prefix", folder / "site.py"
    if not config.exists():
        installed(prefix)
        config.write_text(
            CONFIG.format(settings=str(prefix / "etc" / "jupyter"), data=str(prefix / "share" / "jupyter"))
        )
    with up(folder / "data", "--config", config, *options) as running:
        yield running


def arrived(platform: Up, name: str) -> Browser:
    """A user who has logged in."""
    browser = Browser(platform, name)
    browser.login(platform.password)
    browser.session.get(f"{platform.address}/hub/home", timeout=60)  # for the cookie of a page that was looked at
    return browser


def begin(browser: Browser, *, shared: bool = True) -> Browser:
    """Start the user's server, to work together in or alone, and open it."""
    hub, xsrf = f"{browser.address}/hub/api/users/{browser.name}/server", {"X-XSRFToken": browser._xsrf("/hub/")}
    options = {"profile": "small", SHARED_OPTION: shared}
    assert browser.session.post(hub, json=options, headers=xsrf, timeout=60).status_code in (201, 202)

    def open_lab() -> bool:
        page = browser.session.get(f"{browser.server}/lab", timeout=60)
        return page.ok and page.url.endswith("/lab")

    until(open_lab, within=90, what=f"{browser.name}'s server opens", pause=0.2)
    return browser


def guest(platform: Up, name: str, owner: Browser) -> Browser:
    """A user who opens somebody else's server and agrees where the hub asks; its `page` is what came."""
    browser = arrived(platform, name)
    browser.server = owner.server
    browser.page = browser.session.get(f"{browser.server}/lab", timeout=60)
    if "/hub/api/oauth2/authorize" in browser.page.url and browser.page.status_code == 200:
        fields = {
            "_xsrf": re.findall(r'name="_xsrf" value="([^"]*)"', browser.page.text),
            "scopes": re.findall(r'name="scopes" value="([^"]*)"', browser.page.text),
        }
        address = browser.page.url
        browser.page = browser.session.post(address, data=fields, headers={"Referer": address}, timeout=60)
    return browser


def ask(browser: Browser, owner: str, method: str, path: str = "", **options: Any) -> requests.Response:
    """Ask the routes of sharing, as the page in that browser would."""
    xsrf = {"X-XSRFToken": browser._xsrf(f"/user/{owner}/")}
    return browser.session.request(method, f"{browser.server}/hepnb/share{path}", headers=xsrf, timeout=30, **options)


def socket(browser: Browser, path: str) -> websocket.WebSocket:
    """A WebSocket of the server that the browser looks at."""
    address = browser.server.replace("http://", "ws://")
    return websocket.create_connection(
        f"{address}/{path}", cookie=browser.cookies(), origin=browser.address, timeout=30
    )

"""A newcomer, from the login to a spectrum."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import keep
from tests.hub.running import Up

pytestmark = pytest.mark.browser


def log_in(page: Page, platform: Up, name: str) -> None:
    page.goto(platform.address)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=False).first.fill(platform.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/hub/spawn**")


def start_server(page: Page, profile: str) -> None:
    page.get_by_role("radio", name=profile).check()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/lab**", timeout=90_000)
    page.locator(".jp-Launcher, .jp-NotebookPanel").first.wait_for()


def test_from_the_login_to_jupyterlab(page: Page, platform: Up):
    page.goto(platform.address)
    expect(page.get_by_text("Any name")).to_be_visible()
    keep(page, "login")
    log_in(page, platform, "maria")
    expect(page.get_by_text("Free now on this machine")).to_be_visible()
    keep(page, "profiles")
    start_server(page, "small")
    expect(page.get_by_text("Spark (local)").first).to_be_visible()
    keep(page, "jupyterlab")

"""What members of a project and those who share a server see on the hub's pages."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import keep
from tests.browser.test_journey import log_in, start_server
from tests.cli.running import hepnb
from tests.hub.running import Up


def test_a_member_starts_opens_and_stops_a_project_from_home(page: Page, platform: Up):
    log_in(page, platform, "amal")
    for name, members in (("higgs-mumu", "amal,maria,chen"), ("single-top", "amal")):
        made = hepnb("admin", "project", "create", name, "--members", members, "--data", platform.data)
        assert made.returncode == 0, made.stderr
    page.reload()
    page.get_by_role("link", name="your home page").click()
    row = page.locator("tr", has_text="higgs-mumu")
    expect(row).to_contain_text("amal, chen, maria")
    keep(page, "projects")
    row.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Open the project higgs-mumu?")).to_be_visible(timeout=60_000)
    keep(page, "project-opened")
    page.get_by_role("button", name="Open").click()
    page.locator(".jp-Launcher").first.wait_for()
    page.goto(f"{platform.address}/hub/home")
    expect(row.get_by_role("link", name="Open")).to_be_visible()
    row.get_by_role("button", name="Stop").click()
    expect(row.get_by_role("button", name="Start")).to_be_visible()


def test_a_server_to_work_together_in_is_asked_for_and_found_by_a_colleague(page: Page, platform: Up):
    log_in(page, platform, "lea")
    page.get_by_label("Work together").check()
    keep(page, "work-together")
    start_server(page, "small")
    colleague = page.context.browser.new_context(viewport=page.viewport_size).new_page()
    log_in(colleague, platform, "paolo")
    shared = hepnb("admin", "share", "create", "lea", "--with", "paolo", "--data", platform.data)
    assert shared.returncode == 0, shared.stderr
    colleague.goto(f"{platform.address}/hub/home")
    expect(colleague.get_by_role("heading", name="Shared with you")).to_be_visible()
    keep(colleague, "shared-with-you")
    colleague.locator("tr", has_text="lea").get_by_role("link", name="Open").click()
    expect(colleague.get_by_text("You run code there as lea")).to_be_visible()
    keep(colleague, "shared-opened")
    colleague.get_by_role("button", name="Open").click()
    colleague.locator(".jp-Launcher").first.wait_for(timeout=60_000)
    colleague.context.close()

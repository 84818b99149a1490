"""Two members of a project edit and run one notebook, each in a browser of their own; a third user is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import keep
from tests.browser.test_journey import log_in
from tests.cli.running import hepnb
from tests.hub.running import Up

SERVER = "user/project-top-mass"
NOTEBOOK = f"{SERVER}/lab/tree/Untitled.ipynb"


@contextmanager
def visitor(chromium: Browser, platform: Up, name: str) -> Iterator[Page]:
    """Somebody who has logged in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(60_000)
    page = context.new_page()
    log_in(page, platform, name)
    yield page
    context.close()


def enter(page: Page, platform: Up, path: str) -> None:
    page.goto(f"{platform.address}/{path}")
    page.get_by_role("button", name="Open").click()


def test_two_members_edit_and_run_one_notebook_and_a_third_user_is_refused(chromium: Browser, platform: Up):
    with (
        visitor(chromium, platform, "ruth") as ruth,
        visitor(chromium, platform, "omar") as omar,
        visitor(chromium, platform, "eve") as eve,
    ):
        command = ("admin", "project", "create", "top-mass", "--members", "ruth,omar", "--data", platform.data)
        made = hepnb(*command, "--profile", "small")
        assert made.returncode == 0, made.stderr
        ruth.goto(f"{platform.address}/hub/home")
        ruth.locator("tr", has_text="top-mass").get_by_role("button", name="Start").click()
        ruth.get_by_role("button", name="Open").click()
        ruth.locator(".jp-LauncherCard", has_text="Python 3").first.click()
        # Its document is there when its kernel is.
        expect(ruth.get_by_role("button", name="Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
        cells = ".jp-Notebook .jp-CodeCell .cm-content"
        ruth.locator(cells).first.click()
        ruth.keyboard.insert_text("measured = 172.76  # GeV\nprint('ruth measured', measured)")
        ruth.keyboard.press("Shift+Enter")
        results = ".jp-Notebook .jp-OutputArea-output"
        expect(ruth.locator(results, has_text="ruth measured 172.76")).to_be_visible(timeout=60_000)
        enter(omar, platform, NOTEBOOK)
        expect(omar.locator(results, has_text="ruth measured 172.76")).to_be_visible(timeout=60_000)
        # The same kernel knows what the other one has run.
        expect(omar.get_by_role("button", name="Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
        expect(omar.locator(cells)).to_have_count(2)
        omar.locator(cells).last.click()
        omar.keyboard.insert_text("print('omar agrees:', round(measured))")
        omar.keyboard.press("Shift+Enter")
        for page in (omar, ruth):
            expect(page.locator(results, has_text="omar agrees: 173")).to_be_visible(timeout=60_000)
            expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(3)
        keep(ruth, "project-ruth")
        keep(omar, "project-omar")
        for path in (NOTEBOOK, f"{SERVER}/api/contents", f"{SERVER}/api/kernels"):
            answer = eve.goto(f"{platform.address}/{path}")
            assert answer is not None
            assert answer.status == 403
        eve.goto(f"{platform.address}/{NOTEBOOK}")
        keep(eve, "project-eve-refused")
        eve.goto(f"{platform.address}/hub/home")
        expect(eve.get_by_text("top-mass")).to_have_count(0)

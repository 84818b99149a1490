"""Remote sessions in JupyterLab, and on their own page."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import keep
from tests.browser.test_journey import log_in, start_server
from tests.hub.running import Up
from tests.waiting import until


def run_cell(page: Page, code: str) -> None:
    """Type into the last cell, and run it."""
    page.locator(".jp-Notebook .cm-content").last.click()
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")


def until_busy(page: Page, platform: Up) -> None:
    """Wait until the user's one session runs a statement."""
    service = f"{platform.address}/services/sessions"
    page.request.get(f"{service}/ui")  # for the cookie
    until(
        lambda: [one["state"] for one in page.request.get(f"{service}/sessions").json()["sessions"]] == ["busy"],
        what="the session is busy",
    )


def test_a_session_is_used_from_a_notebook_found_on_its_page_and_stopped_there(page: Page, platform: Up):
    log_in(page, platform, "rosa")
    start_server(page, "small")
    page.locator(".jp-LauncherCard", has_text="Spark (remote session)").first.click()
    expect(page.get_by_role("button", name="Spark (remote session) | Idle")).to_be_visible(timeout=60_000)
    run_cell(page, "kept = spark.range(42).count()\nkept")
    output = page.locator(".jp-OutputArea-output")
    expect(output.get_by_text("42", exact=True)).to_be_visible(timeout=120_000)
    run_cell(page, "import matplotlib.pyplot as plt\nline = plt.plot([1, 4, 9])")
    expect(output.locator("img")).to_be_visible(timeout=60_000)
    run_cell(page, "%%sql\nselect id, id * id as square from range(3)")
    expect(output.get_by_text("square")).to_be_visible(timeout=60_000)
    expect(output.get_by_text("Error displaying widget")).to_have_count(0)
    keep(page, "remote-session")
    run_cell(page, "import time\nwhile True: time.sleep(0.1)")
    until_busy(page, platform)
    page.get_by_text("Kernel", exact=True).first.click()
    page.get_by_text("Interrupt Kernel", exact=True).click()
    expect(output.get_by_text("Interrupted by user")).to_be_visible(timeout=60_000)
    run_cell(page, "print('still', kept)")
    expect(output.get_by_text("still 42")).to_be_visible(timeout=60_000)
    # The server stops with its kernels; the session does not.
    page.goto(f"{platform.address}/hub/home")
    page.get_by_role("button", name="Stop My Server").click()
    expect(page.get_by_role("button", name="Start My Server")).to_be_visible(timeout=60_000)
    page.goto(f"{platform.address}/services/sessions/")
    row = page.locator("tbody tr").first
    expect(row.get_by_text("idle")).to_be_visible(timeout=60_000)
    expect(row.get_by_text("Untitled.ipynb")).to_be_visible()
    expect(row.get_by_text("small")).to_be_visible()
    row.get_by_role("button", name="Log").click()
    expect(page.get_by_text("Spark runs as local-")).to_be_visible()
    keep(page, "sessions")
    page.on("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("You have none.")).to_be_visible(timeout=60_000)
    keep(page, "no-sessions")

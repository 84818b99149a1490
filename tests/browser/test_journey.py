"""A newcomer, from the login to a spectrum."""

import pyspark
from playwright.sync_api import Page, expect

from tests.browser.conftest import keep
from tests.hub.running import Up
from tests.waiting import until, whole_json


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


def run_the_spectrum(page: Page, server: str, *, kernel: str, within: tuple[float, float]) -> None:
    """Run all cells of the reference notebook anew; `within` [ms] its kernel is there, and then its last line."""
    there, done = within
    page.goto(f"{server}/lab/tree/notebooks/01_dimuon_spectrum.ipynb")
    page.locator(".jp-NotebookPanel").wait_for()
    expect(page.get_by_role("button", name=f"{kernel} | Idle")).to_be_visible(timeout=there)
    page.get_by_text("Edit", exact=True).first.click()
    page.get_by_text("Clear Outputs of All Cells").click()
    expect(page.get_by_text("J/psi: measured 3.097 GeV")).to_have_count(0)
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).click()
    expect(page.get_by_text("J/psi: measured 3.097 GeV")).to_be_visible(timeout=done)


def test_from_the_login_to_jupyterlab(page: Page, platform: Up):
    page.goto(platform.address)
    expect(page.get_by_text("Any name")).to_be_visible()
    keep(page, "login")
    log_in(page, platform, "maria")
    expect(page.get_by_text("This machine has")).to_be_visible()
    keep(page, "profiles")
    start_server(page, "small")
    expect(page.get_by_text("Spark (local)").first).to_be_visible()
    expect(page.locator(".jp-DirListing-itemText", has_text="notebooks")).to_be_visible()
    keep(page, "jupyterlab")


def test_a_notebook_from_its_first_cell_to_the_spectrum_and_spark_s_own_pages(page: Page, platform: Up):
    log_in(page, platform, "chen")
    start_server(page, "local")
    run_the_spectrum(page, f"{platform.address}/user/chen", kernel="Spark (local)", within=(30_000, 120_000))
    picture = page.locator(".jp-OutputArea-output img")
    expect(picture).to_be_visible()
    picture.scroll_into_view_if_needed()
    keep(page, "notebook")
    jobs = page.locator(".spark-monitor-cell-widget").filter(has_text="COMPLETED")
    expect(jobs.first).to_be_visible()
    jobs.first.scroll_into_view_if_needed()
    keep(page, "sparkmonitor")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Spark UI").first.click()
    pages = opened.value
    expect(pages.get_by_text("Completed Jobs").first).to_be_visible()
    keep(pages, "spark-ui")
    mallory = page.context.browser.new_context().new_page()
    log_in(mallory, platform, "mallory")
    answer = mallory.goto(pages.url)
    assert answer is not None
    assert answer.status == 403
    keep(mallory, "refused")


def test_attach_lists_what_there_is_and_the_notebook_remembers_the_choice(page: Page, platform: Up):
    log_in(page, platform, "zoe")
    start_server(page, "local")
    page.locator(".jp-LauncherCard", has_text="Spark (local)").first.click()
    expect(page.get_by_role("button", name="Spark (local) | Idle")).to_be_visible()
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.type("%attach")
    page.keyboard.press("Control+Enter")
    form = page.locator(".jp-OutputArea-output")
    expect(form.get_by_text("1 core").first).to_be_visible()
    keep(page, "attach-form")
    form.get_by_text("small: 1 core").click()
    form.get_by_role("button", name="Start").click()
    expect(form.get_by_text(f"Spark {pyspark.__version__}").last).to_be_visible(timeout=60_000)
    expect(page.locator(".jp-mod-current .jp-DirtyIndicator, .lm-mod-current.jp-mod-dirty")).to_have_count(0)
    keep(page, "attached")
    notebook = platform.data / "homes" / "zoe" / "Untitled.ipynb"
    saved = until(lambda: whole_json(notebook), what="the notebook is saved")
    assert saved["metadata"]["hepnb"]["profile"] == "small"

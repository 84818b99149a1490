"""A newcomer on Kubernetes, from the login to a spectrum, through a browser."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import keep
from tests.browser.test_journey import log_in, start_server
from tests.kubernetes.cluster import Installed, objects


def test_the_notebook_of_one_machine_runs_unchanged(page: Page, platform: Installed):
    log_in(page, platform, "ada")
    expect(page.get_by_text("Free now in your quota: 20 of 20 cores")).to_be_visible()
    expect(page.get_by_text("up to 2 executors of 1 core, 512 MB").first).to_be_visible()
    keep(page, "kubernetes-profiles")
    start_server(page, "tiny")
    page.goto(f"{platform.address}/user/ada/lab/tree/notebooks/01_dimuon_spectrum.ipynb")
    page.locator(".jp-NotebookPanel").wait_for()
    expect(page.get_by_role("button", name="Spark (Kubernetes) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_text("Edit", exact=True).first.click()
    page.get_by_text("Clear Outputs of All Cells").click()
    expect(page.get_by_text("J/psi: measured 3.097 GeV")).to_have_count(0)
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).click()
    expect(page.get_by_text("J/psi: measured 3.097 GeV")).to_be_visible(timeout=240_000)
    assert objects("pods", platform.namespace_of("ada"), "hepnb/role=executor")
    picture = page.locator(".jp-OutputArea-output img")
    picture.scroll_into_view_if_needed()
    keep(page, "kubernetes-notebook")

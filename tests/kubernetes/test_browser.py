"""A newcomer on Kubernetes, from the login to a spectrum, through a browser."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import keep
from tests.browser.test_journey import log_in, run_the_spectrum, start_server
from tests.kubernetes.cluster import Installed, objects


def test_the_notebook_of_one_machine_runs_unchanged(page: Page, platform: Installed):
    log_in(page, platform, "ada")
    expect(page.get_by_text("Free now in your quota: 20 of 20 cores")).to_be_visible()
    expect(page.get_by_text("up to 2 executors of 1 core, 512 MB").first).to_be_visible()
    keep(page, "kubernetes-profiles")
    start_server(page, "tiny")
    server = f"{platform.address}/user/ada"
    run_the_spectrum(page, server, kernel="Spark (Kubernetes)", within=(60_000, 240_000))
    assert objects("pods", platform.namespace_of("ada"), "hepnb/role=executor")
    picture = page.locator(".jp-OutputArea-output img")
    picture.scroll_into_view_if_needed()
    keep(page, "kubernetes-notebook")

"""Two people, two browsers, one notebook: both see the same, and nothing that either typed is lost or doubled."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hepnb.operations import processes
from hepnb.operations.data_folder import open_folder
from tests.browser.conftest import PATIENCE, keep
from tests.browser.line import Line, line
from tests.browser.test_journey import log_in, start_server
from tests.hub.running import Up
from tests.server.sharing import arrived, begin, sharing
from tests.waiting import until

WITHIN = PATIENCE / 1000  # [s]
DIALOG = ".hepnb-share"


@dataclass
class Pair:
    """The owner and a colleague, each with a browser of their own; the colleague's line can be cut."""

    platform: Up
    maria: Page
    chen: Page
    line: Line

    @property
    def home(self) -> Path:
        """Where the notebooks are."""
        return self.platform.data / "homes" / "maria"

    def open(self, name: str, *cells: str) -> Path:
        """A new notebook, in both browsers."""
        path = self.home / f"{name}.ipynb"
        made = [
            {"cell_type": "code", "execution_count": None, "id": f"c{i}", "metadata": {}, "outputs": [], "source": cell}
            for i, cell in enumerate(cells)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        path.write_text(json.dumps({"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
        for page, address in ((self.maria, self.platform.address), (self.chen, self.line.address)):
            # With a workspace of its own, where no other notebook is open.
            page.goto(f"{address}/user/maria/lab/workspaces/{name}/tree/{path.name}")
            expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(cells))
            expect(page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_have_count(1)
        return path


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with sharing(tmp_path_factory.mktemp("together")) as running:
        yield running


@pytest.fixture(scope="module")
def contexts(chromium: Browser) -> Iterator[list[BrowserContext]]:
    both = [chromium.new_context(viewport={"width": 1280, "height": 860}) for _ in range(2)]
    for context in both:
        context.set_default_timeout(PATIENCE)
    yield both
    for context in both:
        context.close()


@pytest.fixture(scope="module")
def pair(platform: Up, contexts: list[BrowserContext]) -> Iterator[Pair]:
    with line(platform.port) as chens:
        maria, chen = (context.new_page() for context in contexts)
        log_in(maria, platform, "maria")
        maria.get_by_role("checkbox", name="Work together").check()
        start_server(maria, "small")
        arrived(platform, "chen")
        maria.get_by_role("button", name="Share", exact=True).click()
        dialog = maria.locator(DIALOG)
        dialog.get_by_label("Name of a colleague").fill("chen")
        dialog.get_by_role("button", name="Share").click()
        expect(dialog.get_by_text("chen since")).to_be_visible()
        keep(maria, "share")
        maria.get_by_role("button", name="Close").click()
        enter(chen, platform, chens.address)
        yield Pair(platform, maria, chen, chens)


def enter(page: Page, platform: Up, address: str, name: str = "chen") -> None:
    """Log in, go to the colleague's server, and agree."""
    page.goto(address)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=False).first.fill(platform.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/hub/spawn**")
    page.goto(f"{address}/user/maria/lab")
    page.get_by_role("button", name="Open").click()
    page.locator(".jp-Launcher, .jp-NotebookPanel").first.wait_for()


def in_file(path: Path) -> list[dict[str, Any]]:
    """The cells of the file; none while it is written."""
    text = path.read_text()
    return json.loads(text)["cells"] if text else []


def saved(path: Path) -> list[str]:
    """What stands in the cells of the file."""
    return ["".join(cell["source"]) for cell in in_file(path)]


def shown(page: Page) -> list[str]:
    """The cells of the page."""
    cells = page.locator(".jp-Notebook .jp-CodeCell .cm-content")
    return ["\n".join(one.locator(".cm-line").all_inner_texts()) for one in cells.all()]


def go_to(page: Page, cell: int) -> None:
    """Put the cursor at the end of a cell."""
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(cell).click()
    page.keyboard.press("Control+End")


def words(name: str, first: int, last: int) -> str:
    return "".join(f"{name}{number} " for number in range(first, last))


def until_whole(pair: Pair, path: Path, cells: list[str], *, within: float = WITHIN) -> None:
    """Wait until the file and both pages have these cells, and no others."""

    def whole() -> bool:
        everywhere = (saved(path), shown(pair.maria), shown(pair.chen))
        return all([one.rstrip() for one in found] == cells for found in everywhere)

    until(whole, within=within, what=f"{path.name} has {cells} in the file and on both pages", pause=0.2)


def test_two_people_type_at_once_and_both_see_one_document_and_its_results(pair: Pair):
    path = pair.open("at_once", "# maria: ", "# chen: ", "# both: ", "print(6 * 7)")
    for cell, other in ((0, 1), (2, 2)):
        go_to(pair.maria, cell)
        go_to(pair.chen, other)
        if cell == other:  # each in a line of the same cell
            pair.chen.keyboard.press("Enter")
            pair.maria.keyboard.press("Control+Home")
        for number in range(30):
            pair.maria.keyboard.type(f"m{number} ")
            pair.chen.keyboard.type(f"c{number} ")
    keep(pair.maria, "together-maria")
    keep(pair.chen, "together-chen")
    expect(pair.maria.locator(".jp-remote-userFlag-name", has_text="chen")).to_be_attached()
    cells = [
        f"# maria: {words('m', 0, 30)}".rstrip(),
        f"# chen: {words('c', 0, 30)}".rstrip(),
        f"{words('m', 0, 30)}# both: \n{words('c', 0, 30)}".rstrip(),
        "print(6 * 7)",
    ]
    until_whole(pair, path, cells)
    pair.chen.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(3).click()
    pair.chen.keyboard.press("Control+Enter")
    for page in (pair.maria, pair.chen):
        expect(page.locator(".jp-OutputArea-output", has_text="42")).to_have_count(1)
    until(lambda: "42" in str([cell["outputs"] for cell in in_file(path)]), within=WITHIN, what="42 is in the file")


def test_a_browser_that_lost_its_connection_comes_back_with_what_both_typed(pair: Pair):
    path = pair.open("lost_line", "maria: ", "chen: ")
    go_to(pair.maria, 0)
    go_to(pair.chen, 1)
    pair.maria.keyboard.type(words("m", 0, 10))
    pair.chen.keyboard.type(words("c", 0, 10))
    until(lambda: "c9" in shown(pair.maria)[1], within=WITHIN, what="maria sees what chen typed")
    pair.line.cut()
    pair.maria.keyboard.type(words("m", 10, 20))
    pair.chen.keyboard.type(words("c", 10, 20))
    time.sleep(3)  # in which the colleague's line would have carried it many times
    assert "c10" not in shown(pair.maria)[1]
    pair.line.mend()
    cells = [f"maria: {words('m', 0, 20)}".rstrip(), f"chen: {words('c', 0, 20)}".rstrip()]
    until_whole(pair, path, cells)
    keep(pair.chen, "together-back")


def test_a_server_that_is_killed_while_both_type_loses_and_doubles_nothing(pair: Pair):
    path = pair.open("killed", "maria: ", "chen: ")
    go_to(pair.maria, 0)
    go_to(pair.chen, 1)
    for number in range(30):  # so fast that nothing is saved meanwhile
        pair.maria.keyboard.type(f"m{number} ")
        pair.chen.keyboard.type(f"c{number} ")
    behind = saved(path)
    everything = processes.of_platform(open_folder(pair.platform.data))
    (server,) = [process for process in everything if "jupyterhub.singleuser" in process.cmdline()]
    server.kill()
    cells = [f"maria: {words('m', 0, 30)}".rstrip(), f"chen: {words('c', 0, 30)}".rstrip()]
    assert behind != cells
    begin(arrived(pair.platform, "maria"))
    for page in (pair.maria, pair.chen):
        # JupyterLab says that the server is away, if it is for long enough, and that the kernel went with it.
        page.add_locator_handler(page.get_by_role("button", name="Dismiss"), lambda button: button.click())
        kernel = page.get_by_role("dialog").filter(has_text="Error Starting Kernel").get_by_role("button", name="Ok")
        page.add_locator_handler(kernel, lambda button: button.click())
    with pair.chen.context.expect_page() as opened:
        pair.chen.get_by_role("button", name="Log in").click()
    opened.value.get_by_role("button", name="Open").click()
    opened.value.locator(".jp-Launcher, .jp-NotebookPanel").first.wait_for()
    opened.value.close()
    until_whole(pair, path, cells)
    go_to(pair.maria, 0)
    pair.maria.keyboard.type("again")
    cells[0] += " again"
    until_whole(pair, path, cells)
    keep(pair.maria, "together-restarted-maria")
    keep(pair.chen, "together-restarted-chen")


def test_a_guest_s_dialog_says_whose_server_it_is(pair: Pair):
    pair.chen.get_by_role("button", name="Share", exact=True).click()
    expect(pair.chen.get_by_text("This is the server of maria, and you may enter it.")).to_be_visible()
    keep(pair.chen, "share-guest")
    pair.chen.get_by_role("button", name="Close").click()


def test_the_dialog_makes_a_link_and_takes_an_access_away(pair: Pair):
    pair.open("revoked", "1")
    pair.maria.get_by_role("button", name="Share", exact=True).click()
    dialog = pair.maria.locator(DIALOG)
    dialog.get_by_label("How long").select_option("1 week")
    dialog.get_by_role("button", name="Create link").click()
    expect(dialog.get_by_label("Link", exact=True)).to_have_value(re.compile(r"/hub/accept-share\?code="))
    expect(dialog.get_by_text("not used yet")).to_be_visible()
    keep(pair.maria, "share-link")
    dialog.get_by_label("Name of a colleague").fill("nobody")
    pair.maria.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text(re.compile("knows nobody called 'nobody'"))
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog.get_by_text("Nobody but you.")).to_be_visible()
    pair.maria.get_by_role("button", name="Close").click()
    contents = f"{pair.line.address}/user/maria/api/contents"
    until(lambda: pair.chen.request.get(contents).status == 403, within=10, what="chen is out", pause=0.2)
    keep(pair.chen, "share-revoked")


def test_the_owner_of_another_server_is_told_how_to_get_there(page: Page, platform: Up):
    log_in(page, platform, "alone")
    start_server(page, "small")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("tick “Work together”")).to_be_visible()
    keep(page, "share-alone")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Hub Control Panel").click()
    expect(opened.value.get_by_role("button", name="Stop My Server")).to_be_visible()

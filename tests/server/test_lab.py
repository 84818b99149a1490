"""A real browser shows a real JupyterLab with our extension."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import chromium_path
from tests.waiting import until, whole_json

from .jupyter import PATIENCE, Server, running

CHOICE = {"backend": "local", "profile": "small", "options": {}}
REMEMBER = f"""from comm import create_comm
comm = create_comm(target_name="hepnb")
comm.send({{"action": "remember", "choice": {CHOICE!r}}})"""


def notebook(folder: Path, name: str, *cells: str) -> Path:
    """A notebook with these cells."""
    path = folder / f"{name}.ipynb"
    code = [
        {"cell_type": "code", "execution_count": None, "id": f"c{i}", "metadata": {}, "outputs": [], "source": cell}
        for i, cell in enumerate(cells)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": code, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    return path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("lab"), app="jupyterlab") as one:
        yield one


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        one = browser.new_page(viewport={"width": 1400, "height": 900})
        one.set_default_timeout(PATIENCE * 1000)
        yield one
        browser.close()


def opened(page: Page, lab: Server, path: Path) -> str:
    """Open a notebook; returns the id of its kernel when page and kernel know each other."""
    page.goto(f"{lab.address}lab/workspaces/{path.stem}/tree/{path.name}?token={lab.token}")

    def connected() -> str | None:
        page.wait_for_timeout(100)
        kernels = [one["kernel"] for one in json.loads(lab.ask("api/sessions").text) if one["path"] == path.name]
        return next((one["id"] for one in kernels if one["connections"] and one["execution_state"] == "idle"), None)

    kernel = until(connected, what="page and kernel know each other")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    return kernel


def metadata_of(path: Path) -> dict[str, Any]:
    """What a notebook's file says of the notebook; nothing while it is being written."""
    return (whole_json(path) or {}).get("metadata", {})


def run_first_cell(page: Page) -> None:
    page.click(".jp-Notebook .jp-CodeCell .cm-content")
    page.keyboard.press("Shift+Enter")


def test_a_choice_is_remembered_in_the_file_of_the_notebook(page: Page, lab: Server, tmp_path: Path):
    path = notebook(lab.home, "remember", REMEMBER)
    opened(page, lab, path)
    run_first_cell(page)
    until(lambda: CHOICE in metadata_of(path).values(), what="the file has the choice")
    page.screenshot(path=tmp_path / "remember.png")


def test_a_cell_says_that_its_kernel_was_killed(page: Page, lab: Server, tmp_path: Path):
    path = notebook(lab.home, "killed", "import time; time.sleep(600)", "1 + 1")
    kernel = opened(page, lab, path)
    run_first_cell(page)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="busy"]')
    os.kill(lab.process(kernel), signal.SIGKILL)
    page.wait_for_selector('.jp-OutputArea :text("The kernel was killed")')
    page.wait_for_timeout(1000)
    page.screenshot(path=tmp_path / "killed.png")
    assert page.locator('.jp-toast-message:has-text("kernel")').count() == 0


def test_a_kernel_that_dies_without_a_cell_is_announced(page: Page, lab: Server, tmp_path: Path):
    path = notebook(lab.home, "idle", "1 + 1")
    kernel = opened(page, lab, path)
    os.kill(lab.process(kernel), signal.SIGKILL)
    page.wait_for_selector('.jp-toast-message:has-text("idle.ipynb: The kernel was killed from outside (signal 9)")')
    page.wait_for_timeout(1000)
    page.screenshot(path=tmp_path / "idle.png")

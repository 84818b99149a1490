"""How long the first result takes, and what ten users take: figures for docs/performance.md."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from hepnb.operations import processes
from hepnb.operations.data_folder import open_folder
from tests.hub.running import Browser, Up, up
from tests.java import USERS_HOME

FIGURES = Path(__file__).parents[2] / "build" / "platform.json"
USERS = 10
FIRST_RESULT = "print(spark.range(1_000_000).count())"


@pytest.fixture(autouse=True)
def users_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured runs on Java as users have it."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if USERS_HOME is not None:
        monkeypatch.setenv("JAVA_HOME", USERS_HOME)


def keep(**figures: Any) -> None:
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(known | figures, indent=1))


def test_the_way_from_the_login_to_the_first_result_of_spark(tmp_path: Path):
    with up(tmp_path / "data") as platform:
        steps = {}
        began = time.monotonic()
        browser = Browser(platform, "maria")
        browser.login(platform.password)
        steps["login"] = time.monotonic() - began
        browser.start("local")
        steps["server"] = time.monotonic() - began
        kernel = browser.kernel("hepnb-spark")
        steps["kernel"] = time.monotonic() - began
        assert kernel.run(FIRST_RESULT).splitlines()[-1] == "1000000"
        steps["first result"] = time.monotonic() - began
    keep(seconds_since_the_login_page={step: round(seconds, 1) for step, seconds in steps.items()})


def test_ten_users_log_in_start_servers_and_run_a_cell(tmp_path: Path):
    with up(tmp_path / "data") as platform, ThreadPoolExecutor(USERS) as users:
        began = time.monotonic()
        answers = list(users.map(lambda number: one_user(platform, f"user{number}", began), range(USERS)))
        assert [answer for answer, _ in answers] == ["42"] * USERS
        everything = processes.of_platform(open_folder(platform.data))
        hub = processes.of_hub(open_folder(platform.data))
        keep(
            ten_users={
                "seconds until each had a result": sorted(round(seconds, 1) for _, seconds in answers),
                "MB of hub and proxy": memory(hub),
                "MB of each user, server and kernel": (memory(everything) - memory(hub)) // USERS,
            }
        )


def one_user(platform: Up, name: str, began: float) -> tuple[str, float]:
    browser = Browser(platform, name)
    browser.login(platform.password)
    browser.start("small", within=180)
    kernel = browser.kernel()
    answer = kernel.run("print(6 * 7)")
    kernel.close()
    return answer, time.monotonic() - began


def memory(of: list[psutil.Process]) -> int:
    """What would be free without these processes [MB]."""
    return sum(process.memory_full_info().uss for process in of) // 1_000_000

"""What is left when the work is cut short: nothing that looks finished, and no process."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from hepnb.generators.dimuon import generate
from hepnb.writers.root import write_events
from tests.cli.running import hepnb_on_disk, sentence
from tests.cli.stopping import (
    check_interrupted,
    offspring,
    started,
    still_alive,
    wait_for,
    wait_for_offspring,
    wait_for_work,
)

LINUX_ROOT = sys.platform == "linux" and os.geteuid() == 0


BACKENDS = {
    "spark": ["--backend", "spark"],
    "process": ["--backend", "process"],
    "workers": ["--backend", "process", "--workers", "2"],
}
MOST_MEMORY = 500e6  # [B]


@pytest.fixture(scope="module")
def slow_input(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty million events, enough to be caught in the middle: one file, fifty times by other names."""
    folder = tmp_path_factory.mktemp("slow")
    write_events(folder / "00.root", generate(1_000_000, seed=3), tree="Events", compression="lz4")
    for number in range(1, 50):
        (folder / f"{number:02}.root").hardlink_to(folder / "00.root")
    return folder


def start(inputs: str | Path, output: Path, *options: str) -> subprocess.Popen[str]:
    return started("reduce", inputs, "--output", output, "--no-plot", *options)


@pytest.mark.parametrize("to_all", [True, False], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize(
    ("backend", "step"),
    [
        ("spark", "Starting Spark"),
        ("spark", "Reading and selecting events"),
        ("process", "Reading and selecting events"),
        ("workers", "Reading and selecting events"),
    ],
)
def test_an_interrupt_stops_the_work_and_leaves_nothing(
    slow_input: Path, tmp_path: Path, backend: str, step: str, to_all: bool
):
    running = start(slow_input, tmp_path / "out", *BACKENDS[backend])
    wait_for(running, step)
    if backend != "process":
        wait_for_offspring(running)
    wait_for_work(running)
    # It was in the middle: the next step had not begun.
    check_interrupted(running, to_all=to_all, folder=tmp_path)


@pytest.mark.parametrize("backend", ["spark", "workers"])
def test_a_killed_command_leaves_no_process_and_no_result(slow_input: Path, tmp_path: Path, backend: str):
    running = start(slow_input, tmp_path / "out", *BACKENDS[backend])
    wait_for(running, "Reading and selecting events")
    wait_for_offspring(running)
    wait_for_work(running)
    processes = offspring(running)
    running.kill()
    running.communicate(timeout=60)
    assert still_alive(processes, within=20) == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("backend", BACKENDS)
def test_thirty_million_events_leave_workers_below_500_mb(slow_input: Path, tmp_path: Path, backend: str):
    running = start(f"{slow_input}/[0-2]?.root", tmp_path / "out", *BACKENDS[backend])
    largest = 0
    while running.poll() is None:
        largest = max([largest, *memory_of_workers(running, backend)])
        time.sleep(0.1)  # between two samples
    _, errors = running.communicate()
    assert running.returncode == 0, errors
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["events"] == 30_000_000
    assert 50e6 < largest <= MOST_MEMORY


def memory_of_workers(running: subprocess.Popen[str], backend: str) -> list[int]:
    """Resident sizes [B] of the processes that read events."""
    name = {"spark": "hepnb.spark.fork_server", "workers": "multiprocessing.spawn", "process": "hepnb.cli"}[backend]
    sizes = []
    with suppress(psutil.Error):  # it ended meanwhile
        for process in [psutil.Process(running.pid), *offspring(running)]:
            with suppress(psutil.Error):
                if name in " ".join(process.cmdline()):
                    sizes.append(process.memory_info().rss)
    return sizes


@pytest.mark.skipif(not LINUX_ROOT or shutil.which("unshare") is None, reason="needs root to mount a small disk")
@pytest.mark.parametrize(
    ("options", "expected"), [("size=300k", "disk is full"), ("size=9m,ro", "read-only")], ids=["full", "read-only"]
)
def test_a_full_or_read_only_disk_is_said_in_one_sentence(generated: Path, tmp_path: Path, options: str, expected: str):
    disk = tmp_path / "disk"
    disk.mkdir()
    result = hepnb_on_disk(disk, options, "reduce", generated, "--output", disk / "out", "--no-plot")
    assert result.returncode == 1, result.stderr
    assert expected in sentence(result)
    assert result.stdout == ""

"""Do pieces of work run once each, and does nothing outlive them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psutil
import pytest

from hepnb.errors import InputError, MissingNameError, SessionError
from hepnb.runners.local import InProcess, Processes
from hepnb.runners.runner import Runner, Silent
from tests.runners.work import meet
from tests.waiting import until

ROOT = Path(__file__).parents[2]


def slow_first(item: int) -> int:
    time.sleep(0.3 if item == 0 else 0)
    return 10 * item


def fail_at(item: int, *, bad: int) -> int:
    if item == bad:
        raise MissingNameError(f"There is no {item}.")
    return item


def die_at(item: int, *, bad: int) -> int:
    if item == bad:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)
    return item


def workers(of: int | None = None) -> list[psutil.Process]:
    """Worker processes of a process, by default of this one."""
    found = []
    for child in psutil.Process(of).children(recursive=True):
        with suppress(psutil.Error):  # it ended meanwhile
            if "multiprocessing.spawn" in " ".join(child.cmdline()):
                found.append(child)
    return found


@pytest.fixture(params=[InProcess(), Processes(2)], ids=["in process", "processes"])
def runner(request: pytest.FixtureRequest) -> Runner:
    return request.param


def test_answers_come_in_the_order_of_the_items(runner: Runner):
    assert runner.map(slow_first, range(6), progress=Silent()) == [0, 10, 20, 30, 40, 50]
    assert workers() == []


def test_nothing_to_do_gives_no_answers(runner: Runner):
    assert runner.map(slow_first, [], progress=Silent()) == []


def test_progress_is_told_from_the_first_to_the_last(runner: Runner):
    progress = Mock()
    runner.map(slow_first, [1, 2, 3], progress=progress)
    assert [call.args for call in progress.tasks.call_args_list] == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_an_error_of_the_work_travels_as_itself(runner: Runner):
    with pytest.raises(MissingNameError, match=r"^There is no 2\.$"):
        runner.map(partial(fail_at, bad=2), range(4), progress=Silent())
    assert workers() == []


def test_in_process_is_this_process_and_processes_are_others(tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    assert InProcess().map(partial(meet, others=0, folder=here), range(2), progress=Silent()) == [os.getpid()] * 2
    others = Processes(2).map(partial(meet, others=1, folder=there), range(8), progress=Silent())
    assert len(set(others) - {os.getpid()}) == 2


def test_a_killed_worker_is_said_in_one_sentence_and_takes_the_others_along():
    with pytest.raises(SessionError, match=r"^A worker process was killed, most likely for its memory: .*--workers"):
        Processes(2).map(partial(die_at, bad=3), range(20), progress=Silent())
    assert workers() == []


@pytest.mark.parametrize("number", [0, -1])
def test_fewer_than_one_worker_is_refused(number: int):
    with pytest.raises(InputError, match=f"must be at least 1, got {number}"):
        Processes(number)


SCRIPT = """
import sys
from hepnb.runners.local import Processes
from hepnb.runners.runner import Silent
from tests.runners.work import sleep_in
try:
    Processes(2).map(sleep_in, sys.argv[1:] * 4, progress=Silent())
except KeyboardInterrupt:
    print("interrupted")
"""


def running_workers(folder: Path, *, at_work: bool) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A program with two workers that sleep, or that have just been started, and its processes."""
    command: Any = [sys.executable, "-c", SCRIPT, str(folder)]
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=ROOT
    )
    until(lambda: len(workers(program.pid)) == 2, what="two workers", pause=0.01)
    if at_work:
        until(lambda: len(list(folder.iterdir())) == 2, what="two workers that sleep")
    return program, psutil.Process(program.pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=5)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("at_work", [False, True], ids=["at the start", "at work"])
@pytest.mark.parametrize("to_all", [True, False], ids=["all", "parent"])
def test_an_interrupt_ends_workers_at_once_and_without_a_word(at_work: bool, to_all: bool, tmp_path: Path):
    program, processes = running_workers(tmp_path, at_work=at_work)
    (os.killpg if to_all else os.kill)(program.pid, signal.SIGINT)
    assert program.communicate(timeout=10) == ("interrupted\n", "")
    assert gone(processes)


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path):
    program, processes = running_workers(tmp_path, at_work=True)
    program.kill()
    program.communicate(timeout=10)
    assert gone(processes)

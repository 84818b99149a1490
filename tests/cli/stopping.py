"""The command while it runs: waiting for a step of it, stopping it, and what is left of its processes."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.cli.running import COMMAND, left_behind
from tests.waiting import until

INTERRUPTED = ["hepnb: interrupted; nothing was left half-written."]


def started(*arguments: object) -> subprocess.Popen[str]:
    """``hepnb`` in a group of processes of its own, as a shell starts it."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for(running: subprocess.Popen[str], step: str) -> None:
    assert running.stderr is not None
    for line in running.stderr:
        if step in line:
            return
    pytest.fail(f"the command ended before it came to '{step}'")


def wait_for_offspring(running: subprocess.Popen[str]) -> None:
    until(lambda: offspring(running), what="a process of the command")


def wait_for_work(running: subprocess.Popen[str], *, seconds: float = 1.0) -> None:
    """Until it and its processes have used so much time of the processor, which is the same on a busy machine."""
    used = processor_time(running)
    until(lambda: processor_time(running) >= used + seconds, what=f"{seconds:g} s of work")


def processor_time(running: subprocess.Popen[str]) -> float:
    """What a command and its processes have used [s]."""
    used = 0.0
    for process in [psutil.Process(running.pid), *offspring(running)]:
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            times = process.cpu_times()
            used += times.user + times.system
    return used


def interrupt(running: subprocess.Popen[str], *, to_all: bool) -> None:
    """As a terminal does, which sends Ctrl-C to the whole group, or as a service manager does: SIGTERM to one."""
    if to_all:
        os.killpg(running.pid, signal.SIGINT)
    else:
        running.terminate()


def check_interrupted(running: subprocess.Popen[str], *, to_all: bool, folder: Path) -> None:
    """Interrupt it; it says so and nothing else, and leaves no process and nothing in the folder."""
    processes = offspring(running)
    interrupt(running, to_all=to_all)
    _, rest = running.communicate(timeout=60)
    assert (running.returncode, rest.strip().splitlines()) == (130, INTERRUPTED)
    assert still_alive(processes, within=5) == []
    assert left_behind(folder) == []


def offspring(running: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(running.pid).children(recursive=True)


def still_alive(processes: list[psutil.Process], *, within: float) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=within)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]

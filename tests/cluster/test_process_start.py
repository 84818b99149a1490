import os
import subprocess
import sys
import time

import psutil
import pytest

from hepnb.cluster.process_start import began


def test_a_process_began_when_it_was_started_whatever_its_program_is_called(tmp_path):
    program = tmp_path / "a) R 1 (b"
    program.symlink_to("/bin/sleep")
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    with subprocess.Popen([program, "60"]) as process:
        after = time.clock_gettime(time.CLOCK_BOOTTIME)
        assert before - 0.02 <= began(process.pid) <= after + 0.02
        process.kill()


def test_a_step_of_the_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    start, of_psutil = began(os.getpid()), psutil.Process().create_time()
    known = psutil.boot_time()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: known + 3600)
    assert psutil.Process(os.getpid()).create_time() - of_psutil > 3500  # what it would be by psutil
    assert began(os.getpid()) == start


def test_a_process_that_is_gone_is_said():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(ProcessLookupError):
        began(process.pid)

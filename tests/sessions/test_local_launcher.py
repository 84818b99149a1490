import subprocess
from pathlib import Path

import psutil
import pytest

from hepnb.cluster.process_start import began
from hepnb.cluster.site import DataFolder
from hepnb.sessions.local_launcher import LocalLauncher


def test_a_session_lives_on_when_the_clock_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    launcher = LocalLauncher(data=DataFolder(tmp_path))
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        started = {"folder": str(tmp_path), "process": process.pid, "began": began(process.pid)}
        assert launcher.alive(started)
        assert not launcher.alive(started | {"began": began(process.pid) - 0.01})
        known = psutil.boot_time()
        monkeypatch.setattr("psutil._pslinux.boot_time", lambda: known + 3600)
        assert launcher.alive(started)
        process.kill()
        process.wait()
        assert not launcher.alive(started)

"""The reference notebook of remote sessions, with the service beside it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.kernels import LIBRARY, kernelspecs
from tests.sessions.serving import service

ROOT = Path(__file__).parents[2]


def test_the_reference_notebook_gives_what_it_shows(tmp_path: Path):
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-sanitize-with=tests/notebooks.cfg", "-q"]
    with service(tmp_path / "data") as running:
        variables = {
            "HEPNB_SESSIONS": running.address,
            "JUPYTERHUB_API_TOKEN": "reader",
            "HEPNB_PROFILE": "small",
            "JUPYTER_PATH": str(kernelspecs(tmp_path)),
            "PYTHONPATH": str(LIBRARY),
        }
        result = subprocess.run(
            [*command, "-o", "addopts=", "-p", "no:cacheprovider", "notebooks/04_remote_session.ipynb"],
            cwd=ROOT,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout
        assert "10 passed" in result.stdout
        assert running.sessions.of("reader") == []

"""The command as a user runs it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

COMMAND = [sys.executable, "-c", "from hepnb.cli import main; main()"]


def hepnb(*arguments: object, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``hepnb`` to its end."""
    command = [*COMMAND, *(str(argument) for argument in arguments)]
    variables = os.environ | (environment or {})
    return subprocess.run(command, capture_output=True, text=True, env=variables, timeout=240, check=False)


def sentence(result: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failing command leaves on stderr, behind the steps it had begun."""
    assert "Traceback" not in result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("hepnb: ")]
    return line.removeprefix("hepnb: ")


def left_behind(folder: Path) -> list[str]:
    """Everything in a folder, hidden things too."""
    return sorted(path.name for path in folder.iterdir())

"""Programs that stand in for others, and how to run one."""

import stat
import subprocess
from pathlib import Path


def program(folder: Path, name: str, script: str) -> Path:
    """An executable file of /bin/sh."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def run(*command: object, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], env=variables, capture_output=True, text=True, check=False, timeout=60
    )

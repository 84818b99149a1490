"""Is what an image holds what the locks beside this file say?

Notebooks and executors are made at different times, and must have the same packages: each is compared with the lock.
"""

import re
import sys
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

_OF_VENV = {"pip", "setuptools", "wheel"}


def pins(lock: str) -> dict[str, set[str]]:
    """Which versions a lock has of each package; several where they depend on the machine."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE):
        found.setdefault(_normal(name), set()).add(version)
    return found


def faults(installed: Mapping[str, str], locked: Mapping[str, set[str]]) -> list[str]:
    """What of the installed packages is not as locked, a sentence each."""
    found = []
    for name, version in sorted(installed.items()):
        if name == "hepnb" or (name in _OF_VENV and name not in locked):
            continue
        if name not in locked:
            found.append(f"{name} {version} is installed, but requirements.lock does not have it")
        elif version not in locked[name] and name not in _OF_VENV:
            has = " or ".join(sorted(locked[name]))
            found.append(f"{name} {version} is installed, but requirements.lock has {has}")
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    locks = "\n".join(path.read_text() for path in sorted(Path(__file__).parent.glob("*.lock")))
    packages = {_normal(one.metadata["Name"]): one.version for one in distributions()}
    if wrong := faults(packages, pins(locks)):
        sys.exit("check: " + "; ".join(wrong) + ".")

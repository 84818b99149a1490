"""How does the hub's pod become JupyterHub?"""

import os
import sys
from pathlib import Path

from hepnb.cluster.hub_pod import this_pod


def main(arguments: list[str]) -> None:
    """Replace this process by JupyterHub.

    Args:
        arguments: more of JupyterHub's.
    """
    config = Path(__file__).with_name("kubernetes_config.py")
    # JupyterHub writes files of its own where it runs.
    os.chdir(this_pod().state)
    command = [sys.executable, "-m", "jupyterhub", "-f", str(config), *arguments]
    os.execv(sys.executable, command)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])

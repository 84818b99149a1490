"""How does the hub's pod become JupyterHub?"""

import os
import sys
import tempfile
from pathlib import Path

from hepnb.cluster.certificates import trusting
from hepnb.cluster.environment import export
from hepnb.cluster.hub_pod import this_pod
from hepnb.errors import HepnbError
from hepnb_hub.deployment import load_deployment


def main(arguments: list[str]) -> None:
    """Replace this process by JupyterHub.

    Args:
        arguments: more of JupyterHub's.
    """
    config = Path(__file__).with_name("kubernetes_config.py")
    _trust_the_site()
    # JupyterHub writes files of its own where it runs.
    os.chdir(this_pod().state)
    command = [sys.executable, "-m", "hepnb_hub", "-f", str(config), *arguments]
    os.execv(sys.executable, command)  # noqa: S606  # no shell is wanted


def _trust_the_site() -> None:
    """Let the hub trust the site's authorities, too: the provider of its logins may have its certificate from them."""
    try:
        text = load_deployment(this_pod().deployment).certificates
        if text:
            export(trusting(text, Path(tempfile.mkdtemp(prefix="hepnb-certificates-"))))
    except HepnbError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])

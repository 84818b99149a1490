"""Which shell does a terminal of the notebook server run?"""

import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jupyter_server.serverapp import ServerApp

from hepnb.cluster.environment import environment

_COMMAND: Final = "shell_command"
_NONE: Final = ("false", "nologin")
"""Names of shells that let nobody in."""


def prepare(app: ServerApp) -> None:
    """Before extensions load: an interactive shell, unless the site has chosen one.

    Jupyter's own is a login shell, which sets PATH anew: ``hepnb`` and ``python`` would not be those of the notebooks.

    Args:
        app: the server.
    """
    settings = app.terminado_settings
    if _COMMAND not in settings:
        app.terminado_settings = settings | {_COMMAND: [shell(environment(), pwd.getpwuid(os.getuid()).pw_shell)]}


def shell(variables: Mapping[str, str], of_account: str) -> str:
    """The user's shell: the one that the environment names, else the account's, else bash.

    Args:
        variables: of this process.
        of_account: what the system has for the account.
    """
    known = (variables.get("SHELL", ""), of_account)
    usable = (path for path in known if os.access(path, os.X_OK) and Path(path).name not in _NONE)
    return next(usable, None) or shutil.which("bash") or "sh"

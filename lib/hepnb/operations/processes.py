"""Which processes belong to a platform, and how do they end?"""

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import psutil

from hepnb.cluster.names import PLATFORM
from hepnb.cluster.site import DataFolder

_USER: Final = "JUPYTERHUB_USER"
"""Variable: the name of a notebook server's user; JupyterHub leaves it empty for services."""


def of_platform(folder: DataFolder) -> list[psutil.Process]:
    """Every process of a platform but this one and those that it descends from."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in own and _belongs(process, folder)]


def of_hub(folder: DataFolder) -> list[psutil.Process]:
    """The hub, its proxy and its services, without notebook servers and what they started."""
    return [process for process in of_platform(folder) if not _environment(process).get(_USER)]


def end(processes: Sequence[psutil.Process], *, patience: float) -> None:
    """Ask processes to end, and end those that do not.

    Args:
        processes: of the platform.
        patience: how long they may take [s].
    """
    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=patience)
    kill(stubborn)


def kill(processes: Sequence[psutil.Process]) -> None:
    """End processes at once."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=5)


def _belongs(process: psutil.Process, folder: DataFolder) -> bool:
    return _environment(process).get(PLATFORM) == str(folder.path)


def _environment(process: psutil.Process) -> dict[str, str]:
    with suppress(psutil.Error, OSError):
        return process.as_dict(["environ"])["environ"] or {}
    return {}

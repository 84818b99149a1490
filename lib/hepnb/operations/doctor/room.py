"""Are there disk and memory enough?"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from hepnb.cluster.profiles import load_profiles
from hepnb.cluster.site import DataFolder
from hepnb.errors import HepnbError, missing_package
from hepnb.operations.doctor.findings import Finding, doubtful, failing, told, well

LEAST_DISK: Final = 500 << 20  # [B] a hub, its logs, and a notebook
WISHED_DISK: Final = 5 << 30  # [B] some gigabytes of events beside them


def disk(path: Path, name: str, *, option: str) -> Finding:
    """Can one write to a folder, or make it, and is there room on its disk?

    Args:
        path: of the folder.
        name: what it is for.
        option: how to choose another.
    """
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    fix = f"Choose another folder with {option}."
    try:
        with tempfile.TemporaryFile(dir=existing):
            free = shutil.disk_usage(existing).free
    except OSError as error:
        return failing(name, f"{path} cannot be written: {error.strerror}", fix)
    found = f"{_size(free)} free in {path}"
    fix = f"Free some space, or choose a folder on another disk with {option}."
    if free < LEAST_DISK:
        return failing(name, f"{found}, less than the {_size(LEAST_DISK)} that the platform needs", fix)
    if free < WISHED_DISK:
        return doubtful(name, f"{found}, which many events would fill", fix)
    return well(name, found)


def memory(folder: DataFolder) -> Finding:
    """Is there memory for the smallest profile?

    Args:
        folder: of the data, where the site's profiles are.
    """
    try:
        import psutil  # a package of the platform: the core of hepnb does without

        profiles = load_profiles(folder.profiles if folder.profiles.exists() else None)
    except ModuleNotFoundError as error:
        return told("memory", missing_package(error))
    except HepnbError:
        return doubtful("memory", "no profile says how much is needed", "Mend the profiles first.")
    cores = os.cpu_count() or 1
    smallest = min(profiles.values(), key=lambda profile: profile.memory_of(cores))
    needed, machine = smallest.memory_of(cores), psutil.virtual_memory()
    wants = f"the smallest profile, {smallest.name}, takes up to {_size(needed)}"
    if machine.total < needed:
        fix = f"Write a smaller profile into {folder.profiles}."
        return failing("memory", f"this machine has {_size(machine.total)}; {wants}", fix)
    if machine.available < needed:
        found = f"{_size(machine.available)} of {_size(machine.total)} are free; {wants}"
        return doubtful("memory", found, "Close other programs.")
    return well("memory", f"{_size(machine.available)} of {_size(machine.total)} are free")


def _size(size: float) -> str:
    return f"{size / (1 << 30):.1f} GB"

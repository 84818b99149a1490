"""Are the platform's data in order?"""

import stat
from shlex import quote

from hepnb.cluster.profiles import load_profiles
from hepnb.cluster.site import DataFolder
from hepnb.errors import HepnbError
from hepnb.operations import database
from hepnb.operations.data_folder import check_origin, holder
from hepnb.operations.doctor.findings import Finding, failing, told, well


def origin(folder: DataFolder) -> Finding:
    """Is the folder ours, and of this version?"""
    if not folder.path.exists():
        return well("data", f"{folder.path} will be made at the first start")
    if not folder.path.is_dir():
        return failing("data", f"{folder.path} is a file", "Choose another folder with --data.")
    try:
        check_origin(folder)
    except HepnbError as error:
        return told("data", error)
    except OSError as error:
        return failing("data", f"{error.filename} cannot be read: {error.strerror}", f"ls -l {quote(str(folder.path))}")
    running = holder(folder)
    return well("data", f"{folder.path}" + (f"; the platform runs: {running}" if running else ""))


def secrets(folder: DataFolder) -> Finding:
    """Are the secrets there, and can nobody else read them?"""
    if not folder.secrets.is_dir():
        return well("secrets", "will be made at the first start")
    paths = [folder.secrets, *sorted(folder.secrets.iterdir())]
    for path in paths:
        state = path.stat()
        if stat.S_IMODE(state.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            found = f"others may read {path}: its mode is {stat.S_IMODE(state.st_mode):04o}"
            return failing("secrets", found, f"chmod -R go= {quote(str(folder.secrets))}")
        if path.is_file() and not state.st_size:
            return failing("secrets", f"{path} is empty", f"rm {quote(str(path))}")
    return well("secrets", "nobody else may read them")


def hub_database(folder: DataFolder) -> Finding:
    """Is the hub's database whole?"""
    try:
        database.check(folder)
    except HepnbError as error:
        return told("database", error)
    return well("database", "whole" if folder.database.exists() else "will be made at the first start")


def profiles(folder: DataFolder) -> Finding:
    """Can the profiles be read?"""
    file = folder.profiles if folder.profiles.exists() else None
    try:
        names = load_profiles(file)
    except HepnbError as error:
        return told("profiles", error, fix="Mend the file, or remove it to have the usual profiles.")
    return well("profiles", ", ".join(names))

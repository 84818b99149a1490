"""How does a user's notebook server start where all users share one account of the machine?"""

import asyncio
import os
import sys
import time
from html import escape
from pathlib import Path
from subprocess import STDOUT
from typing import Any, Final

from jupyterhub.spawner import LocalProcessSpawner
from tornado.web import HTTPError
from traitlets import Float, Unicode

from hepnb.cluster.site import PRIVATE_FOLDER
from hepnb.cluster.slugs import slug
from hepnb_hub.listening import listens

_LINES: Final = 15  # of a log that are shown
_FEW_LINES: Final = 3  # where there is no room for more
_TAIL: Final = 1 << 14  # [B]
_PAUSE: Final = 0.1  # [s]


class StartError(HTTPError):
    """A notebook server that does not start; as an error of HTTP, because the hub hides what others say."""

    def __init__(self, sentence: str, log: Path) -> None:
        """Say what happened, with the last lines of the server's log."""
        lines = _last_lines(log)
        self.jupyterhub_message = f"{sentence} The last lines of its log: {' | '.join(lines[-_FEW_LINES:]) or 'none'}"
        super().__init__(500, "%s", self.jupyterhub_message)
        self.jupyterhub_html_message = (
            f"<p>{escape(sentence)} The last lines of its log:</p>"
            f'<pre class="text-start">{escape(chr(10).join(lines) or "(nothing)")}</pre>'
        )


class OneAccountSpawner(LocalProcessSpawner):  # type: ignore[misc]  # JupyterHub has no types
    """Servers run as whoever runs the hub, each in a home of its own below the platform's data."""

    homes = Unicode(help="Folder of the homes.").tag(config=True)
    logs = Unicode(help="Folder of the servers' logs.").tag(config=True)
    patience = Float(50, help="Seconds until a server must listen.").tag(config=True)

    @property
    def home(self) -> Path:
        """The user's folder."""
        return Path(self.homes) / slug(self.user.name)

    @property
    def log_file(self) -> Path:
        """What the server says; of its last start."""
        server = f"-{slug(self.name)}" if self.name else ""
        return Path(self.logs) / f"{slug(self.user.name)}{server}.log"

    def make_preexec_fn(self, name: str) -> None:
        """Nothing to change before the server starts: neither account nor folder."""

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """The variables of a user with that home, and with the commands of the platform's packages."""
        return env | {"HOME": str(self.home), "USER": self.user.name, "PATH": _with_packages(env.get("PATH", ""))}

    async def start(self) -> tuple[str, int]:
        """Start the server, and wait until it listens.

        Raises:
            StartError: it ends, or does not listen in time.
        """
        for folder in (self.home.parent, self.home, self.log_file.parent):
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.log_file.touch(mode=0o600)
        with self.log_file.open("w") as log:
            self.popen_kwargs = {"stdout": log, "stderr": STDOUT, "cwd": self.home}
            ip, port = await super().start()
        await self._until_it_listens(ip, port)
        return ip, port

    def move_certs(self, paths: Any) -> Any:
        """Everything belongs to one account."""
        return paths

    async def _until_it_listens(self, ip: str, port: int) -> None:
        deadline = time.monotonic() + self.patience
        while not await listens(ip, port):
            if (code := await self.poll()) is not None:
                raise StartError(f"The notebook server ended with code {code} before it listened.", self.log_file)
            if time.monotonic() > deadline:
                await self.stop(now=True)
                raise StartError(f"The notebook server did not listen within {self.patience:g} s.", self.log_file)
            await asyncio.sleep(_PAUSE)


def _with_packages(path: str) -> str:
    commands, first = str(Path(sys.executable).parent), path.partition(os.pathsep)[0]
    return path if first == commands else os.pathsep.join(filter(None, (commands, path)))


def _last_lines(log: Path) -> list[str]:
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - _TAIL, 0))
        return file.read().decode(errors="replace").splitlines()[-_LINES:]

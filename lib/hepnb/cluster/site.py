"""What must the platform on one machine and its hub agree on: where data are, and how the hub was started?"""

import ipaddress
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700


@dataclass(frozen=True)
class DataFolder:
    """Where everything is that survives a restart.

    Attributes:
        path: of the folder.
    """

    path: Path

    @property
    def marker(self) -> Path:
        """Which version of the layout this is."""
        return self.path / "hepnb.json"

    @property
    def lock(self) -> Path:
        """Held by the one platform that runs on these data."""
        return self.path / "lock"

    @property
    def hub(self) -> Path:
        """What the hub writes for itself."""
        return self.path / "hub"

    @property
    def database(self) -> Path:
        """The hub's users, tokens and servers."""
        return self.hub / "jupyterhub.sqlite"

    @property
    def settings(self) -> Path:
        """How the hub was started."""
        return self.hub / "settings.json"

    @property
    def proxy_pid(self) -> Path:
        """Which process the proxy is."""
        return self.hub / "proxy.pid"

    @property
    def secrets(self) -> Path:
        """Files that nobody else may read."""
        return self.path / "secrets"

    @property
    def cookie_secret(self) -> Path:
        """Signs the hub's cookies."""
        return self.secrets / "cookie"

    @property
    def proxy_token(self) -> Path:
        """Lets the hub change the proxy's routes."""
        return self.secrets / "proxy"

    @property
    def password(self) -> Path:
        """Lets users in, on the loopback address."""
        return self.secrets / "password"

    @property
    def operator_token(self) -> Path:
        """Lets the operator's commands speak to the hub."""
        return self.secrets / "operator"

    @property
    def profiles(self) -> Path:
        """The site's own profiles, where it has some."""
        return self.path / "profiles.toml"

    @property
    def homes(self) -> Path:
        """A folder for each user."""
        return self.path / "homes"

    @property
    def sessions(self) -> Path:
        """A folder for each remote Spark session, by owner."""
        return self.path / "sessions"

    @property
    def documents(self) -> Path:
        """A folder for each server that several people work in: the histories of what they edit."""
        return self.path / "documents"

    @property
    def logs(self) -> Path:
        """What the hub, the proxy and the notebook servers say."""
        return self.path / "logs"

    @property
    def hub_log(self) -> Path:
        """What the hub, the proxy and the services say."""
        return self.logs / "hub.log"

    @property
    def backups(self) -> Path:
        """Copies of the database, one for each start."""
        return self.path / "backups"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the hub was started.

    Attributes:
        host: address that the proxy listens on.
        port: of it.
        hub_port: of the hub itself, on loopback.
        proxy_port: of the proxy's own interface, on loopback.
        sessions_port: of the service of remote Spark sessions, on loopback.
        config: the site's configuration file; ``None`` for none.
        version: of hepnb.
    """

    host: str
    port: int
    hub_port: int
    proxy_port: int
    sessions_port: int
    config: str | None
    version: str

    @property
    def address(self) -> str:
        """Where the browser goes."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def save(self, folder: DataFolder) -> None:
        """Write them down for the hub."""
        write_private(folder.settings, json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, folder: DataFolder) -> Self:
        """What was written down."""
        return cls(**json.loads(folder.settings.read_text(encoding="utf-8")))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name; one such as 127.example.org may be anywhere
        return host.lower() == "localhost"


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    unfinished = path.with_name(path.name + ".part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        # One that an earlier attempt left keeps its mode.
        os.fchmod(descriptor, PRIVATE_FILE)
        file.write(text)
    unfinished.replace(path)

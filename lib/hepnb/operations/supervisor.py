"""How does the platform start, go on when its hub is killed, and stop?"""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from hepnb import __version__
from hepnb.cluster.environment import environment
from hepnb.cluster.names import PLATFORM
from hepnb.cluster.ports import free_port
from hepnb.cluster.site import PRIVATE_FILE, DataFolder, Settings
from hepnb.errors import MissingPackageError, SessionError
from hepnb.operations import processes
from hepnb.operations.ports import require_free

_STARTING: Final = 60.0  # [s]
_STOPPING: Final = 30.0  # [s]
_PAUSE: Final = 0.2  # [s]
_RESTARTS: Final = 3
_TRIES: Final = 3
_MINUTE: Final = 60.0  # [s]
_LONG_LOG: Final = 10 << 20  # [B]; the one before is kept


class Platform:
    """The hub of one machine, with its proxy and its servers."""

    def __init__(self, folder: DataFolder, settings: Settings) -> None:
        """Start nothing yet."""
        self._folder, self._settings = folder, settings
        self._hub: subprocess.Popen[bytes] | None = None
        self._deaths: deque[float] = deque(maxlen=_RESTARTS)

    def start(self) -> None:
        """Start the hub, and wait until it answers. Notebook servers that run already go on.

        Raises:
            SessionError: it does not start; the last lines of its log are in the sentence.
            InputError: something else listens where it should.
        """
        for _ in range(_TRIES):
            self._launch()
            if self._comes_up():
                return
            require_free(self._settings.host, self._settings.port)
            there = with_free_ports(self._settings)
            if there == self._settings:
                break
            # Somebody took a port after it was found free.
            self._settings = there
        raise SessionError(f"The hub does not start; its last words: {self._last_words()}")

    def _launch(self) -> None:
        # What a killed hub left; its servers are not among them.
        processes.kill(processes.of_hub(self._folder))
        self._settings.save(self._folder)
        log = self._folder.hub_log
        if log.exists() and log.stat().st_size > _LONG_LOG:
            log.replace(log.with_suffix(".old.log"))
        log.touch(mode=PRIVATE_FILE)
        command = [sys.executable, "-m", "hepnb_hub", "--config", str(_hub_config())]
        with log.open("ab") as output:
            self._hub = subprocess.Popen(
                command,
                cwd=self._folder.hub,
                env={**environment(), PLATFORM: str(self._folder.path)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the supervisor, which asks the hub to stop
            )

    def _comes_up(self) -> bool:
        """Whether it answers; if not, it has ended."""
        assert self._hub is not None  # noqa: S101  # it is started
        deadline = time.monotonic() + _STARTING
        while not self._answers():
            if self._hub.poll() is not None:
                processes.kill(processes.of_hub(self._folder))
                return False
            if time.monotonic() > deadline:
                raise SessionError(f"The hub does not answer within {_STARTING:g} s; see {self._folder.hub_log}.")
            time.sleep(_PAUSE)
        return True

    def run(self) -> None:
        """Go on for ever; a hub that ends is started again.

        Raises:
            SessionError: it ends too often.
        """
        assert self._hub is not None  # noqa: S101  # it is started
        while True:
            code = self._hub.wait()
            if len(self._deaths) == _RESTARTS and time.monotonic() - self._deaths[0] < _MINUTE:
                raise SessionError(
                    f"The hub ended {_RESTARTS + 1} times in a minute, at last with code {code}; its last words: "
                    f"{self._last_words()}"
                )
            self._deaths.append(time.monotonic())
            self.start()

    def stop(self) -> None:
        """Stop the hub, and with it every notebook; leave no process."""
        if self._hub is not None and self._hub.poll() is None:
            self._hub.terminate()
            try:
                self._hub.wait(_STOPPING)
            except subprocess.TimeoutExpired:
                self._hub.kill()
                self._hub.wait()
        processes.end(processes.of_platform(self._folder), patience=5)

    def _answers(self) -> bool:
        """Whether the hub can be reached, and then whether it can through its proxy."""
        host = self._settings.host
        reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  # nothing is bound here
        return _healthy(f"http://127.0.0.1:{self._settings.hub_port}") and _healthy(
            f"http://{reachable}:{self._settings.port}"
        )

    def _last_words(self) -> str:
        lines = self._folder.hub_log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = [line.strip() for line in lines if line.strip()]
        return f"{said[-1].rstrip('.') if said else 'none'}. All of them are in {self._folder.hub_log}."


def settings_for(folder: DataFolder, *, host: str, port: int, config: Path | None) -> Settings:
    """How to start the hub: inner ports as the last time, because notebook servers that still run know them.

    Raises:
        InputError: the port cannot be had.
    """
    processes.kill(processes.of_hub(folder))
    require_free(host, port)
    before = Settings.load(folder) if folder.settings.exists() else None
    asked = Settings(
        host=host,
        port=port,
        hub_port=before.hub_port if before else free_port(),
        proxy_port=before.proxy_port if before else free_port(),
        sessions_port=before.sessions_port if before else free_port(),
        config=None if config is None else str(config.absolute()),
        version=__version__,
    )
    return with_free_ports(asked)


def with_free_ports(settings: Settings) -> Settings:
    """The same settings, with other inner ports in the place of those that somebody listens on."""
    return replace(
        settings,
        hub_port=free_port(settings.hub_port),
        proxy_port=free_port(settings.proxy_port),
        sessions_port=free_port(settings.sessions_port),
    )


def _healthy(address: str) -> bool:
    # No proxy of the site stands between this machine and itself.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{address}/hub/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _hub_config() -> Path:
    missing = [package for package in ("jupyterhub", "hepnb_hub") if not find_spec(package)]
    if missing:
        raise MissingPackageError(f"The package '{missing[0]}' is missing; install it with: pip install 'hepnb[hub]'")
    found = find_spec("hepnb_hub")
    assert found is not None and found.origin is not None  # noqa: PT018, S101  # it was found above
    return Path(found.origin).with_name("jupyterhub_config.py")

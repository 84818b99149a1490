"""The platform as an operator starts it, and its users as their browsers speak to it."""

import json
import os
import re
import signal
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import requests
import websocket

from hepnb.cluster.ports import free_port
from tests.cli.running import COMMAND
from tests.waiting import until

_LOG_LINES = 60


class Up:
    """``hepnb up`` in a process of its own."""

    def __init__(self, data: Path, *options: object, environment: Mapping[str, str] | None = None) -> None:
        """Start it."""
        self.data = data
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [*COMMAND, "up", "--data", str(data), "--port", str(self.port), *map(str, options)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | (environment or {}),
        )
        self.greeting = ""

    def wait(self) -> None:
        """Until it has said everything."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.greeting += line
            if line.startswith("Ctrl-C"):
                return
        _, errors = self.process.communicate()
        log = self.data / "logs" / "hub.log"
        lines = log.read_text().splitlines()[-_LOG_LINES:] if log.exists() else []
        raise AssertionError("\n".join([f"hepnb up did not start: {errors}", *lines]))

    @property
    def password(self) -> str:
        """As it was printed."""
        found = re.search(r"password +(\S+)", self.greeting)
        assert found is not None
        return found[1]

    def stop(self) -> tuple[int, str]:
        """Ctrl-C; the code of the exit, and what it said then."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=90)
        return self.process.returncode, rest


@contextmanager
def up(data: Path, *options: object, environment: Mapping[str, str] | None = None) -> Iterator[Up]:
    running = Up(data, *options, environment=environment)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


def most_memory(pid: int) -> int:
    """The most that a process has had at a time [B]."""
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, flags=re.MULTILINE)
    return int(kilobytes) << 10


class Reachable(Protocol):
    """A platform that somebody started somewhere."""

    address: str


class Browser:
    """A user's session, without the pictures."""

    def __init__(self, platform: Reachable, name: str) -> None:
        """Go nowhere yet."""
        self.address, self.name = platform.address, name
        self.session = requests.Session()
        self.session.trust_env = False
        self.server = f"{self.address}/user/{quote(name, safe='@~')}"

    def login(self, password: str) -> requests.Response:
        """Send the form of the login."""
        page = self.session.get(f"{self.address}/hub/login", timeout=30)
        fields = {"username": self.name, "password": password, "_xsrf": self._xsrf("/hub/")}
        assert page.status_code == 200
        return self.session.post(f"{self.address}/hub/login", params={"next": ""}, data=fields, timeout=30)

    def form(self) -> str:
        """The page of profiles."""
        return self.session.get(f"{self.address}/hub/spawn", timeout=30).text

    def start(self, profile: str, *, within: float = 90.0) -> requests.Response:
        """Pick a profile, and wait for what comes: the notebook server, or a page that says why not."""
        self.form()
        fields = {"profile": profile, "_xsrf": self._xsrf("/hub/")}
        answer = self.session.post(f"{self.address}/hub/spawn", params={"next": ""}, data=fields, timeout=60)
        return self.started(answer, within=within)

    def started(self, answer: requests.Response, *, within: float = 90.0) -> requests.Response:
        """What comes after the page that says that a server is starting."""
        pages = [answer]

        def over() -> bool:
            if _is_pending(pages[-1]):
                pages.append(self.session.get(pages[-1].url, timeout=60))
            return not _is_pending(pages[-1])

        until(over, within=within, what="the server starts", pause=0.2)
        return pages[-1]

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask the notebook server."""
        xsrf = {"X-XSRFToken": self._xsrf(f"/user/{quote(self.name, safe='@~')}/")}
        return self.session.request(method, f"{self.server}/api/{path}", headers=xsrf, timeout=30, **options)

    def stop(self) -> requests.Response:
        """Stop the notebook server."""
        address = f"{self.address}/hub/api/users/{quote(self.name, safe='@~')}/server"
        return self.session.delete(address, headers={"X-XSRFToken": self._xsrf("/hub/")}, timeout=60)

    def kernel(self, name: str = "python3") -> "Kernel":
        """Start a kernel."""
        answer = self.api("POST", "kernels", json={"name": name})
        assert answer.status_code == 201, answer.text
        return Kernel(self, answer.json()["id"])

    def cookies(self) -> str:
        """As they are sent to the notebook server."""
        request = requests.Request("GET", f"{self.server}/api/kernels")
        return self.session.prepare_request(request).headers["Cookie"]

    def _xsrf(self, path: str) -> str:
        return next(cookie.value for cookie in self.session.cookies if cookie.name == "_xsrf" and cookie.path == path)


def _is_pending(page: requests.Response) -> bool:
    return "/hub/spawn-pending/" in page.url and page.status_code == 200


class Kernel:
    """A kernel, through its WebSocket."""

    def __init__(self, browser: Browser, number: str) -> None:
        """Connect to it."""
        self.number = number
        self._browser = browser
        address = browser.server.replace("http://", "ws://")
        self._socket = websocket.create_connection(
            f"{address}/api/kernels/{number}/channels", cookie=browser.cookies(), origin=browser.address, timeout=60
        )

    def run(self, code: str, *, within: float = 60.0, until: str | None = None) -> str:
        """What a cell printed, its errors included.

        Args:
            code: of the cell.
            within: which something must be heard of it [s].
            until: what the user interrupts it for, once it is said.
        """
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "test", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message))
        self._socket.settimeout(within)
        said = ""
        while True:
            answer = json.loads(self._socket.recv())
            if answer["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            body = answer["content"]
            if answer["msg_type"] == "stream":
                said += body["text"]
                if until is not None and until in said:
                    until = None
                    self._browser.api("POST", f"kernels/{self.number}/interrupt")
            elif answer["msg_type"] == "error":
                said += f"{body['ename']}: {body['evalue']}"
            elif answer["msg_type"] == "status" and body["execution_state"] == "idle":
                return said.strip()

    def close(self) -> None:
        """Leave it alone."""
        self._socket.close()

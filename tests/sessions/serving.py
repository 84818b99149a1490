"""The service of remote sessions as its clients speak to it, without a hub before it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import requests
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import HTTPError, RequestHandler

from hepnb.cluster.site import DataFolder
from hepnb.sessions.local_launcher import LocalLauncher
from hepnb.sessions.records import Shelf
from hepnb.sessions.service import application
from hepnb.sessions.sessions import Limits, Sessions
from tests.waiting import until

PATIENCE = 90.0  # [s]
LIMITS = Limits(sessions=20, memory=1 << 40, idle_timeout=3600, cores=2)


class NamedDoor:
    """Lets in whoever says a name; the hub's own door is tried with a hub, in tests/hub."""

    async def user_of(self, handler: RequestHandler) -> str | None:
        """By the word after ``token``."""
        word, _, name = handler.request.headers.get("Authorization", "").partition(" ")
        if name == "stranger":
            raise HTTPError(403)
        return name if word == "token" else None

    def login_address(self, _: RequestHandler) -> str:
        """Nobody logs in here."""
        return "/login"

    def page_token(self, _: RequestHandler) -> str:
        """Nothing here has cookies."""
        return ""

    def check_origin(self, handler: RequestHandler) -> None:
        """Nothing here has cookies."""


class Service:
    """The service in a thread of the tests, at a free port."""

    def __init__(self, data: Path, *, limits: Limits = LIMITS, port: int = 0) -> None:
        """Start it."""
        self.folder = DataFolder(data)
        self._socket = bind_sockets(port, "127.0.0.1")[0]
        self.port = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._limits = limits
        self._stop = asyncio.Event()
        self._thread = Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.sessions = Sessions(Shelf(self.folder.sessions), LocalLauncher(data=self.folder), self._limits)
        self._server = HTTPServer(application(self.sessions, NamedDoor(), prefix="/"), max_body_size=1 << 25)
        self._server.add_socket(self._socket)
        self.sessions.resume()
        await self._stop.wait()
        self._server.stop()
        await self._server.close_all_connections()
        self.sessions.close()

    def stop(self) -> None:
        """Stop it; sessions go on."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def clear(self) -> None:
        """End every session."""

        async def end() -> None:
            for own in list(self.sessions._all.values()):
                for session in list(own.values()):
                    await session.end()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(60)


class Client:
    """Somebody who uses it."""

    def __init__(self, service: Service, name: str = "anna") -> None:
        """Nothing is sent yet."""
        self.address, self.name = service.address, name

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask the service."""
        headers = {"Authorization": f"token {self.name}", **options.pop("headers", {})}
        return requests.request(method, f"{self.address}{path}", headers=headers, timeout=60, **options)

    def open(self, **fields: Any) -> int:
        """A session that is idle."""
        answer = self.send(
            "POST", "/sessions", json={"kind": "pyspark", "conf": {"spark.hepnb.profile": "small"}} | fields
        )
        assert answer.status_code == 201, answer.text
        number: int = answer.json()["id"]
        self.wait(number, "idle")
        return number

    def wait(self, session: int | str, state: str, *, within: float = PATIENCE) -> dict[str, Any]:
        """Until a session has a state."""

        def found() -> dict[str, Any] | None:
            answer = self.send("GET", f"/sessions/{session}").json()
            if answer["state"] == state:
                return answer
            assert answer["state"] not in ("dead", "error"), answer
            return None

        return until(found, within=within, what=f"session {session} is {state}", pause=0.1)

    def post(self, session: int, code: str, **fields: Any) -> int:
        """Let a session run code; the number of the statement."""
        answer = self.send("POST", f"/sessions/{session}/statements", json={"code": code, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def statement(self, session: int, number: int) -> dict[str, Any]:
        """A statement as it is now."""
        return self.send("GET", f"/sessions/{session}/statements/{number}").json()

    def result(self, session: int, number: int, *, within: float = PATIENCE) -> dict[str, Any]:
        """A statement when it has ended."""

        def found() -> dict[str, Any] | None:
            statement = self.statement(session, number)
            return statement if statement["state"] in ("available", "cancelled") else None

        return until(found, within=within, what=f"statement {number} of session {session} ends")

    def run(self, session: int, code: str, **fields: Any) -> dict[str, Any]:
        """The output of a statement."""
        return self.result(session, self.post(session, code, **fields))["output"]


@contextmanager
def service(data: Path, **options: Any) -> Iterator[Service]:
    running = Service(data, **options)
    try:
        yield running
    finally:
        running.clear()
        running.stop()


def main() -> None:
    """Run a program beside the service: ``python -m tests.sessions.serving PROGRAM ARGUMENT …``."""
    import os
    import subprocess
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as folder, service(Path(folder) / "data") as running:
        variables = {"HEPNB_SESSIONS": running.address, "JUPYTERHUB_API_TOKEN": "reader", "HEPNB_PROFILE": "small"}
        code = subprocess.run(sys.argv[1:], env=os.environ | variables, check=False).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()

"""What browser and notebook server say arrives as it was said, its end included, and so does who says it."""

import asyncio
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import pytest
import requests
import websocket
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from hepnb.cluster.ports import free_port
from tests.waiting import until


class Server(WebSocketHandler):
    """Sends bytes back as they came, and ends as a text asks."""

    max_message_size = 1 << 30

    async def get(self):
        """Say what arrived, the page about an error as the hub makes it, or begin a WebSocket."""
        if self.request.path.startswith("/noted"):
            self.write({name: self.request.headers.get_list(name) for name in ("X-Forwarded-For", "X-Forwarded-Proto")})
        elif self.request.path == "/hub/error/503":
            self.set_cookie("_xsrf", "of-nobody", path="/hub/")
            self.write("Your server appears to be down.")
        elif self.request.path == "/cookie":
            self.set_cookie("_xsrf", "of-the-browser", path="/hub/")
        else:
            await super().get()

    def on_message(self, message):
        """Answer, or end."""
        if isinstance(message, bytes):
            self.write_message(message, binary=True)
        elif message == "address":
            self.write_message(self.request.uri)
        elif message == "abort":
            self.ws_connection.stream.close()
        else:
            self.close(1003, message)


@dataclass(frozen=True)
class Proxy:
    """Where it listens; clocks around it are nine hours ahead of UTC."""

    port: int
    api: int


@pytest.fixture(scope="module")
def running() -> Iterator[Proxy]:
    server, port, api = free_port(), free_port(), free_port()

    async def serve():
        Application([("/.*", Server)]).listen(server, "127.0.0.1")
        await asyncio.Event().wait()

    Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    options = ["--ip=127.0.0.1", f"--port={port}", "--api-ip=127.0.0.1", f"--api-port={api}"]
    options += [f"--error-target=http://127.0.0.1:{server}/hub/error"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hepnb_hub.proxy", *options, f"--default-target=http://127.0.0.1:{server}"],
        env={**os.environ, "TZ": "Asia/Tokyo"},
    )
    until(lambda: answers(port), within=30, what="the proxy answers")
    yield Proxy(port, api)
    process.terminate()
    process.wait(30)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=5) is not None
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def proxy(running: Proxy) -> str:
    return f"ws://127.0.0.1:{running.port}/"


def test_the_hub_is_told_in_utc_when_a_server_was_used(running: Proxy):
    requests.get(f"http://127.0.0.1:{running.port}/", timeout=5)
    routes = requests.get(f"http://127.0.0.1:{running.api}/api/routes", timeout=5).json()
    told = dt.datetime.fromisoformat(routes["/"]["last_activity"]).replace(tzinfo=dt.UTC)
    assert abs(dt.datetime.now(dt.UTC) - told) < dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("message", "code", "reason"), [("reload the page", 1003, "reload the page"), ("abort", 1001, "")]
)
def test_the_browser_learns_that_the_server_closed(proxy: str, message: str, code: int, reason: str):
    socket = websocket.create_connection(proxy, timeout=10)
    socket.send(message)
    kind, data = socket.recv_data(control_frame=True)
    assert (kind, int.from_bytes(data[:2]), data[2:].decode()) == (websocket.ABNF.OPCODE_CLOSE, code, reason)


@pytest.mark.parametrize("size", [2, 11 << 20])
def test_bytes_arrive_as_bytes_many_of_them_too(proxy: str, size: int):
    socket = websocket.create_connection(proxy, timeout=30)
    socket.send_binary(b"\0" * size)
    kind, data = socket.recv_data()
    assert (kind, len(data)) == (websocket.ABNF.OPCODE_BINARY, size)
    socket.close()


@pytest.mark.parametrize("path", ["json:notebook:1?a=b:c", "a%20b%25%3A", "M%C3%BCller's/@~+,=()!*"])
def test_addresses_arrive_as_the_browser_wrote_them(proxy: str, path: str):
    socket = websocket.create_connection(proxy + path, timeout=10)
    socket.send("address")
    assert socket.recv() == f"/{path}"
    socket.close()


def test_the_hub_learns_what_proxies_before_ours_have_noted(running: Proxy):
    address = f"http://127.0.0.1:{running.port}/noted"
    assert requests.get(address, timeout=5).json() == {"X-Forwarded-For": ["127.0.0.1"], "X-Forwarded-Proto": ["http"]}
    noted = {"X-Forwarded-For": "203.0.113.7, 192.0.2.1", "X-Forwarded-Proto": "https"}
    assert requests.get(address, headers=noted, timeout=5).json() == {
        "X-Forwarded-For": ["203.0.113.7, 192.0.2.1, 127.0.0.1"],
        "X-Forwarded-Proto": ["https, http"],
    }


def test_a_page_about_an_error_leaves_the_browsers_cookies_alone(running: Proxy):
    routes = f"http://127.0.0.1:{running.api}/api/routes/user/maria"
    requests.post(routes, json={"target": f"http://127.0.0.1:{free_port()}"}, timeout=5)
    browser = requests.Session()
    browser.get(f"http://127.0.0.1:{running.port}/cookie", timeout=5)
    page = browser.get(f"http://127.0.0.1:{running.port}/user/maria/lab", timeout=5)
    assert (page.status_code, page.text) == (503, "Your server appears to be down.")
    assert "Set-Cookie" not in page.headers
    assert [cookie.value for cookie in browser.cookies] == ["of-the-browser"]

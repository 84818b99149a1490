"""What browser and notebook server say arrives as it was said, whatever its size, and so does who says it."""

import asyncio
import datetime as dt
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import pytest
import requests
import websocket
from tornado.iostream import StreamClosedError
from tornado.web import Application, RequestHandler, stream_request_body
from tornado.websocket import WebSocketHandler

from hepnb.cluster.ports import free_port
from tests.hub.running import most_memory
from tests.waiting import until

STANDSTILL = 2  # [s]


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


@stream_request_body
class Carrier(RequestHandler):
    """Takes and gives bodies of any size, in pieces."""

    def prepare(self):
        """Nothing has come yet."""
        self.received = 0
        self.request.connection.set_max_body_size(1 << 40)

    def data_received(self, chunk: bytes):
        """Count what comes."""
        self.received += len(chunk)

    def put(self):
        """Say how much came."""
        self.write({"received": self.received})

    def head(self):
        """Say how much there is."""
        self.set_header("Content-Length", self.get_argument("size"))

    async def get(self):
        """Give bytes, or a piece each time that a while has passed."""
        if "size" in self.request.arguments:
            left = int(self.get_argument("size"))
            self.set_header("Content-Length", str(left))
            while left:
                self.write(bytes(min(left, _PIECE)))
                left -= min(left, _PIECE)
                await self.flush()
            return
        try:
            for number in range(int(self.get_argument("pieces"))):
                self.write(f"{number}\n")
                await self.flush()
                await asyncio.sleep(float(self.get_argument("pause")))
        except StreamClosedError:
            pass


_PIECE = 1 << 20


@dataclass(frozen=True)
class Proxy:
    """Where it listens; clocks around it are nine hours ahead of UTC."""

    port: int
    api: int
    pid: int

    @property
    def address(self) -> str:
        """For browsers."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def running() -> Iterator[Proxy]:
    server, port, api = free_port(), free_port(), free_port()

    async def serve():
        Application([("/carrier", Carrier), ("/.*", Server)]).listen(server, "127.0.0.1")
        await asyncio.Event().wait()

    Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    options = ["--ip=127.0.0.1", f"--port={port}", "--api-ip=127.0.0.1", f"--api-port={api}"]
    options += [f"--error-target=http://127.0.0.1:{server}/hub/error"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hepnb_hub.proxy", *options, f"--default-target=http://127.0.0.1:{server}"],
        env={**os.environ, "TZ": "Asia/Tokyo", "HEPNB_PROXY_STANDSTILL": str(STANDSTILL)},
    )
    until(lambda: answers(port), within=30, what="the proxy answers")
    yield Proxy(port, api, process.pid)
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
    told = dt.datetime.fromisoformat(routes["/"]["last_activity"])
    assert abs(dt.datetime.now(dt.UTC) - told) < dt.timedelta(minutes=1)


def test_the_browser_learns_why_the_server_closed(proxy: str):
    browser = websocket.create_connection(proxy, timeout=10)
    browser.send("reload the page")
    kind, data = browser.recv_data(control_frame=True)
    assert (kind, int.from_bytes(data[:2]), data[2:].decode()) == (websocket.ABNF.OPCODE_CLOSE, 1003, "reload the page")


def test_the_browser_learns_that_the_server_is_gone(proxy: str):
    browser = websocket.create_connection(proxy, timeout=10)
    browser.send("abort")
    with pytest.raises(websocket.WebSocketConnectionClosedException):
        browser.recv()


@pytest.mark.parametrize("size", [2, 11 << 20])
def test_bytes_arrive_as_bytes_many_of_them_too(proxy: str, size: int):
    browser = websocket.create_connection(proxy, timeout=30)
    browser.send_binary(b"\0" * size)
    kind, data = browser.recv_data()
    assert (kind, len(data)) == (websocket.ABNF.OPCODE_BINARY, size)
    browser.close()


@pytest.mark.parametrize("path", ["json:notebook:1?a=b:c", "a%20b%25%3A", "M%C3%BCller's/@~+,=()!*"])
def test_addresses_arrive_as_the_browser_wrote_them(proxy: str, path: str):
    browser = websocket.create_connection(proxy + path, timeout=10)
    browser.send("address")
    assert browser.recv() == f"/{path}"
    browser.close()


def test_the_hub_learns_what_proxies_before_ours_have_noted(running: Proxy):
    address = f"http://127.0.0.1:{running.port}/noted"
    assert requests.get(address, timeout=5).json() == {"X-Forwarded-For": ["127.0.0.1"], "X-Forwarded-Proto": ["http"]}
    noted = {"X-Forwarded-For": "203.0.113.7, 192.0.2.1", "X-Forwarded-Proto": "https"}
    arrived = requests.get(address, headers=noted, timeout=5).json()
    assert {name: re.split(", *", value) for name, (value,) in arrived.items()} == {
        "X-Forwarded-For": ["203.0.113.7", "192.0.2.1", "127.0.0.1"],
        "X-Forwarded-Proto": ["https", "http"],
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


GIGABYTES = 2 << 30
MOST_MEMORY = 200 << 20  # [B]


def test_two_gigabytes_pass_in_both_directions_at_the_same_memory(running: Proxy):
    """Node itself has some 70 MB."""
    answer = requests.get(f"{running.address}/carrier?size={GIGABYTES}", stream=True, timeout=60)
    assert sum(map(len, answer.iter_content(_PIECE))) == GIGABYTES
    pieces = (bytes(_PIECE) for _ in range(GIGABYTES // _PIECE))  # without a length: in chunks
    sent = requests.put(f"{running.address}/carrier", data=pieces, timeout=60)
    assert sent.json() == {"received": GIGABYTES}
    assert most_memory(running.pid) < MOST_MEMORY


def test_the_length_of_what_is_not_sent_is_told(running: Proxy):
    answer = requests.head(f"{running.address}/carrier?size=12345", timeout=5)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "12345")


def test_an_answer_may_take_longer_than_a_request_may_stand_still(running: Proxy):
    answer = requests.get(f"{running.address}/carrier?pieces=2&pause={1.5 * STANDSTILL}", timeout=30)
    assert answer.text == "0\n1\n"


def test_a_request_may_take_long_while_it_moves_and_is_cut_off_when_it_stands_still(running: Proxy):
    moving, standing = (socket.create_connection(("127.0.0.1", running.port), timeout=30) for _ in range(2))
    for connection in (moving, standing):
        connection.sendall(b"PUT /carrier HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\n")
    for _ in range(4):
        time.sleep(0.6 * STANDSTILL)
        moving.sendall(b"x")
    assert moving.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert standing.recv(100) == b""


def test_two_hundred_open_answers_and_a_server_that_says_nothing_disturb_nobody(running: Proxy):
    silent = socket.create_server(("127.0.0.1", 0), backlog=200)
    routes = f"http://127.0.0.1:{running.api}/api/routes/user/silent"
    requests.post(routes, json={"target": f"http://127.0.0.1:{silent.getsockname()[1]}"}, timeout=5)
    open_ones = [socket.create_connection(("127.0.0.1", running.port), timeout=30) for _ in range(250)]
    for connection in open_ones[:200]:
        connection.sendall(b"GET /carrier?pieces=1000&pause=0.1 HTTP/1.1\r\nHost: hub\r\n\r\n")
    for connection in open_ones[200:]:
        connection.sendall(b"GET /user/silent/lab HTTP/1.1\r\nHost: hub\r\n\r\n")
    assert all(connection.recv(15) == b"HTTP/1.1 200 OK" for connection in open_ones[:200])
    began = time.monotonic()
    assert requests.get(f"{running.address}/noted", timeout=30).status_code == 200
    assert time.monotonic() - began < 5  # the one in Python let nobody through for 20 s
    for connection in [*open_ones, silent]:
        connection.close()

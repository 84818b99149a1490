"""A real notebook server with what this repository adds to Jupyter, and a real Spark with pages of its own."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websocket

from hepnb.cluster.drivers import Driver, write_driver
from tests.waiting import until, whole_json

ROOT = Path(__file__).parents[2]
BASE = "/user/anna/"
PATIENCE = 60.0  # [s]


@dataclass(frozen=True)
class Answer:
    """What a server answered, without following where it points."""

    code: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Server:
    """A notebook server on the loopback address."""

    address: str
    token: str
    runtime: Path
    home: Path
    log: Path

    def ask(
        self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, known: bool = True, data=None
    ):
        """One request; `known` says whether it carries the owner's token."""
        carried = {"Authorization": f"token {self.token}"} if known else {}
        body = None if data is None else json.dumps(data).encode()
        typed = {"Content-Type": "application/json"} if body else {}
        return answer(self.address + path, method=method, headers=carried | typed | (headers or {}), data=body)

    def kernel(self) -> str:
        """Start a plain Python kernel; returns its id."""
        return json.loads(self.ask("api/kernels", method="POST", data={"name": "python3"}).text)["id"]

    def process(self, kernel: str) -> int | None:
        """The process of a kernel, if it runs."""
        connection = self.runtime / f"kernel-{kernel}.json"
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if "ipykernel_launcher" in command and str(connection) in command:
                return int(folder.name)
        return None

    def socket(self, path: str) -> websocket.WebSocket:
        """A websocket of the owner's."""
        address = self.address.replace("http", "ws", 1) + path
        return websocket.create_connection(address, timeout=PATIENCE, header=[f"Authorization: token {self.token}"])

    @contextmanager
    def channels(self, kernel: str) -> Iterator["Channels"]:
        """The websocket of a kernel."""
        session = uuid.uuid4().hex
        with closing(self.socket(f"api/kernels/{kernel}/channels?session_id={session}")) as socket:
            yield Channels(socket, session)

    @contextmanager
    def events(self) -> Iterator["Channels"]:
        """What the server tells every page of its own accord."""
        with closing(self.socket("api/events/subscribe")) as socket:
            yield Channels(socket)


class Channels:
    """Messages of a websocket, as dicts."""

    def __init__(self, socket: websocket.WebSocket, session: str = "") -> None:
        """Read from and write to `socket`, as the page that calls itself `session`."""
        self.socket = socket
        self.session = session

    def run(self, code: str) -> str:
        """Send a cell; returns the id of the message."""
        message = uuid.uuid4().hex
        header = {
            "msg_id": message,
            "msg_type": "execute_request",
            "username": "",
            "session": self.session,
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        whole = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(whole))
        return message

    def until(self, wanted: Callable[[dict[str, Any]], bool], *, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """All messages up to the first that is wanted."""
        seen: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                # With the control frames, because a server that only pings would be listened to for ever.
                kind, data = self.socket.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                break
            if kind == websocket.ABNF.OPCODE_TEXT:
                seen.append(json.loads(data))
                if wanted(seen[-1]):
                    return seen
        raise TimeoutError(f"not among {seen}")


def is_state(state: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a message says that the kernel is busy, idle, restarting or dead."""
    return lambda message: message["content"].get("execution_state") == state


def answer(address: str, **request: Any) -> Answer:
    """Ask, and take errors and redirects for answers."""
    asked = urllib.request.Request(address, **request)  # noqa: S310 - an address of this machine

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args, **_kwargs):
            return None

    try:
        with urllib.request.build_opener(Stay).open(asked, timeout=PATIENCE) as response:
            return Answer(response.status, dict(response.headers), response.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read().decode())


def installed(prefix: Path) -> Path:
    """What the wheel puts beside the library, laid out as it will be in an environment."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for source, target in wheel["shared-data"].items():
        (prefix / target).parent.mkdir(parents=True, exist_ok=True)
        (prefix / target).symlink_to(ROOT / source)
    return prefix


@contextmanager
def running(
    folder: Path, *options: str, app: str = "jupyter_server", variables: dict[str, str] | None = None
) -> Iterator[Server]:
    """A server of its own, with a home, settings and a runtime folder inside `folder`."""
    prefix, home, runtime = folder / "prefix", folder / "home", folder / "runtime"
    if not prefix.exists():  # else it is started again
        installed(prefix)
        home.mkdir()
        runtime.mkdir(mode=0o700)
    token = secrets.token_hex(16)
    environment = os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(folder / "settings"),
        "JUPYTER_CONFIG_PATH": str(prefix / "etc" / "jupyter"),
        "JUPYTER_PATH": str(prefix / "share" / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_TOKEN": token,
        "PYTHONPATH": str(ROOT / "lib"),
        **(variables or {}),
    }
    fixed = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0", f"--ServerApp.base_url={BASE}"]
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", app, *fixed, f"--ServerApp.root_dir={home}", *options],
            env=environment,
            cwd=home,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        said = runtime / f"jpserver-{process.pid}.json"
        until(lambda: said.exists() or process.poll() is not None, what="the server starts")
        assert process.poll() is None, log.read_text()
        address = until(lambda: whole_json(said), what="the server says where it is")["url"]
        server = Server(address, token, runtime, home, log)
        until(lambda: _answers(server), what="the server answers")
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _answers(server: Server) -> bool:
    try:
        return server.ask("api/status").code == 200
    except OSError:
        return False


SPARK = """
import sys, threading, time
from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[1]").appName("pages")
for setting in sys.argv[1:]:
    builder = builder.config(*setting.split("=", 1))
context = builder.getOrCreate().sparkContext
print(context.uiWebUrl, flush=True)
for line in sys.stdin:
    context.parallelize(range(1), 1).foreach(lambda _, seconds=float(line): time.sleep(seconds))
    print("done", flush=True)
"""


@dataclass(frozen=True)
class Spark:
    """A driver with pages, and what it takes to see them."""

    driver: Driver
    secret: str
    process: subprocess.Popen[str]

    def work(self, seconds: float) -> None:
        """Begin a job of that length."""
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()

    def done(self) -> None:
        """Wait for its end."""
        assert self.process.stdout.readline() == "done\n"


@contextmanager
def spark_of(server: Server, kernel: str) -> Iterator[Spark]:
    """A real Spark that guards its pages, announced to `server` as the one of `kernel`."""
    secret = secrets.token_bytes(32)
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "true",
        "spark.ui.port": "0",
        "spark.ui.proxyBase": f"{BASE}hepnb/spark/{kernel}",
        "spark.ui.filters": "org.apache.spark.ui.JWSFilter",
        "spark.org.apache.spark.ui.JWSFilter.param.secretKey": base64.urlsafe_b64encode(secret).decode(),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", SPARK, *(f"{name}={value}" for name, value in settings.items())],
        env=os.environ | {"PYSPARK_PYTHON": sys.executable},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        port = process.stdout.readline().strip().rpartition(":")[2]
        driver = Driver(kernel=kernel, address=f"http://127.0.0.1:{port}", token=_signed(secret), process=process.pid)
        write_driver(server.runtime, driver)
        yield Spark(driver, settings["spark.org.apache.spark.ui.JWSFilter.param.secretKey"], process)
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()


def _signed(secret: bytes) -> str:
    """A JSON web signature without claims, HS256 (RFC 7515)."""

    def text(part: bytes) -> str:
        return base64.urlsafe_b64encode(part).decode().rstrip("=")

    said = ".".join([text(b'{"alg":"HS256","typ":"JWT"}'), text(b"{}")])
    return f"{said}.{text(hmac.new(secret, said.encode(), hashlib.sha256).digest())}"

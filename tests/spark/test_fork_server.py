"""Are Spark's Python processes forks of the server, and as good as processes of their own?"""

import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pyspark.sql import SparkSession

from hepnb.spark import driver, fork_server
from hepnb.spark.fork_server import ForkServer

pytestmark = pytest.mark.skipif(not fork_server.possible(), reason="this system has no fork server")


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """One without a Spark."""
    running = ForkServer()
    yield running
    running.end()


class Daemon:
    """A daemon, as Spark starts it: its first four bytes are the port at which it makes workers."""

    def __init__(self, address: str, **variables: str) -> None:
        """Start it."""
        told = {**os.environ, "PYTHONHASHSEED": "0", fork_server.ADDRESS: address, **variables}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hepnb.spark.worker_daemon", "pyspark.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=told,
        )
        assert self.process.stdout is not None
        (self.port,) = struct.unpack("!i", self.process.stdout.read(4))

    @property
    def listener(self) -> psutil.Process:
        """The process that listens at the port."""
        return next(one for one in psutil.process_iter() if any(at.laddr.port == self.port for at in listening(one)))

    @property
    def is_fork(self) -> bool:
        """Whether it is a fork of a server."""
        return self.listener.pid != self.process.pid

    def end(self) -> int:
        """Close its standard input, as Spark does."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(20)


def listening(process: psutil.Process) -> list[Any]:
    try:
        return [one for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    except psutil.Error:
        return []


def test_a_daemon_is_a_fork_and_ends_with_its_standard_input(server: ForkServer):
    daemon = Daemon(server.address)
    fork = daemon.listener
    assert fork.ppid() == server._process.pid
    assert daemon.end() == 0
    fork.wait(10)


def test_the_order_to_end_reaches_the_fork(server: ForkServer):
    daemon = Daemon(server.address)
    fork = daemon.listener
    assert fork.pid != daemon.process.pid
    daemon.process.send_signal(signal.SIGTERM)
    fork.wait(10)
    daemon.process.wait(10)


@pytest.mark.parametrize(
    ("name", "value"), [("PYTHONHASHSEED", "7"), ("OMP_NUM_THREADS", "3"), ("LD_LIBRARY_PATH", "/elsewhere")]
)
def test_what_a_python_heeds_only_when_it_starts_makes_a_process_of_its_own(server: ForkServer, name: str, value: str):
    daemon = Daemon(server.address, **{name: value})
    assert not daemon.is_fork
    daemon.end()


def test_without_a_server_a_daemon_is_a_process_of_its_own():
    daemon = Daemon("hepnb-nobody-listens-here")
    assert not daemon.is_fork
    daemon.end()


def test_a_killed_server_leaves_its_forks_alive():
    server = ForkServer()
    daemon = Daemon(server.address)
    assert daemon.is_fork
    server._process.kill()
    server._process.wait()
    assert daemon.listener.is_running()
    assert not Daemon(server.address).is_fork
    assert daemon.end() == 0
    server.end()


def test_who_sends_nonsense_gets_no_fork_and_the_next_one_does(server: ForkServer):
    import socket

    for nonsense in (b"\n", b"\n{}\n", b"\nno JSON\n", b""):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"\0{server.address}")
            client.sendall(nonsense)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(10) == b""
    daemon = Daemon(server.address)
    assert daemon.is_fork
    daemon.end()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_account_gets_no_fork(server: ForkServer):
    somebody = os.fork()
    if somebody == 0:
        os.setuid(12345)
        request = fork_server.Request(prefix=sys.prefix, arguments=[], variables={}, folder="/")
        os._exit(0 if fork_server.ask(server.address, request) is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(somebody, 0)[1]) == 0


def test_the_server_ends_when_its_process_is_killed():
    code = (
        "import os, signal; from hepnb.spark.fork_server import ForkServer; server = ForkServer(); "
        "print(server._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False, text=True)
    psutil.Process(int(killed.stdout)).wait(20)


# --- in Spark


def worker_facts(spark: SparkSession) -> dict[str, object]:
    def facts(_: object) -> list[str]:
        names = ("PYTHONHASHSEED", "OMP_NUM_THREADS", "PYTHONPATH")
        found = {"hash": hash("muon"), "executable": sys.executable, "folder": str(Path.cwd())}
        return [json.dumps(found | {name: os.environ.get(name) for name in names} | {"parent": os.getppid()})]

    return json.loads(spark.sparkContext.parallelize([0], 1).mapPartitions(facts).first())


def test_workers_are_what_processes_of_their_own_would_be(spark: SparkSession):
    facts = worker_facts(spark)
    hashed = subprocess.run(
        [sys.executable, "-c", "print(hash('muon'))"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=True,
    )
    assert facts["hash"] == int(hashed.stdout)
    assert (facts["PYTHONHASHSEED"], facts["OMP_NUM_THREADS"]) == ("0", "1")
    assert (facts["executable"], facts["folder"]) == (sys.executable, str(Path.cwd()))
    assert "pyspark.zip" in str(facts["PYTHONPATH"])


def test_workers_are_grandchildren_of_the_server(spark: SparkSession):
    manager = psutil.Process(int(str(worker_facts(spark)["parent"])))
    assert manager.ppid() == driver._fork_servers[0]._process.pid

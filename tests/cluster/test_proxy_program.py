"""The hub's proxy comes by npm, whole or not at all, and a failure is one sentence."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hepnb.cluster import proxy_program
from hepnb.cluster.ports import free_port
from hepnb.errors import SessionError

UNREACHABLE = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}


def test_the_proxy_is_installed_once_and_runs(tmp_path: Path):
    folder = tmp_path / "share" / "proxy"
    assert not proxy_program.is_installed(folder)
    proxy_program.install(folder)
    assert proxy_program.is_installed(folder)
    said = subprocess.run(
        [*proxy_program.command(folder), "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.split(".")[0] == "5"
    assert [path.name for path in folder.parent.iterdir()] == ["proxy"]


def test_the_log_is_plain_where_nobody_sees_colours():
    options = ["--port", str(free_port()), "--api-port", str(free_port()), "--ip", "127.0.0.1", "--api-ip", "127.0.0.1"]
    with subprocess.Popen([*proxy_program.command(), *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert line.endswith("[ConfigProxy] warn: REST API is not authenticated.\n")


def test_a_port_that_is_taken_ends_it_with_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = [str(taken.getsockname()[1]), str(free_port())]
        for port, api in (ports, reversed(ports)):
            options = ["--port", port, "--api-port", api, "--ip", "127.0.0.1", "--api-ip", "127.0.0.1"]
            ended = subprocess.run(
                [*proxy_program.command(), *options], capture_output=True, text=True, timeout=60, check=False
            )
            expected = f"The proxy cannot listen: listen EADDRINUSE: address already in use 127.0.0.1:{ports[0]}.\n"
            assert (ended.returncode, ended.stderr) == (1, expected)


def test_another_version_is_replaced(tmp_path: Path):
    (tmp_path / "proxy").mkdir()
    (tmp_path / "proxy" / "package-lock.json").write_text("{}")
    with pytest.raises(SessionError, match=r"is not in .*/proxy, or is of another version; install it with: "):
        proxy_program.command(tmp_path / "proxy")
    command = [sys.executable, "-m", "hepnb.cluster.proxy_program", str(tmp_path / "proxy")]
    subprocess.run(command, timeout=120, check=True)
    assert proxy_program.is_installed(tmp_path / "proxy")


def test_a_network_that_is_away_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in {**UNREACHABLE, "npm_config_cache": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "hepnb.cluster.proxy_program", str(tmp_path / "proxy")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("npm cannot fetch the hub's proxy; it says: ")
    assert len(ended.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == []


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionError, match=r"cannot be installed into .*/file/proxy: (Not a directory|File exists)\.$"):
        proxy_program.install(tmp_path / "file" / "proxy")

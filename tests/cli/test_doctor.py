"""``hepnb doctor`` as a user runs it."""

import json
import socket
from pathlib import Path

import pytest

from tests.cli.running import hepnb


@pytest.fixture
def port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_machine_where_the_platform_runs_gets_ticks_and_stays_as_it_was(tmp_path: Path, port: int):
    result = hepnb("doctor", "--data", tmp_path / "data", "--port", port)
    assert result.returncode == 0, result.stdout
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["✓", "Java", "Java", *lines[0].split()[3:]]
    assert not [line for line in lines if line.startswith("✗")]
    assert not (tmp_path / "data").exists()


def test_every_failure_has_a_mark_and_its_fix_and_the_exit_code_tells(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "[bold]thesis.tex").touch()
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        arguments = ("doctor", "--data", tmp_path / "data", "--port", taken)
        variables = {"JAVA_HOME": "/nonexistent", "http_proxy": "http://proxy:3128", "no_proxy": "", "COLUMNS": "300"}
        result = hepnb(*arguments, environment=variables)
        as_json = hepnb(*arguments, "--json", environment=variables)
    assert (result.returncode, as_json.returncode) == (1, 1)
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    for start, found, fix in (
        ("✗  Java", "JAVA_HOME points to /nonexistent, which has no bin/java", "→ Unset JAVA_HOME"),
        (f"✗  port {taken}", "taken on 127.0.0.1", "→ hepnb up --port "),
        ("!  proxy variables", "http_proxy sends also what is meant", "→ export no_proxy=127.0.0.1,localhost"),
        ("✗  data", "it holds [bold]thesis.tex", "→ Choose an empty or new folder"),
    ):
        (number,) = [number for number, line in enumerate(lines) if line.startswith(start)]
        assert found in lines[number]
        assert lines[number + 1].strip().startswith(fix)
    answer = json.loads(as_json.stdout)
    assert not answer["healthy"]
    states = {finding["name"]: finding["state"] for finding in answer["findings"]}
    assert (states["Java"], states["proxy variables"], states["proxy"]) == ("failure", "warning", "ok")
    assert all(finding["fix"] for finding in answer["findings"] if finding["state"] != "ok")


def test_warnings_alone_are_no_failure(tmp_path: Path, port: int):
    variables = {"http_proxy": "http://proxy:3128", "no_proxy": "", "NO_PROXY": ""}
    result = hepnb("doctor", "--data", tmp_path / "data", "--port", port, environment=variables)
    assert result.returncode == 0, result.stdout
    assert "!  proxy variables" in result.stdout

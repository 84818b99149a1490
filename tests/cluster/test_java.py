"""Is a missing, broken or old Java told apart from a good one, before Spark stumbles."""

import os
import platform
from pathlib import Path

import pytest

from hepnb.cluster import java
from hepnb.cluster.java import require_java
from hepnb.errors import JavaError

OPENJDK_17 = 'openjdk version "17.0.11" 2024-04-16'
OPENJDK_21 = 'openjdk version "21.0.3" 2024-04-16'


@pytest.fixture
def home(tmp_path):
    """A Java home without a Java."""
    (tmp_path / "jdk" / "bin").mkdir(parents=True)
    return tmp_path / "jdk"


def _install(home: Path, answer: str, *, stream: str = "2", code: int = 0) -> Path:
    """A command `java` that answers on stderr (2) or stdout (1)."""
    return _script(home, f"cat >&{stream} <<'END'\n{answer}\nEND\nexit {code}")


def _script(home: Path, body: str) -> Path:
    command = home / "bin" / "java"
    command.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    command.chmod(0o755)
    return command


def _failure(environment) -> str:
    with pytest.raises(JavaError) as failure:
        require_java(environment)
    return str(failure.value)


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (OPENJDK_17, 17),
        (OPENJDK_21, 21),
        ('java version "21.0.2" 2024-01-16 LTS', 21),
        ('openjdk version "17" 2021-09-14', 17),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ('openjdk version "17-internal"', 17),
        (f"Picked up JAVA_TOOL_OPTIONS: -Xmx1g\n{OPENJDK_17}\nOpenJDK Runtime Environment (build 17.0.11+9)", 17),
    ],
)
def test_java_17_and_newer_pass_and_tell_their_version(home, answer, version):
    _install(home, answer)
    assert require_java({"JAVA_HOME": str(home)}).major == version


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ('openjdk version "1.8.0_402"', 8),
        ('java version "1.7.0_80"', 7),
        ('openjdk version "11.0.23" 2024-04-16', 11),
        ('openjdk version "16.0.2" 2021-07-20', 16),
    ],
)
def test_an_older_java_is_refused_by_its_version(home, answer, version):
    command = _install(home, answer)
    assert f"needs Java 17 or newer, but {command} is Java {version}; install" in _failure({"JAVA_HOME": str(home)})


def test_the_version_is_found_on_stdout_too(home):
    _install(home, OPENJDK_21, stream="1")
    assert require_java({"JAVA_HOME": str(home)}).major == 21


def test_java_is_found_on_the_path(home):
    _install(home, OPENJDK_17)
    assert require_java({"PATH": f"{home.parent}:{home / 'bin'}"}).major == 17


@pytest.mark.parametrize("environment", [{}, {"PATH": ""}, {"PATH": "/nonexistent"}])
def test_no_java_on_the_path_is_told_with_a_way_to_get_one(environment):
    sentence = _failure(environment)
    assert "there is no java command here; install one with: " in sentence


def test_a_folder_called_java_on_the_path_is_no_java(home):
    (home / "bin" / "java").mkdir()
    assert "there is no java command here" in _failure({"PATH": str(home / "bin")})


def test_java_home_comes_before_the_path(tmp_path, home):
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    _install(home, OPENJDK_21)
    _install(other, OPENJDK_17)
    assert require_java({"JAVA_HOME": str(home), "PATH": str(other / "bin")}).major == 21


def test_an_empty_java_home_is_none(home):
    _install(home, OPENJDK_17)
    assert require_java({"JAVA_HOME": "", "PATH": str(home / "bin")}).major == 17


def test_a_java_home_without_java_is_named_even_where_the_path_has_one(tmp_path, home):
    _install(home, OPENJDK_17)
    broken = tmp_path / "gone"
    sentence = _failure({"JAVA_HOME": str(broken), "PATH": str(home / "bin")})
    assert sentence.startswith(f"JAVA_HOME points to {broken}, which has no bin/java; unset JAVA_HOME")


def test_a_command_that_may_not_be_executed_does_not_run(home):
    command = _install(home, OPENJDK_17)
    command.chmod(0o644)
    assert _failure({"JAVA_HOME": str(home)}).startswith(f"{command} does not run (")


def test_a_command_on_the_path_that_may_not_be_executed_is_none(home):
    _install(home, OPENJDK_17).chmod(0o644)
    assert "there is no java command here" in _failure({"PATH": str(home / "bin")})


@pytest.mark.parametrize("answer", ["", "hello", 'version "unknown"', "openjdk 17.0.11"])
def test_a_command_that_does_not_tell_its_version_is_refused(home, answer):
    command = _install(home, answer, code=1)
    assert _failure({"JAVA_HOME": str(home)}).startswith(f"{command} does not tell its version; install")


def test_letters_that_are_not_utf_8_do_not_hide_the_version(home):
    _script(home, f"printf 'Hinweis: gew\\344hlt\\n' >&2; echo '{OPENJDK_17}' >&2")
    assert require_java({"JAVA_HOME": str(home)}).major == 17


def test_a_command_that_does_not_answer_is_given_up(home, monkeypatch):
    monkeypatch.setattr(java, "ANSWER_TIMEOUT", 0.2)
    command = _script(home, "exec sleep 20")
    sentence = _failure({"JAVA_HOME": str(home)})
    assert sentence.startswith(f"{command} does not run (")
    assert "timed out" in sentence


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")
def test_an_interrupt_of_this_process_does_not_reach_the_java_that_is_asked(home):
    _script(home, f"cut -d ' ' -f 5 /proc/self/stat > {home}/group; echo '{OPENJDK_17}' >&2")
    require_java({"JAVA_HOME": str(home)})
    assert int((home / "group").read_text()) != os.getpgrp()


@pytest.mark.parametrize(("system", "advice"), [("Darwin", "brew install openjdk@17"), ("Linux", "sudo apt install")])
def test_the_advice_fits_the_system(monkeypatch, system, advice):
    monkeypatch.setattr(platform, "system", lambda: system)
    assert advice in _failure({"PATH": ""})


def test_the_failure_is_a_runtime_error():
    with pytest.raises(RuntimeError):
        require_java({"PATH": ""})

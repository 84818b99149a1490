"""What a session sees of the machine: its own, and nothing of others."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from hepnb.sessions import sandbox
from tests.waiting import until

PATIENCE = 20.0  # [s]
LONG = f"4321.{os.getpid()}"
"""Time to sleep [s], which tells these sleepers from those of another run."""

spaces = pytest.mark.skipif(not sandbox.available(), reason="this machine gives no namespaces to this account")


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    """The data of a platform with two users and a secret."""
    for name in ("anna", "bert"):
        (tmp_path / "data" / "homes" / name).mkdir(parents=True)
        (tmp_path / "data" / "homes" / name / "notes.txt").write_text(name)
    (tmp_path / "data" / "hub").mkdir()
    (tmp_path / "data" / "hub" / "cookie_secret").write_text("secret")
    (tmp_path / "data" / "profiles.toml").write_text("sizes")
    return tmp_path / "data"


def started(platform: Path, code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """Python code of anna's."""
    command = sandbox.command(
        [sys.executable, "-c", code, *map(str, arguments)],
        exit_file=platform / "homes" / "anna" / "exit",
        hidden=platform,
        kept=[platform / "homes" / "anna", platform / "profiles.toml", platform / "not-there"],
    )
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def answer(platform: Path, code: str, *arguments: object) -> object:
    """What the code prints, as JSON."""
    process = started(platform, code, *arguments)
    said, _ = process.communicate(timeout=PATIENCE)
    return json.loads(said)


def exit_code(platform: Path) -> int:
    file = platform / "homes" / "anna" / "exit"
    return int(until(lambda: file.exists() and file.read_text(), within=PATIENCE, what="a file that says the end"))


@spaces
def test_it_sees_its_own_files_and_no_others(platform: Path):
    code = """
import json, pathlib, sys
top = pathlib.Path(sys.argv[1])
print(json.dumps(sorted(str(one.relative_to(top)) for one in top.rglob("*"))))
"""
    assert answer(platform, code, platform) == ["homes", "homes/anna", "homes/anna/notes.txt", "profiles.toml"]


@spaces
def test_what_it_writes_stays_and_what_is_not_kept_does_not(platform: Path):
    code = """
import pathlib, sys
top = pathlib.Path(sys.argv[1])
(top / "homes" / "anna" / "new.txt").write_text("new")
print("true")
"""
    answer(platform, code, platform)
    assert (platform / "homes" / "anna" / "new.txt").read_text() == "new"
    assert (platform / "hub" / "cookie_secret").read_text() == "secret"


@spaces
def test_it_cannot_undo_what_hides_the_rest(platform: Path):
    code = """
import json, subprocess, sys
tries = (f"umount --lazy {sys.argv[1]}", "mount -t tmpfs none /mnt", "nsenter -t 1 -m true")
print(json.dumps([subprocess.run(one.split(), capture_output=True).returncode != 0 for one in tries]))
"""
    assert answer(platform, code, platform) == [True, True, True]
    assert (platform / "hub" / "cookie_secret").exists()


@spaces
def test_it_sees_no_process_but_its_own(platform: Path):
    code = """
import json, os, pathlib
numbers = [int(one.name) for one in pathlib.Path("/proc").iterdir() if one.name.isdigit()]
commands = [pathlib.Path(f"/proc/{one}/cmdline").read_text().split("\\0") for one in sorted(numbers)]
print(json.dumps([os.getpid() in numbers, len(numbers), ["sh" in commands[0][0], "python" in commands[-1][0]]]))
"""
    seen, many, commands = answer(platform, code)
    assert seen
    assert many <= 3
    assert commands == [True, True]


@spaces
def test_everything_ends_with_it(platform: Path):
    code = """
import subprocess, sys
child = subprocess.Popen(["sleep", sys.argv[1]], start_new_session=True)
print("true", flush=True)
"""
    before = sleepers()
    answer(platform, code, LONG)
    until(lambda: sleepers() <= before, within=PATIENCE, what="the end of the child")


@spaces
def test_everything_ends_when_its_first_process_is_killed(platform: Path):
    code = """
import subprocess, sys
child = subprocess.Popen(["sleep", sys.argv[1]], start_new_session=True)
print("true", flush=True)
child.wait()
"""
    before = sleepers()
    process = started(platform, code, LONG)
    assert process.stdout is not None
    assert process.stdout.readline() == "true\n"
    assert sleepers() - before
    process.kill()
    process.wait(PATIENCE)
    until(lambda: sleepers() <= before, within=PATIENCE, what="the end of the child")


def sleepers() -> set[int]:
    return {one.pid for one in psutil.process_iter(["cmdline"]) if (one.info["cmdline"] or [])[:2] == ["sleep", LONG]}


@pytest.mark.parametrize(
    ("code", "status"),
    [("pass", 0), ("import sys; sys.exit(3)", 3), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137)],
    ids=["at its end", "exit", "killed"],
)
def test_a_file_says_how_it_ended(code: str, status: int, platform: Path):
    started(platform, code).communicate(timeout=PATIENCE)
    assert exit_code(platform) == status


def test_arguments_are_passed_as_they_are(platform: Path):
    odd = ["a b", "'", '"', "$HOME", "; true", "*", "ü", ""]
    assert answer(platform, "import json, sys; print(json.dumps(sys.argv[1:]))", *odd) == odd


def test_folders_of_odd_names_are_hidden_and_kept_too(tmp_path: Path):
    data = tmp_path / "it's a $place; 'here'"
    home = data / "homes" / "anna"
    home.mkdir(parents=True)
    command = sandbox.command(["ls", "-A", str(home)], exit_file=home / "exit", hidden=data, kept=[home])
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert (home / "exit").read_text() == "0\n"


def test_it_sees_only_the_variables_that_are_named():
    variables = {"PATH": "/bin", "JUPYTERHUB_API_TOKEN": "secret", "AWS_SECRET_ACCESS_KEY": "secret"}
    assert sandbox.cleaned(variables, ["PATH", "LANG"]) == {"PATH": "/bin"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may take another account")
def test_under_an_account_it_has_that_ones_rights(platform: Path):
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(platform / "homes" / "anna", nobody.pw_uid, nobody.pw_gid)
    command = sandbox.command(
        ["sh", "-c", "id -u; id -g; grep CapEff /proc/self/status"],
        exit_file=platform / "exit",
        hidden=platform,
        kept=[platform / "homes" / "anna"],
        account=nobody,
    )
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    assert said == [str(nobody.pw_uid), str(nobody.pw_gid), "CapEff:", "0" * 16]

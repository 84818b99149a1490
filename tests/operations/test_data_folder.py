"""Are the platform's data opened by one platform at a time, and by nobody else."""

import errno
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hepnb import __version__
from hepnb.cluster.ports import free_port
from hepnb.cluster.site import DataFolder
from hepnb.errors import FormatError, InputError, OutputError
from hepnb.operations.data_folder import default_folder, holder, locked, open_folder, password_of, with_room
from tests.cli.running import hepnb_on_disk

LINUX_ROOT = sys.platform == "linux" and os.geteuid() == 0
SCRIPT = """
import sys
from pathlib import Path
from hepnb.errors import HepnbError
from hepnb.operations.data_folder import locked, open_folder
try:
    with locked(open_folder(Path(sys.argv[1])), address="http://127.0.0.1:8000"):
        print("open", flush=True)
        sys.stdin.read()
except HepnbError as error:
    print(error)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_has_everything_and_is_for_nobody_else(tmp_path: Path):
    before = os.umask(0)
    try:
        folder = open_folder(tmp_path / "new" / "data")
        password_of(folder, None)
    finally:
        os.umask(before)
    assert {mode(path) for path in [folder.path, *folder.path.iterdir()] if path.is_dir()} == {0o700}
    assert {mode(path) for path in [folder.marker, *folder.secrets.iterdir()]} == {0o600}
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "backups",
        "hepnb.json",
        "homes",
        "hub",
        "logs",
        "secrets",
    ]
    assert json.loads(folder.marker.read_text()) == {"format": 1, "version": __version__}


def test_secrets_are_long_hexadecimal_and_stay(tmp_path: Path):
    folder = open_folder(tmp_path / "data")
    cookie, token = folder.cookie_secret.read_text(), folder.proxy_token.read_text()
    assert len(bytes.fromhex(cookie)) == len(bytes.fromhex(token)) == 32
    assert cookie != token
    open_folder(tmp_path / "data")
    assert (folder.cookie_secret.read_text(), folder.proxy_token.read_text()) == (cookie, token)


def test_a_start_that_was_killed_is_finished_by_the_next(tmp_path: Path):
    folder = DataFolder(tmp_path / "data")
    folder.secrets.mkdir(parents=True)
    open_folder(folder.path)
    assert folder.marker.exists()


def test_the_first_thing_made_says_that_the_folder_is_ours(tmp_path: Path):
    folder = DataFolder(tmp_path / "data")
    folder.path.mkdir()
    # What keeps the second part from being made stands for a kill before it.
    folder.hub.write_text("in the way")
    with pytest.raises(FormatError, match="it holds hub"):
        open_folder(folder.path)
    folder.hub.unlink()
    folder.secrets.mkdir()
    folder.hub.write_text("in the way")
    with pytest.raises(OutputError):
        open_folder(folder.path)
    folder.hub.unlink()
    open_folder(folder.path)


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("the only copy")
    with pytest.raises(FormatError, match=r"is no folder of the platform: it holds thesis\.tex\. Choose an empty"):
        open_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path):
    folder = open_folder(tmp_path / "data")
    folder.marker.write_text(json.dumps({"format": 2, "version": "99.0"}))
    with pytest.raises(FormatError, match=rf"made by hepnb 99\.0, which is newer than this one \({__version__}\)"):
        open_folder(folder.path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"format": "x", "version": 1}', b"\xff\xfe", b"null"])
def test_a_damaged_marker_is_refused(tmp_path: Path, content: bytes):
    folder = open_folder(tmp_path / "data")
    folder.marker.write_bytes(content)
    with pytest.raises(FormatError, match=f"{folder.marker} is damaged: .*Restore it from a backup"):
        open_folder(folder.path)


@pytest.mark.parametrize("in_the_way", ["data", "data/secrets", "data/hub", "data/backups"])
def test_a_file_in_the_way_is_told(tmp_path: Path, in_the_way: str):
    (tmp_path / "data" / "secrets").mkdir(parents=True)
    path = tmp_path / in_the_way
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("in the way")
    if in_the_way == "data/secrets":
        (tmp_path / "data" / "hepnb.json").write_text('{"format": 1, "version": "0"}')
    with pytest.raises(OutputError, match=r"data cannot hold the platform's data: .*\. Choose another folder"):
        open_folder(tmp_path / "data")


@pytest.mark.skipif(not LINUX_ROOT or shutil.which("unshare") is None, reason="needs root to mount a small disk")
@pytest.mark.parametrize("size", ["4k", "24k", "64k", "20m"])
def test_a_start_on_a_full_disk_ends_with_one_sentence(tmp_path: Path, size: str):
    ended = hepnb_on_disk(tmp_path, f"size={size}", "up", "--data", tmp_path / "data", "--port", free_port())
    assert ended.returncode == 1
    assert re.fullmatch(
        rf"hepnb: {tmp_path}/data cannot hold the platform's data: "
        r"(No space left on device. Choose another folder|[0-9]+ MB of its disk are free, and a start needs 50. "
        r"Free some, or choose another) with --data\.\n",
        ended.stderr,
    )


def test_a_disk_that_gets_full_meanwhile_is_said(tmp_path: Path):
    folder = open_folder(tmp_path)
    with (
        pytest.raises(OutputError, match=r"cannot hold the platform's data: No space left on device\."),
        with_room(folder),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="Broken pipe"), with_room(folder):
        raise OSError(errno.EPIPE, "Broken pipe")


@pytest.mark.skipif(not LINUX_ROOT or shutil.which("unshare") is None, reason="needs root to mount a disk read-only")
@pytest.mark.parametrize("made", [False, True], ids=["new", "made before"])
def test_a_read_only_disk_is_told(tmp_path: Path, made: bool):
    if made:
        open_folder(tmp_path / "data")
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && "$2" -c "$3" "$1/data"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), sys.executable, SCRIPT]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert result.stdout.startswith(f"{tmp_path / 'data'} cannot hold the platform's data: "), result
    assert "read-only" in result.stdout.lower()


def test_the_second_platform_on_the_same_data_is_told_where_the_first_is(tmp_path: Path):
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "data")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        folder = open_folder(tmp_path / "data")
        expected = f"http://127.0.0.1:8000, process {first.pid}"
        with pytest.raises(InputError, match=f"runs already on {folder.path}: {expected}"), locked(folder, address="x"):
            pass
        assert holder(folder) == expected
        first.kill()
        first.wait()
    # The lock goes with the process, however it ends.
    assert holder(folder) is None
    with locked(folder, address="http://127.0.0.1:9000"):
        assert holder(folder) == f"http://127.0.0.1:9000, process {os.getpid()}"
    assert holder(folder) is None


def test_asking_who_runs_writes_nothing(tmp_path: Path):
    assert holder(DataFolder(tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_made_once(tmp_path: Path):
    folder = open_folder(tmp_path / "data")
    password = password_of(folder, None)
    assert len(password) >= 16
    assert password_of(folder, None) == password
    assert mode(folder.password) == 0o600


def test_a_given_password_is_the_first_line_and_stays(tmp_path: Path):
    folder = open_folder(tmp_path / "data")
    password_of(folder, None)
    (tmp_path / "given").write_text("correct horse\nand a comment\n")
    assert password_of(folder, tmp_path / "given") == "correct horse"
    assert password_of(folder, None) == "correct horse"
    assert mode(folder.password) == 0o600


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"short\n", "has 5 characters; write at least 8"), (b"", "has 0 characters"), (b"\xff" * 9, "cannot be read")],
)
def test_a_password_that_cannot_be_used_is_told(tmp_path: Path, content: bytes, expected: str):
    folder = open_folder(tmp_path / "data")
    (tmp_path / "given").write_bytes(content)
    with pytest.raises(InputError, match=expected):
        password_of(folder, tmp_path / "given")
    folder.password.write_bytes(content)
    with pytest.raises(InputError, match=expected):
        password_of(folder, None)


def test_a_missing_password_file_is_told(tmp_path: Path):
    with pytest.raises(InputError, match="the file of the password, cannot be read"):
        password_of(open_folder(tmp_path / "data"), tmp_path / "missing")


def test_data_are_where_the_xdg_specification_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "hepnb"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".local" / "share" / "hepnb"

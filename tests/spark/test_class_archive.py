"""Does Spark start from the archive of Java's classes, and without it as ever where anything is wrong?"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hepnb.cluster import class_archive as cluster_archive
from hepnb.cluster.environment import environment
from hepnb.cluster.java import require_java
from hepnb.cluster.spark_home import spark_home
from hepnb.errors import SessionError
from hepnb.spark import class_archive

LINES = """
import json, logging, sys
from pathlib import Path
from hepnb.cluster import class_archive
from hepnb.spark import driver

lines = []
class Lines(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())
for name in ("hepnb.cluster.class_archive", "hepnb.spark.launch"):
    logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger(name).addHandler(Lines())
folder = Path(sys.argv[1])
class_archive.folders = lambda _: (folder,)
settings = json.loads(sys.argv[2])
def used():
    return any(driver.has_mapped(file) for file in folder.glob("*.jsa"))
"""
"""Looks for archives in a folder alone, and catches what is logged."""

START = """
from hepnb.cluster.profiles import find_profile
from hepnb.spark import class_archive as maker, session
made = []
maker.make_in_background = lambda: made.append(True)
spark = session.start(find_profile("small"), settings=settings)
assert spark.range(1000).count() == 1000
print(json.dumps({"used": used(), "lines": lines, "made": len(made)}))
session.stop()
"""
"""Starts Spark."""

LAUNCH = """
from hepnb.spark.launch import launch
quick = launch({"spark.driver.memory": "512m", **settings}, remote_executors=False, meanwhile=lambda: None)
assert driver.lives()
print(json.dumps({"used": used(), "lines": lines, "quick": quick}))
driver.end()
"""
"""Starts Java for Spark, and no more."""


@pytest.fixture(scope="module")
def archive() -> Path:
    """The archive for the Java of the tests, made where it is not there."""
    made = class_archive.make()
    assert made is not None, "another process is making the archive"
    return made


@pytest.fixture
def folder(archive: Path, tmp_path: Path) -> Path:
    """A folder with a copy of it."""
    (tmp_path / "archives").mkdir()
    shutil.copyfile(archive, tmp_path / "archives" / archive.name)
    return tmp_path / "archives"


def run(program: str, folder: Path, tmp_path: Path, **settings: str) -> dict[str, object]:
    command = [sys.executable, "-c", LINES + program, str(folder), json.dumps(settings)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_spark_starts_from_the_archive_without_a_word(archive: Path, tmp_path: Path):
    assert run(START, archive.parent, tmp_path) == {"used": True, "lines": [], "made": 0}


def test_without_an_archive_spark_starts_says_one_line_and_has_one_made(tmp_path: Path):
    assert run(START, tmp_path / "nothing", tmp_path) == {
        "used": False,
        "lines": ["Spark starts without an archive of Java's classes: there is none"],
        "made": 1,
    }


def test_an_archive_that_was_cut_short_is_not_shown_to_java(folder: Path, tmp_path: Path):
    (file,) = folder.iterdir()
    os.truncate(file, 1 << 20)
    whole = file.stem.split("-")[2]
    assert run(LAUNCH, folder, tmp_path) == {
        "used": False,
        "lines": [f"Spark starts without an archive of Java's classes: {file} has 1048576 bytes and not {whole}"],
        "quick": False,
    }


def test_an_archive_on_which_java_crashes_is_removed_and_spark_starts_without_it(folder: Path, tmp_path: Path):
    (file,) = folder.iterdir()
    half = file.stat().st_size // 2
    os.truncate(file, half)
    renamed = file.rename(folder / cluster_archive.name(own_key(), half))
    assert run(LAUNCH, folder, tmp_path) == {
        "used": False,
        "lines": [f"Java crashed as it started from {renamed}, which is removed"],
        "quick": False,
    }
    assert not renamed.exists()


def test_an_archive_with_a_wrong_checksum_is_refused_by_java(folder: Path, tmp_path: Path):
    (file,) = folder.iterdir()
    with file.open("r+b") as bytes_:
        bytes_.seek(file.stat().st_size // 2)
        bytes_.write(b"\xff" * 64)
    answer = run(LAUNCH, folder, tmp_path)
    assert answer["used"] is False
    assert answer["lines"] == [
        f"Java does not start from {file}: other jars stand before Spark's, or its own options forbid it"
    ]


def test_where_jars_of_a_user_stand_before_spark_s_the_archive_is_not_used(archive: Path, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "mine.jar", "w") as jar:
        jar.writestr("mine.txt", "mine")
    answer = run(LAUNCH, archive.parent, tmp_path, **{"spark.driver.extraClassPath": str(tmp_path / "mine.jar")})
    assert answer["used"] is False
    assert answer["lines"] == [
        f"Java does not start from {archive}: other jars stand before Spark's, or its own options forbid it"
    ]


# --- how it is made


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for archives, where nothing is."""
    monkeypatch.setattr(cluster_archive, "folders", lambda _: (tmp_path / "place",))
    return tmp_path / "place"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """What would take half a minute: files of seven bytes in the place of archives."""
    written: list[Path] = []

    def write(unfinished: Path, _: object) -> None:
        written.append(unfinished)
        unfinished.write_bytes(b"classes")

    monkeypatch.setattr(class_archive, "_train", write)
    return written


def own_key() -> str:
    home = spark_home(environment())
    assert home is not None
    return cluster_archive.key(require_java(environment()), home)


def test_it_is_made_once_under_a_name_that_says_its_size(place: Path, trained: list[Path]):
    assert class_archive.make() == place / cluster_archive.name(own_key(), 7)
    assert class_archive.make() == place / cluster_archive.name(own_key(), 7)
    assert len(trained) == 1
    assert (place / cluster_archive.name(own_key(), 7)).stat().st_mode & 0o777 == 0o644


def test_what_a_killed_process_left_is_removed_and_the_archive_made(place: Path, trained: list[Path]):
    place.mkdir()
    (place / "unfinished-4711").write_bytes(b"half")
    class_archive.make()
    assert {file.name for file in place.iterdir()} == {cluster_archive.name(own_key(), 7), "lock"}
    assert len(trained) == 1


@pytest.mark.usefixtures("trained")
def test_one_process_makes_it_and_another_does_not_wait(place: Path):
    place.mkdir()
    with class_archive._alone(place) as alone:
        assert alone
        assert class_archive.make() is None
    assert class_archive.make() is not None


def test_a_disk_without_room_is_one_sentence(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(class_archive, "_ROOM", 1 << 60)
    with pytest.raises(
        SessionError, match=rf"^The archive of Java's classes needs .* MB; {place} has [0-9]+ MB free\.$"
    ):
        class_archive.make()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_fills_meanwhile_leaves_nothing_and_is_not_tried_again_the_same_day(
    place: Path, monkeypatch: pytest.MonkeyPatch
):
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "hepnb", place], check=True)
    try:
        monkeypatch.setattr(class_archive, "_ROOM", 0)
        monkeypatch.setattr(class_archive, "_TRAINING", "tests.spark.small_training")
        with pytest.raises(SessionError, match=r"^The archive of Java's classes cannot be made: .+\.$"):
            class_archive.make()
        assert {file.name for file in place.iterdir()} == {"failed", "lock"}
        with monkeypatch.context() as patched:
            patched.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("it is tried again"))
            class_archive.make_in_background()
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(cluster_archive, "folders", lambda _: (tmp_path / "file" / "java",))
    with pytest.raises(SessionError, match=r"^The archive of Java's classes cannot be made: .*Not a directory"):
        class_archive.make()


def test_the_command_says_where_the_archive_is(archive: Path):
    command = [sys.executable, "-m", "hepnb.spark.class_archive"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{archive}\n", "")

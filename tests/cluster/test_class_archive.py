"""Is an archive of Java's classes used where it is right, and left alone where anything is wrong with it?"""

import logging
import os
from pathlib import Path

import pytest

from hepnb.cluster import class_archive
from hepnb.cluster.java import Java

JAVA = Java(major=17, build='openjdk version "17.0.15" 2025-04-15')
KEY = "0123456789abcdef"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A Spark of two jars."""
    jars = tmp_path / "spark" / "jars"
    jars.mkdir(parents=True)
    for name in ("a.jar", "b.jar"):
        (jars / name).write_text(name)
        os.utime(jars / name, (1_700_000_000, 1_700_000_000))
    return jars.parent


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A whole archive of seven bytes."""
    folder = tmp_path / "archives"
    folder.mkdir()
    file = folder / class_archive.name(KEY, 7)
    file.write_bytes(b"classes")
    file.chmod(0o644)
    return file


def found(folder: Path, caplog: pytest.LogCaptureFixture) -> tuple[Path | None, list[str]]:
    caplog.set_level(logging.INFO)
    return class_archive.find(KEY, [folder]), [record.getMessage() for record in caplog.records]


def test_the_same_java_and_jars_have_the_same_key(home: Path):
    assert class_archive.key(JAVA, home) == class_archive.key(Java(major=17, build=JAVA.build), home)


def test_how_java_runs_makes_no_other_key(home: Path):
    lines = "OpenJDK Runtime Environment (build 17.0.15+6)\nOpenJDK 64-Bit Server VM (build 17.0.15+6, {})"
    modes = ("mixed mode, sharing", "mixed mode, emulated-client, sharing", "interpreted mode")
    assert len({class_archive.key(Java(major=17, build=lines.format(mode)), home) for mode in modes}) == 1


def test_another_build_of_java_has_another_key(home: Path):
    other = Java(major=17, build='openjdk version "17.0.16" 2025-07-15')
    assert class_archive.key(other, home) != class_archive.key(JAVA, home)


def test_another_size_time_or_name_of_a_jar_or_one_more_has_another_key(home: Path):
    keys = [class_archive.key(JAVA, home)]
    jar = home / "jars" / "b.jar"
    os.utime(jar, (1_700_000_001, 1_700_000_001))
    keys.append(class_archive.key(JAVA, home))
    jar.write_text("longer")
    os.utime(jar, (1_700_000_001, 1_700_000_001))
    keys.append(class_archive.key(JAVA, home))
    jar.rename(home / "jars" / "c.jar")
    keys.append(class_archive.key(JAVA, home))
    (home / "jars" / "d.jar").write_text("one more")
    keys.append(class_archive.key(JAVA, home))
    assert len(set(keys)) == 5


def test_a_whole_archive_is_found_without_a_word(archive: Path, caplog: pytest.LogCaptureFixture):
    assert found(archive.parent, caplog) == (archive, [])


def test_the_archive_of_other_jars_is_none_and_one_line_says_so(archive: Path, caplog: pytest.LogCaptureFixture):
    archive.rename(archive.with_name(class_archive.name("fedcba9876543210", 7)))
    assert found(archive.parent, caplog) == (
        None,
        ["Spark starts without an archive of Java's classes: there is none"],
    )


def test_an_archive_that_was_cut_short_is_not_used(archive: Path, caplog: pytest.LogCaptureFixture):
    archive.write_bytes(b"class")
    assert found(archive.parent, caplog) == (
        None,
        [f"Spark starts without an archive of Java's classes: {archive} has 5 bytes and not 7"],
    )


@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_an_archive_that_others_can_write_is_not_used(archive: Path, mode: int, caplog: pytest.LogCaptureFixture):
    archive.chmod(mode)
    assert found(archive.parent, caplog) == (
        None,
        [f"Spark starts without an archive of Java's classes: {archive} can be written by other accounts"],
    )


def test_an_archive_in_a_folder_that_others_can_write_is_not_used(archive: Path, caplog: pytest.LogCaptureFixture):
    archive.parent.chmod(0o777)
    assert found(archive.parent, caplog)[0] is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_archive_of_another_account_is_not_used(archive: Path, caplog: pytest.LogCaptureFixture):
    os.chown(archive, 12345, 12345)
    assert found(archive.parent, caplog) == (
        None,
        [f"Spark starts without an archive of Java's classes: {archive} belongs to account 12345"],
    )


def test_a_link_to_an_archive_is_not_used(archive: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / archive.name).symlink_to(archive)
    assert found(tmp_path / "links", caplog)[0] is None


def test_the_first_folder_with_a_good_one_counts(archive: Path, tmp_path: Path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / archive.name).write_bytes(b"cut")
    assert class_archive.find(KEY, [tmp_path / "missing", tmp_path / "bad", archive.parent]) == archive


def test_the_newest_archives_are_kept_and_nothing_else_is_touched(archive: Path):
    others = [archive.with_name(class_archive.name(f"{number:016x}", 7)) for number in range(3)]
    for age, other in enumerate(others, 1):
        other.write_bytes(b"classes")
        os.utime(other, (1_700_000_000 - age, 1_700_000_000 - age))
    (archive.parent / "lock").touch()
    class_archive.prune(archive.parent, archive)
    assert {file.name for file in archive.parent.iterdir()} == {archive.name, others[0].name, "lock"}


def test_drivers_with_executors_elsewhere_have_the_first_compiler_alone():
    assert "TieredStopAtLevel" in class_archive.java_options(None, remote_executors=True)
    assert "TieredStopAtLevel" not in class_archive.java_options(None, remote_executors=False)


def test_without_an_archive_no_option_names_one():
    assert "Archive" not in class_archive.java_options(None, remote_executors=False)


def test_a_path_with_spaces_is_one_option(tmp_path: Path):
    options = class_archive.java_options(tmp_path / "my files" / "a.jsa", remote_executors=False)
    assert f'"-XX:SharedArchiveFile={tmp_path}/my files/a.jsa" -XX:+VerifySharedSpaces' in options

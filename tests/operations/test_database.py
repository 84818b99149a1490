"""Is a damaged database found before the hub runs on it, and is there a copy to go back to."""

import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from hepnb.errors import FormatError, OutputError, UnreadableFileError
from hepnb.operations import database
from hepnb.operations.data_folder import open_folder
from tests.operations.databases import being_written, rows, spoil, with_database, write


def test_no_database_is_a_first_start(tmp_path: Path):
    folder = open_folder(tmp_path / "data")
    database.check(folder)
    assert database.keep_copy(folder) is None
    assert database.copies(folder) == []


def test_a_whole_database_passes_and_is_copied_for_nobody_else(tmp_path: Path):
    folder = with_database(tmp_path / "data", rows=100)
    database.check(folder)
    copied = database.keep_copy(folder)
    assert copied is not None
    assert database.copies(folder) == [copied]
    assert rows(copied) == (100, 100)
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600


def test_only_the_newest_copies_are_kept(tmp_path: Path):
    folder = with_database(tmp_path / "data")
    for day in range(1, 8):
        write(folder.backups / f"hub-2026010{day}T000000Z.sqlite", rows=day)
    copied = database.keep_copy(folder, keep=3)
    assert [path.name for path in database.copies(folder)[:2]] == [
        "hub-20260106T000000Z.sqlite",
        "hub-20260107T000000Z.sqlite",
    ]
    assert database.copies(folder)[2:] == [copied]


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_database_is_copied_as_it_is_at_one_moment_while_another_process_writes(tmp_path: Path, journal: str):
    folder = with_database(tmp_path / "data")
    with closing(sqlite3.connect(folder.database)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    with being_written(folder.database):
        for number in range(5):
            copied = tmp_path / f"{number}.sqlite"
            database.copy(folder.database, copied)
            users, tokens = rows(copied)
            assert users == tokens >= 120


def test_a_damaged_database_is_refused_and_the_command_in_the_sentence_mends_it(tmp_path: Path):
    folder = with_database(tmp_path / "the data", rows=100)
    copied = database.keep_copy(folder)
    spoil(folder.database)
    with pytest.raises(FormatError) as failure:
        database.check(folder)
    sentence = str(failure.value)
    assert sentence.startswith(f"{folder.database}, the hub's database, is damaged: ")
    assert f"The newest copy is {copied}; use it with: mv " in sentence
    assert "\n" not in sentence
    subprocess.run(["sh", "-c", sentence.partition("use it with: ")[2]], check=True)
    database.check(folder)
    assert rows(folder.database) == (100, 100)
    assert stat.S_IMODE(folder.database.stat().st_mode) == 0o600


def test_the_newest_copy_that_is_whole_is_named(tmp_path: Path):
    folder = with_database(tmp_path / "data")
    older, newer = (folder.backups / f"hub-2026010{day}T000000Z.sqlite" for day in (1, 2))
    write(older, rows=100)
    write(newer, rows=100)
    spoil(newer)
    folder.database.write_bytes(b"no database at all, but as long as a header of one would be" * 10)
    with pytest.raises(FormatError, match=rf"damaged: file is not a database\. The newest copy is {older};"):
        database.check(folder)


def test_without_a_copy_the_sentence_says_how_to_begin_anew(tmp_path: Path):
    folder = with_database(tmp_path / "data")
    spoil(folder.database)
    with pytest.raises(
        FormatError, match=r"There is no copy in .*; begin with an empty one, and with new users: "
    ) as failure:
        database.check(folder)
    subprocess.run(["sh", "-c", str(failure.value).partition("new users: ")[2]], check=True)
    database.check(folder)
    assert not folder.database.exists()


def test_a_database_that_has_lost_everything_is_no_first_start(tmp_path: Path):
    folder = with_database(tmp_path / "data")
    folder.database.write_bytes(b"")
    database.check(folder)
    write(folder.backups / "hub-20260101T000000Z.sqlite", rows=100)
    with pytest.raises(FormatError, match="it is empty, and was not before"):
        database.check(folder)
    assert database.keep_copy(folder) is None


def test_a_hub_that_was_killed_while_writing_leaves_a_database_that_passes(tmp_path: Path):
    folder = with_database(tmp_path / "data")
    with being_written(folder.database):
        pass
    database.check(folder)
    users, tokens = rows(folder.database)
    assert users == tokens


def test_a_locked_database_is_given_up_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "_PATIENCE", 0.3)
    folder = with_database(tmp_path / "data")
    with closing(sqlite3.connect(folder.database)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UnreadableFileError, match=f"{folder.database} cannot be read: database is locked"):
            database.check(folder)
        with pytest.raises(UnreadableFileError, match="locked"):
            database.copy(folder.database, tmp_path / "copy.sqlite")


def test_a_folder_in_the_place_of_the_database_is_told(tmp_path: Path):
    folder = open_folder(tmp_path / "data")
    folder.database.mkdir()
    with pytest.raises(UnreadableFileError, match="cannot be read: unable to open"):
        database.check(folder)


def test_a_copy_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path):
    folder = with_database(tmp_path / "data")
    folder.backups.rmdir()
    folder.backups.write_text("in the way")
    with pytest.raises(OutputError, match="a copy of the hub's database, cannot be written: Not a directory"):
        database.keep_copy(folder)

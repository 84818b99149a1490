"""Databases as the hub has them: made, written to by another process, and spoilt."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hepnb.cluster.site import DataFolder
from hepnb.operations.data_folder import open_folder

WRITER = """
import itertools, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
for number in itertools.count(1):
    connection.execute("BEGIN IMMEDIATE")
    # Both tables always grow together: a copy in the middle would tell.
    connection.execute("INSERT INTO users VALUES (?, ?)", (number, "x" * 2000))
    connection.execute("INSERT INTO tokens VALUES (?, ?)", (number, "y" * 2000))
    connection.execute("COMMIT")
    if number == 20:
        print("writing", flush=True)
"""


def with_database(path: Path, *, rows: int = 100) -> DataFolder:
    """A folder of the platform whose hub has so many users and tokens."""
    folder = open_folder(path)
    write(folder.database, rows=rows)
    return folder


def write(database: Path, *, rows: int) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for table in ("users", "tokens"):
            connection.execute(f"CREATE TABLE {table} (id INTEGER, name TEXT)")
            numbers = ((-number, f"{table} {number}") for number in range(rows))
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", numbers)  # noqa: S608  # names from above


def rows(database: Path) -> tuple[int, int]:
    """How many users and tokens there are; an error where the database is not whole."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        users, tokens = (connection.execute(f"SELECT count(*) FROM {table}") for table in ("users", "tokens"))  # noqa: S608  # names from here
        return users.fetchone()[0], tokens.fetchone()[0]


def spoil(database: Path) -> None:
    """Overwrite the middle of a database."""
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 4096)


@contextmanager
def being_written(database: Path) -> Iterator[None]:
    """Another process writes to the database, as fast as it can."""
    command = [sys.executable, "-c", WRITER, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        try:
            yield
            assert writer.poll() is None, "it wrote all the time"
        finally:
            writer.kill()

"""``hepnb admin`` as an operator runs it."""

from pathlib import Path

import pytest

from hepnb.cluster.site import DataFolder
from tests.cli.running import hepnb, left_behind, refused, sentence
from tests.cli.stopping import INTERRUPTED, interrupt, started
from tests.operations.databases import rows, spoil, with_database
from tests.waiting import until


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Data of a hub with 100 users, one of whom has a home."""
    folder = with_database(tmp_path / "data", rows=100)
    (folder.homes / "maria").mkdir()
    (folder.homes / "maria" / "notes.txt").write_text("mine")
    return folder


def test_data_go_into_a_file_and_come_back(folder: DataFolder, tmp_path: Path):
    saved = hepnb("admin", "backup", tmp_path / "all.tar.gz", "--homes", environment={"XDG_DATA_HOME": str(tmp_path)})
    assert saved.returncode == 1
    assert sentence(saved) == f"{tmp_path}/hepnb holds no data of the platform; name their folder with --data."
    saved = hepnb("admin", "backup", tmp_path / "all.tar.gz", "--homes", "--data", folder.path)
    assert (saved.returncode, saved.stderr) == (0, "")
    assert saved.stdout == f"6 files of {folder.path} are in {tmp_path / 'all.tar.gz'}, with homes\n"
    restored = hepnb("admin", "restore", tmp_path / "all.tar.gz", "--data", tmp_path / "other")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert restored.stdout.startswith(f"{tmp_path / 'other'} has the data of 20")
    assert rows(DataFolder(tmp_path / "other").database) == (100, 100)
    assert (tmp_path / "other" / "homes" / "maria" / "notes.txt").read_text() == "mine"
    again = hepnb("admin", "restore", tmp_path / "all.tar.gz", "--data", tmp_path / "other", "--overwrite")
    assert again.returncode == 0
    earlier = Path(again.stdout.splitlines()[1].removeprefix("the earlier data are in "))
    assert rows(DataFolder(earlier).database) == (100, 100)


def test_what_needs_a_platform_that_runs_says_so(folder: DataFolder):
    commands = [
        ("project", "create", "higgs", "--members", "maria"),
        ("project", "list"),
        ("project", "remove", "higgs", "maria"),
        ("share", "create", "maria", "--with", "chen"),
        ("share", "list"),
        ("share", "revoke", "maria", "--all"),
    ]
    for result in refused([("admin", *command, "--data", folder.path) for command in commands]):
        assert result.returncode == 1
        assert sentence(result).startswith(f"No platform runs on {folder.path}. Start it with 'hepnb up'")
    vague = hepnb("admin", "share", "revoke", "maria", "--codes", "--all", "--data", folder.path)
    assert (vague.returncode, "one of --with USER, --code ID, --codes and --all" in vague.stderr) == (2, True)


def test_what_cannot_be_done_is_one_sentence(folder: DataFolder, tmp_path: Path):
    (tmp_path / "some.tar.gz").write_text("something else")
    target = ("--data", folder.path)
    results = refused(
        [
            ("admin", "backup", tmp_path / "some.tar.gz", *target),
            ("admin", "restore", tmp_path / "some.tar.gz", *target),
            ("admin", "restore", tmp_path / "some.tar.gz", "--overwrite", *target),
            ("admin", "restore", tmp_path / "missing.tar.gz", "--overwrite", *target),
        ]
    )
    assert {result.returncode for result in results} == {1}
    for result, expected in zip(
        results,
        ("exists already", "has data already", "is no backup of hepnb, or is damaged", "cannot be read: No such file"),
        strict=True,
    ):
        assert expected in sentence(result)
    spoil(folder.database)
    damaged = hepnb("admin", "backup", tmp_path / "all.tar.gz", *target)
    assert "the hub's database, is damaged" in sentence(damaged)
    assert left_behind(tmp_path) == ["data", "some.tar.gz"]


@pytest.mark.parametrize("killed", [True, False], ids=["SIGKILL", "Ctrl-C"])
def test_a_backup_cut_short_leaves_nothing_that_looks_finished(folder: DataFolder, tmp_path: Path, killed: bool):
    # 2 GB, of which the disk holds nothing: packing them takes seconds.
    with (folder.homes / "maria" / "large.root").open("wb") as file:
        file.truncate(2_000_000_000)
    (tmp_path / "backups").mkdir()
    running = started("admin", "backup", tmp_path / "backups" / "all.tar.gz", "--homes", "--data", folder.path)
    until(
        lambda: [one for one in (tmp_path / "backups").glob(".all.tar.partial-*") if one.stat().st_size],
        what="the beginning of a backup",
    )
    assert running.poll() is None
    if killed:
        running.kill()
        running.communicate(timeout=60)
        (partial,) = (tmp_path / "backups").iterdir()
        assert partial.name.startswith(".all.tar.partial-")
        assert partial.stat().st_mode & 0o077 == 0
    else:
        interrupt(running, to_all=True)
        _, said = running.communicate(timeout=60)
        assert (running.returncode, said.strip().splitlines()) == (130, INTERRUPTED)
        assert left_behind(tmp_path / "backups") == []

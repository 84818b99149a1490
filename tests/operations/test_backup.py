"""Do the platform's data come back from a backup, and nothing else."""

import gzip
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hepnb.cluster.site import DataFolder
from hepnb.errors import FormatError, HepnbError, InputError, MissingInputError, OutputError
from hepnb.operations.archive import checksum
from hepnb.operations.backup import back_up
from hepnb.operations.data_folder import locked, open_folder, password_of
from hepnb.operations.restore import restore
from tests.operations.databases import being_written, rows, spoil, with_database, write

Member = tuple[tarfile.TarInfo, bytes]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Data with users, secrets, profiles, and the homes of two users."""
    folder = with_database(tmp_path / "data", rows=100)
    password_of(folder, None)
    folder.profiles.write_text('[tiny]\ndescription = "One"\ncores = 1\nmemory = "1g"\n')
    maria = folder.homes / "maria"
    (maria / "analysis" / "empty").mkdir(parents=True)
    (maria / "analysis" / "spectrum.ipynb").write_text("{}")
    (maria / "run.sh").write_text("#!/bin/sh\n")
    (maria / "run.sh").chmod(0o755)
    (maria / "again.sh").hardlink_to(maria / "run.sh")
    (maria / "latest").symlink_to("analysis/spectrum.ipynb")
    (maria / "folder").symlink_to("analysis")
    (folder.homes / "ü--0123").mkdir()
    (folder.homes / "ü--0123" / "größe\nzwei.txt").write_bytes(b"\0" * 3_000_000)
    return folder


def content(folder: DataFolder) -> dict[str, bytes | str]:
    """What a backup should bring back, but for the database, whose bytes may differ."""
    found: dict[str, bytes | str] = {}
    for path in folder.path.rglob("*"):
        name = str(path.relative_to(folder.path))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file() and name.partition("/")[0] in ("secrets", "homes", "hepnb.json", "profiles.toml"):
            found[name] = path.read_bytes()
    return found


def members(backup: Path) -> list[Member]:
    with tarfile.open(backup) as tar:
        return [(one, (tar.extractfile(one) or io.BytesIO()).read() if one.isfile() else b"") for one in tar]


def written(path: Path, contents: list[Member], *, listed: bool = False) -> Path:
    """An archive of these members; with a manifest that fits them, if asked."""
    if listed:
        manifest = json.loads(next(data for one, data in contents if one.name == "manifest.json"))
        contents = [(one, data) for one, data in contents if one.name != "manifest.json"]
        path.write_bytes(b"")
        for one, data in contents:
            if one.isfile():
                path.write_bytes(data)
                manifest["files"][one.name] = checksum(path)
        contents.append(member("manifest.json", json.dumps(manifest).encode()))
    with tarfile.open(path, "w:gz") as tar:
        for one, data in contents:
            one.size = len(data)
            tar.addfile(one, io.BytesIO(data))
    return path


def member(name: str, data: bytes = b"", **fields: object) -> Member:
    information = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(information, field, value)
    return information, data


def test_everything_comes_back_with_homes(folder: DataFolder, tmp_path: Path):
    manifest = back_up(folder, tmp_path / "all.tar.gz", homes=True)
    other = DataFolder(tmp_path / "other")
    restored = restore(tmp_path / "all.tar.gz", other)
    assert (restored.earlier, restored.manifest) == (None, manifest)
    assert content(other) == content(folder)
    assert rows(other.database) == (100, 100)
    assert (other.homes / "maria" / "analysis" / "empty").is_dir()
    assert (other.homes / "maria" / "run.sh").stat().st_mode & stat.S_IXUSR
    open_folder(other.path)
    assert content(other) == content(folder)


@pytest.mark.parametrize("names", [["passwords.dbm"], ["passwords.dbm.dat", "passwords.dbm.dir", "passwords.dbm.bak"]])
def test_passwords_that_users_chose_come_back(folder: DataFolder, tmp_path: Path, names: list[str]):
    for name in names:
        (folder.hub / name).write_text(f"{name} of maria")
    folder.settings.write_text("{}")
    folder.proxy_pid.write_text("1")
    (folder.hub / "jupyterhub.sqlite-wal").write_text("")
    manifest = back_up(folder, tmp_path / "hub.tar.gz")
    assert {name for name in manifest.files if name.startswith("hub/")} == {
        "hub/jupyterhub.sqlite",
        *(f"hub/{name}" for name in names),
    }
    other = DataFolder(tmp_path / "other")
    restore(tmp_path / "hub.tar.gz", other)
    for name in names:
        assert (other.hub / name).read_text() == f"{name} of maria"
        assert stat.S_IMODE((other.hub / name).stat().st_mode) == 0o600


def test_without_homes_the_rest_comes_back(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "hub.tar.gz")
    other = DataFolder(tmp_path / "other")
    restore(tmp_path / "hub.tar.gz", other)
    assert content(other) == {name: data for name, data in content(folder).items() if not name.startswith("homes")}
    assert rows(other.database) == (100, 100)
    assert list(other.homes.iterdir()) == []


def test_nobody_else_may_read_a_backup_nor_what_comes_back(folder: DataFolder, tmp_path: Path):
    folder.password.chmod(0o644)
    back_up(folder, tmp_path / "all.tar.gz", homes=True)
    assert stat.S_IMODE((tmp_path / "all.tar.gz").stat().st_mode) == 0o600
    other = DataFolder(tmp_path / "other")
    restore(tmp_path / "all.tar.gz", other)
    folders = [other.path, other.secrets, other.hub, other.homes, *other.homes.iterdir()]
    files = [other.marker, other.database, *other.secrets.iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_data_before_the_first_login_have_no_database(tmp_path: Path):
    folder = open_folder(tmp_path / "data")
    back_up(folder, tmp_path / "new.tar.gz")
    other = DataFolder(tmp_path / "other")
    restore(tmp_path / "new.tar.gz", other)
    assert not other.database.exists()
    assert content(other) == content(folder)


def test_a_database_that_is_written_meanwhile_is_whole_in_the_backup(folder: DataFolder, tmp_path: Path):
    # What was written last is beside the database, and a plain copy would lack it.
    with closing(sqlite3.connect(folder.database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with being_written(folder.database):
        back_up(folder, tmp_path / "live.tar.gz")
    restore(tmp_path / "live.tar.gz", DataFolder(tmp_path / "other"))
    users, tokens = rows(DataFolder(tmp_path / "other").database)
    assert users == tokens >= 120


def test_links_that_lead_out_and_what_is_no_file_are_left_out_and_said(folder: DataFolder, tmp_path: Path):
    maria = folder.homes / "maria"
    (maria / "eos").symlink_to("/eos/user/m/maria")
    (maria / "absolute").symlink_to(maria / "run.sh")
    (maria / "up").symlink_to("../../secrets")
    (maria / "round").symlink_to("folder/../../../../x")
    (maria / "neighbour").symlink_to("../ü--0123")
    os.mkfifo(maria / "pipe")
    manifest = back_up(folder, tmp_path / "all.tar.gz", homes=True)
    assert sorted(manifest.left_out) == [f"homes/maria/{name}" for name in ("absolute", "eos", "pipe", "round", "up")]
    other = DataFolder(tmp_path / "other")
    restore(tmp_path / "all.tar.gz", other)
    assert (other.homes / "maria" / "neighbour").is_dir()


def test_what_exists_is_not_replaced_unless_asked(folder: DataFolder, tmp_path: Path):
    (tmp_path / "all.tar.gz").write_text("another")
    with pytest.raises(OutputError, match="exists already; name another file, or add --overwrite"):
        back_up(folder, tmp_path / "all.tar.gz")
    back_up(folder, tmp_path / "all.tar.gz", overwrite=True)
    restore(tmp_path / "all.tar.gz", DataFolder(tmp_path / "other"))


def test_a_backup_does_not_go_into_itself(folder: DataFolder):
    with pytest.raises(InputError, match="lies in the homes, which go into the backup"):
        back_up(folder, folder.homes / "maria" / "all.tar.gz", homes=True)


def test_no_data_and_damaged_data_are_refused(folder: DataFolder, tmp_path: Path):
    with pytest.raises(MissingInputError, match="holds no data of the platform; name their folder with --data"):
        back_up(DataFolder(tmp_path / "missing"), tmp_path / "all.tar.gz")
    spoil(folder.database)
    with pytest.raises(FormatError, match="the hub's database, is damaged"):
        back_up(folder, tmp_path / "all.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_earlier_data_stay_unless_asked_and_then_lie_aside(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "all.tar.gz", homes=True)
    other = with_database(tmp_path / "other", rows=7)
    (other.homes / "otto").mkdir()
    (other.homes / "otto" / "thesis.tex").write_text("the only copy")
    before = content(other)
    with pytest.raises(OutputError, match=r"has data already; choose another folder with --data, or add --overwrite"):
        restore(tmp_path / "all.tar.gz", other)
    assert (content(other), rows(other.database)) == (before, (7, 7))
    earlier = restore(tmp_path / "all.tar.gz", other, overwrite=True).earlier
    assert earlier is not None
    assert earlier.parent == other.path
    assert content(DataFolder(earlier)) == before
    assert rows(DataFolder(earlier).database) == (7, 7)
    assert (other.homes / "maria").is_dir()
    assert not (other.homes / "otto").exists()


def test_homes_stay_where_the_backup_has_none(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "hub.tar.gz")
    (folder.homes / "maria" / "since.txt").write_text("written since the backup")
    folder.password.write_text("changed since")
    homes = {name: data for name, data in content(folder).items() if name.startswith("homes")}
    earlier = restore(tmp_path / "hub.tar.gz", folder, overwrite=True).earlier
    assert {name: data for name, data in content(folder).items() if name.startswith("homes")} == homes
    assert folder.password.read_text() != "changed since"
    assert earlier is not None
    assert (earlier / "secrets" / "password").read_text() == "changed since"


def test_nothing_is_restored_under_a_running_platform(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "all.tar.gz")
    with (
        locked(folder, address="http://127.0.0.1:8000"),
        pytest.raises(InputError, match=r"The platform runs already on .*: http://127\.0\.0\.1:8000"),
    ):
        restore(tmp_path / "all.tar.gz", folder, overwrite=True)


def test_nothing_is_restored_under_what_a_killed_platform_left_running(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "all.tar.gz")
    variables = {**os.environ, "HEPNB_PLATFORM": str(folder.path)}
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, env=variables) as server:
        try:
            with pytest.raises(InputError, match=f"Process {server.pid} of an earlier platform still runs on"):
                restore(tmp_path / "all.tar.gz", folder, overwrite=True)
        finally:
            server.kill()
    restore(tmp_path / "all.tar.gz", folder, overwrite=True)


def test_histories_of_documents_are_moved_aside_because_they_would_win_over_restored_files(
    folder: DataFolder, tmp_path: Path
):
    back_up(folder, tmp_path / "all.tar.gz", homes=True)
    history = folder.documents / "maria" / "documents.sqlite"
    history.parent.mkdir(parents=True)
    history.touch()
    restored = restore(tmp_path / "all.tar.gz", folder, overwrite=True)
    assert restored.earlier is not None
    assert (restored.earlier / "documents" / "maria" / "documents.sqlite").exists()
    assert not folder.documents.exists()


def test_a_damaged_marker_is_no_obstacle(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "all.tar.gz")
    folder.marker.write_text("{")
    restore(tmp_path / "all.tar.gz", folder, overwrite=True)
    open_folder(folder.path)


def test_a_restoration_that_was_killed_can_be_repeated_and_nobody_opens_its_half(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "all.tar.gz")
    earlier = folder.path / "before-restore-20260101T000000Z"
    earlier.mkdir()
    folder.marker.rename(earlier / "hepnb.json")
    folder.secrets.rename(earlier / "secrets")
    with pytest.raises(FormatError, match="is no folder of the platform"):
        open_folder(folder.path)
    restore(tmp_path / "all.tar.gz", folder, overwrite=True)
    open_folder(folder.path)
    assert rows(folder.database) == (100, 100)


def test_a_step_that_fails_is_undone(folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    back_up(folder, tmp_path / "all.tar.gz", homes=True)
    before = content(folder)
    moved = Path.rename

    def rename(source: Path, target: Path) -> Path:
        if source.name == "homes" and ".restore-" in str(source):
            raise OSError(5, "Input/output error")
        return moved(source, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError, match="Input/output error"):
        restore(tmp_path / "all.tar.gz", folder, overwrite=True)
    assert content(folder) == before
    assert rows(folder.database) == (100, 100)
    assert not [path for path in folder.path.iterdir() if "restore" in path.name]


def test_a_folder_of_something_else_is_not_restored_into(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "all.tar.gz")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("the only copy")
    with pytest.raises(FormatError, match=r"is no folder of the platform: it holds thesis\.tex"):
        restore(tmp_path / "all.tar.gz", DataFolder(tmp_path / "other"), overwrite=True)
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.tex"]


def without(name: str) -> Callable[[list[Member]], list[Member]]:
    return lambda contents: [one for one in contents if one[0].name != name]


def changed(name: str, data: bytes) -> Callable[[list[Member]], list[Member]]:
    return lambda contents: [(one, data if one.name == name else old) for one, old in contents]


def added(*extra: Member) -> Callable[[list[Member]], list[Member]]:
    return lambda contents: [*extra, *contents]


def newer(contents: list[Member]) -> list[Member]:
    manifest = json.loads({one.name: data for one, data in contents}["manifest.json"])
    manifest |= {"format": 2, "version": "99.0", "invented_later": 1}
    return changed("manifest.json", json.dumps(manifest).encode())(contents)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (without("manifest.json"), "it has no manifest"),
        (changed("manifest.json", b"{"), "is no backup of hepnb, or is damaged: "),
        (changed("manifest.json", b"[1]"), "its manifest is not one of hepnb"),
        (changed("manifest.json", b'{"kind": "hepnb-backup"}'), "is no backup of hepnb, or is damaged: "),
        (newer, r"all.tar.gz was made by hepnb 99\.0, which is newer than this one \(.*\); install that version\."),
        (without("secrets/cookie"), "'secrets/cookie' is missing, or was added"),
        (changed("secrets/cookie", b"a" * 64), "'secrets/cookie' has another checksum than it had"),
        (added(member("secrets/more", b"x")), "'secrets/more' is missing, or was added"),
    ],
)
def test_a_backup_that_was_changed_is_refused(
    folder: DataFolder, tmp_path: Path, change: Callable[[list[Member]], list[Member]], expected: str
):
    back_up(folder, tmp_path / "good.tar.gz")
    written(tmp_path / "all.tar.gz", change(members(tmp_path / "good.tar.gz")))
    with pytest.raises(FormatError, match=expected):
        restore(tmp_path / "all.tar.gz", DataFolder(tmp_path / "other"))
    assert list((tmp_path / "other").iterdir()) in ([], [tmp_path / "other" / "lock"])


@pytest.mark.parametrize(
    "hostile",
    [
        (member("/tmp/hepnb-hostile", b"x"),),  # noqa: S108  # nothing is written there
        (member("../hostile", b"x"),),
        (member("homes/../../hostile", b"x"),),
        (member("homes/maria/a/../../../../hostile", b"x"),),
        (member("secrets/../hostile", b"x"),),
        (member("secrets/sub/hostile", b"x"),),
        (member("lock", b"x"),),
        (member("homes", type=tarfile.SYMTYPE, linkname="../.."), member("homes/hostile", b"x")),
        (member("secrets", type=tarfile.SYMTYPE, linkname=".."), member("secrets/hostile", b"x")),
        (member("homes/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),),
        (member("homes/link", type=tarfile.SYMTYPE, linkname="../../../out"), member("homes/link/hostile", b"x")),
        (member("homes/link", type=tarfile.LNKTYPE, linkname="secrets/cookie"),),
        (member("homes/device", type=tarfile.CHRTYPE),),
        (member("homes/pipe", type=tarfile.FIFOTYPE),),
    ],
    ids=lambda members: f"{members[0][0].name} {members[0][0].linkname}",
)
def test_a_hostile_backup_is_refused_and_writes_nothing(
    folder: DataFolder, tmp_path: Path, hostile: tuple[Member, ...]
):
    back_up(folder, tmp_path / "good.tar.gz", homes=True)
    contents = [*hostile, *(one for one in members(tmp_path / "good.tar.gz") if one[0].name != "homes")]
    written(tmp_path / "hostile.tar.gz", contents, listed=True)
    with pytest.raises(FormatError, match="is no backup of hepnb, or is damaged: "):
        restore(tmp_path / "hostile.tar.gz", DataFolder(tmp_path / "below" / "other"))
    assert [path.name for path in (tmp_path / "below" / "other").iterdir()] == ["lock"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["below", "data", "good.tar.gz", "hostile.tar.gz"]
    assert not Path("/tmp/hepnb-hostile").exists()  # noqa: S108  # nothing is written there


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_backup_that_was_cut_short_is_refused(folder: DataFolder, tmp_path: Path, part: float):
    back_up(folder, tmp_path / "good.tar.gz", homes=True)
    whole = (tmp_path / "good.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(FormatError, match=r"cut\.tar\.gz is no backup of hepnb, or is damaged: "):
        restore(tmp_path / "cut.tar.gz", DataFolder(tmp_path / "other"))


def test_a_flipped_bit_anywhere_is_found_or_does_no_harm(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "good.tar.gz")
    whole = (tmp_path / "good.tar.gz").read_bytes()
    expected = {name: data for name, data in content(folder).items() if not name.startswith("homes")}
    refused = 0
    for place in range(0, len(whole), max(len(whole) // 60, 1)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x10
        (tmp_path / "spoilt.tar.gz").write_bytes(spoilt)
        other = DataFolder(tmp_path / f"other-{place}")
        try:
            restore(tmp_path / "spoilt.tar.gz", other)
            assert content(other) == expected
            assert rows(other.database) == (100, 100)
        except FormatError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize(
    "data",
    [b"hello", gzip.compress(b"hello"), b"\x1f\x8b", b"PK\x03\x04"],
    ids=["text", "gzip", "start of gzip", "start of zip"],  # gzip writes the time, and two workers must agree on names
)
def test_something_else_is_no_backup(tmp_path: Path, data: bytes):
    (tmp_path / "some.tar.gz").write_bytes(data)
    with pytest.raises(FormatError, match=r"some\.tar\.gz is no backup of hepnb, or is damaged: "):
        restore(tmp_path / "some.tar.gz", DataFolder(tmp_path / "other"))


def test_a_missing_backup_and_a_folder_are_told(tmp_path: Path):
    for name in ("missing", "."):
        with pytest.raises(MissingInputError, match="cannot be read: "):
            restore(tmp_path / name, DataFolder(tmp_path / "other"))


def test_a_database_that_was_damaged_before_the_backup_is_refused(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "good.tar.gz")
    write(tmp_path / "spoilt.sqlite", rows=100)
    spoil(tmp_path / "spoilt.sqlite")
    contents = changed("hub/jupyterhub.sqlite", (tmp_path / "spoilt.sqlite").read_bytes())(
        members(tmp_path / "good.tar.gz")
    )
    written(tmp_path / "all.tar.gz", contents, listed=True)
    with pytest.raises(FormatError, match=r"all\.tar\.gz cannot be used: the hub's database in it is damaged"):
        restore(tmp_path / "all.tar.gz", DataFolder(tmp_path / "other"))


def test_data_of_a_newer_layout_are_refused(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "good.tar.gz")
    marker = json.dumps({"format": 9, "version": "99.0"}).encode()
    contents = changed("hepnb.json", marker)(members(tmp_path / "good.tar.gz"))
    written(tmp_path / "all.tar.gz", contents, listed=True)
    with pytest.raises(FormatError, match=r"all\.tar\.gz cannot be used: its content was made by hepnb 99\.0"):
        restore(tmp_path / "all.tar.gz", DataFolder(tmp_path / "other"))


def test_a_file_in_the_place_of_the_folder_is_told(folder: DataFolder, tmp_path: Path):
    back_up(folder, tmp_path / "good.tar.gz")
    with pytest.raises(HepnbError, match="cannot be written: "):
        restore(tmp_path / "good.tar.gz", DataFolder(tmp_path / "good.tar.gz"))

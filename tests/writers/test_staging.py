"""Does a result appear whole or not at all."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import hepnb
from hepnb.errors import OutputError, UnreadableFileError
from hepnb.writers.staging import MARKER, staged_file, staged_folder

Staged = Callable[..., AbstractContextManager[Path]]
both_kinds = pytest.mark.parametrize("staged", [staged_folder, staged_file], ids=["folder", "file"])


def fill(staging: Path, text: str = "new") -> None:
    """Write a file, or a folder with that file and the marker of a result."""
    if staging.is_dir():
        (staging / MARKER).write_text("{}")
        staging = staging / "data"
    staging.write_text(text)


def fill_and_fail(staging: Path, error: BaseException) -> None:
    fill(staging)
    raise error


def content(output: Path) -> str:
    return (output / "data" if output.is_dir() else output).read_text()


def entries(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture(params=[0o022, 0o027, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@both_kinds
def test_a_block_that_ends_well_makes_the_output_and_nothing_else(tmp_path: Path, staged: Staged):
    output = tmp_path / "deep" / "er" / "out"
    with staged(output) as staging:
        fill(staging)
        assert not output.exists()
    assert (content(output), entries(output.parent)) == ("new", ["out"])


@both_kinds
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, UnreadableFileError])
def test_a_block_that_fails_leaves_nothing_and_its_error_passes(
    tmp_path: Path, staged: Staged, error: type[BaseException]
):
    with pytest.raises(error, match=r"^stop$") as raised, staged(tmp_path / "out") as staging:
        fill_and_fail(staging, error("stop"))
    assert (raised.type, entries(tmp_path)) == (error, [])


@both_kinds
def test_a_block_that_fails_leaves_the_earlier_result(tmp_path: Path, staged: Staged):
    output = tmp_path / "out"
    with staged(output) as staging:
        fill(staging, "old")
    with pytest.raises(KeyboardInterrupt), staged(output, overwrite=True) as staging:
        fill_and_fail(staging, KeyboardInterrupt())
    assert (content(output), entries(tmp_path)) == ("old", ["out"])


@both_kinds
def test_an_existing_output_is_refused_before_the_work(tmp_path: Path, staged: Staged):
    output = tmp_path / "out"
    with staged(output) as staging:
        fill(staging, "old")
    with pytest.raises(OutputError, match=r"out exists already; name another (folder|file), or add --overwrite"):
        staged(output).__enter__()
    assert (content(output), entries(tmp_path)) == ("old", ["out"])


@both_kinds
def test_overwriting_replaces_the_earlier_result(tmp_path: Path, staged: Staged):
    output = tmp_path / "out"
    with staged(output) as staging:
        fill(staging, "old")
        if staging.is_dir():
            (staging / "only-old").touch()
    with staged(output, overwrite=True) as staging:
        fill(staging)
        assert content(output) == "old"
    assert (content(output), entries(tmp_path)) == ("new", ["out"])
    assert not (output / "only-old").exists()


def test_a_folder_that_is_no_result_is_never_replaced(tmp_path: Path):
    output = tmp_path / "thesis"
    output.mkdir()
    (output / "chapter1.tex").write_text("years of work")
    with pytest.raises(OutputError, match=rf"thesis holds no {MARKER}, so it is not an earlier result"):
        staged_folder(output, overwrite=True).__enter__()
    assert (entries(tmp_path), entries(output)) == (["thesis"], ["chapter1.tex"])


def test_an_empty_folder_may_become_the_result(tmp_path: Path):
    (tmp_path / "out").mkdir()
    with staged_folder(tmp_path / "out") as staging:
        fill(staging)
    assert (content(tmp_path / "out"), entries(tmp_path)) == ("new", ["out"])


def test_a_link_to_a_result_stays_and_its_target_is_replaced(tmp_path: Path):
    with staged_folder(tmp_path / "disk" / "real") as staging:
        fill(staging, "old")
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "real")
    with staged_folder(tmp_path / "link", overwrite=True) as staging:
        fill(staging)
    assert content(tmp_path / "disk" / "real") == "new"
    assert (entries(tmp_path), entries(tmp_path / "disk")) == (["disk", "link"], ["real"])
    assert (tmp_path / "link").is_symlink()


def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"folder is a folder; name a file\."):
        staged_file(tmp_path / "folder", overwrite=True).__enter__()
    with pytest.raises(OutputError, match=r"file is a file; name a folder for the results\."):
        staged_folder(tmp_path / "file", overwrite=True).__enter__()


@both_kinds
@pytest.mark.parametrize("below", ["out", "deep/out"])
def test_a_path_through_a_file_is_refused(tmp_path: Path, staged: Staged, below: str):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"out cannot be written: a part of this path is a file and not a folder"):
        staged(tmp_path / "file" / below).__enter__()
    assert entries(tmp_path) == ["file"]


@both_kinds
@pytest.mark.parametrize("length", [245, 300])
def test_a_name_that_is_too_long_is_told(tmp_path: Path, staged: Staged, length: int):
    with (
        pytest.raises(OutputError, match=r"x cannot be written: File name too long\.$"),
        staged(tmp_path / ("x" * length)) as staging,
    ):
        fill(staging)
    assert entries(tmp_path) == []


@both_kinds
@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, "the disk is full; free some space or choose a folder on another disk"),
        (errno.EDQUOT, "your disk quota is used up; free some space or choose a folder on another disk"),
        (errno.EROFS, "the disk is read-only; choose another place"),
        (errno.EACCES, "you may not write there; choose another place"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_a_disk_that_fails_is_told_in_one_sentence(tmp_path: Path, staged: Staged, number: int, cause: str):
    output = tmp_path / "out"
    with pytest.raises(OutputError) as raised, staged(output) as staging:
        fill_and_fail(staging, OSError(number, os.strerror(number), str(staging / "part-0")))
    assert str(raised.value) == f"{output} cannot be written: {cause}."
    assert entries(tmp_path) == []


def test_a_result_folder_has_the_rights_of_any_new_folder(tmp_path: Path, umask: int):
    with staged_folder(tmp_path / "out") as staging:
        fill(staging)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o777 & ~umask
    assert os.umask(umask) == umask


def test_a_result_file_has_the_rights_of_any_new_file(tmp_path: Path, umask: int):
    with staged_file(tmp_path / "out") as staging:
        fill(staging)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_file_keeps_its_suffix_while_it_is_written(tmp_path: Path):
    with staged_file(tmp_path / "out.root") as staging:
        assert (staging.suffix, staging.parent, staging.name[0]) == (".root", tmp_path, ".")
        fill(staging)


WRITE_ON_A_DISK_OF_ITS_OWN = """
mount -t tmpfs -o "$1" tmpfs "$2" || exit 77
exec "$3" - "$2" <<'PYTHON'
import os, sys
from pathlib import Path
from hepnb.errors import OutputError
from hepnb.writers.staging import staged_file, staged_folder
disk = Path(sys.argv[1])
for staged in (staged_folder, staged_file):
    try:
        with staged(disk / "out") as staging:
            (staging / "data" if staging.is_dir() else staging).write_bytes(bytes(1 << 20))
    except OutputError as error:
        print(error, os.listdir(disk))
PYTHON
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare(1) here to mount a disk with")
@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ("size=64k", "the disk is full; free some space or choose a folder on another disk"),
        ("ro", "the disk is read-only; choose another place"),
    ],
)
def test_a_real_disk_that_is_full_or_read_only_is_told_and_left_as_it_was(tmp_path: Path, options: str, cause: str):
    namespace = "-m" if os.geteuid() == 0 else "-rm"
    shell = ["sh", "-c", WRITE_ON_A_DISK_OF_ITS_OWN, "sh", options, str(tmp_path), sys.executable]
    library = str(Path(hepnb.__file__).parents[1])
    done = subprocess.run(
        ["unshare", namespace, *shell],
        env={**os.environ, "PYTHONPATH": library},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    assert done.stdout.splitlines() == [f"{tmp_path}/out cannot be written: {cause}. []"] * 2, done.stderr

"""Does what a user types become the files that are meant."""

import logging
from pathlib import Path

import pytest

from hepnb.errors import InputError, MissingInputError
from hepnb.loaders.addresses import is_remote, resolve


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with b.root, a.root, notes.txt, sub/c.root, sub/deep/d.root."""
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    for name in ("b.root", "a.root", "notes.txt", "sub/c.root", "sub/deep/d.root"):
        (tmp_path / name).write_bytes(b"root")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path, *inputs: str) -> list[str]:
    return [str(Path(file).relative_to(folder)) for file in resolve(inputs)]


def test_a_relative_path_becomes_absolute(folder: Path):
    assert resolve(["a.root"]) == [str(folder / "a.root")]


def test_a_file_is_taken_whatever_its_suffix(folder: Path):
    assert names(folder, "notes.txt") == ["notes.txt"]


def test_a_glob_is_sorted_and_stays_in_its_folder(folder: Path):
    assert names(folder, "*.root") == ["a.root", "b.root"]
    assert names(folder, f"{folder}/[ab].root") == ["a.root", "b.root"]


def test_two_stars_descend(folder: Path):
    assert names(folder, "**/*.root") == ["a.root", "b.root", "sub/c.root", "sub/deep/d.root"]


def test_a_glob_takes_files_only(folder: Path):
    (folder / "x.root").mkdir()
    assert names(folder, "*.root") == ["a.root", "b.root"]


def test_a_folder_means_every_root_file_below(folder: Path):
    assert names(folder, ".") == ["a.root", "b.root", "sub/c.root", "sub/deep/d.root"]


def test_the_files_of_a_folder_are_sorted_by_name(tmp_path: Path):
    expected = [f"{number:02}.root" for number in range(30)]
    for name in [*expected[1::2], *reversed(expected[::2])]:
        (tmp_path / name).write_bytes(b"root")
    assert names(tmp_path, str(tmp_path)) == names(tmp_path, f"{tmp_path}/*") == expected


def test_the_remains_of_a_killed_writer_are_no_input(folder: Path):
    for remains in (".x.partial-7.root", ".out.partial-ab/events.root"):
        (folder / remains).parent.mkdir(exist_ok=True)
        (folder / remains).write_bytes(b"root")
    assert names(folder, ".") == names(folder, "**/*.root") == ["a.root", "b.root", "sub/c.root", "sub/deep/d.root"]


def test_a_folder_that_is_hidden_itself_can_be_named(folder: Path):
    (folder / ".cache").mkdir()
    (folder / ".cache" / "e.root").write_bytes(b"root")
    assert names(folder, ".cache") == [".cache/e.root"]


def test_the_order_given_is_kept(folder: Path):
    assert names(folder, "sub/c.root", "b.root", "a.root") == ["sub/c.root", "b.root", "a.root"]


def test_a_list_is_read_line_by_line_without_comments_and_blanks(folder: Path):
    (folder / "list.txt").write_text("# of today\n\n  b.root  \nsub\nroot://host//x.root\n")
    assert resolve(["@list.txt"]) == [
        str(folder / "b.root"),
        str(folder / "sub/c.root"),
        str(folder / "sub/deep/d.root"),
        "root://host//x.root",
    ]


def test_a_list_in_a_list_is_refused(folder: Path):
    (folder / "list.txt").write_text("a.root\n@other.txt\n")
    with pytest.raises(InputError, match=r"list.txt names another list, '@other.txt'"):
        resolve(["@list.txt"])


def test_a_list_of_comments_only_names_no_file(folder: Path):
    (folder / "list.txt").write_text("# nothing\n\n")
    with pytest.raises(MissingInputError, match=r"list.txt names no file"):
        resolve(["@list.txt"])


def test_a_list_that_is_not_there_is_named(folder: Path):
    assert not (folder / "lost.txt").exists()
    with pytest.raises(MissingInputError, match=r"The list lost.txt cannot be read: No such file or directory\."):
        resolve(["@lost.txt"])


def test_a_root_file_is_not_a_list(folder: Path):
    (folder / "a.root").write_bytes(b"root\xff\xfe")
    with pytest.raises(MissingInputError, match="it is not a text file"):
        resolve(["@a.root"])


@pytest.mark.parametrize(
    "address", ["root://eospublic.cern.ch//eos/a.root", "https://host/a*.root", "s3://bucket/a b.root", "http://h/[1]"]
)
def test_a_remote_address_stays_as_it_is(address: str):
    assert resolve([address]) == [address]
    assert is_remote(address)


@pytest.mark.parametrize("path", ["a.root", "/a/b.root", "C:/a.root", "a:b.root", "file:///a.root"])
def test_local_paths_are_not_remote(path: str):
    assert not is_remote(path)


def test_a_file_address_becomes_a_local_path(folder: Path):
    (folder / "a b.root").write_bytes(b"root")
    assert names(folder, f"file://{folder}/a%20b.root") == ["a b.root"]


@pytest.mark.parametrize(
    "name", ["two words.root", "run[12].root", "what?.root", "star*.root", "10:30.root", "a#b.root"]
)
def test_a_name_that_exists_is_taken_literally(folder: Path, name: str):
    (folder / name).write_bytes(b"root")
    assert names(folder, name) == [name]


def test_a_file_named_twice_is_read_once_with_a_warning(folder: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, logger="hepnb"):
        assert names(folder, "b.root", "*.root", f"{folder}/a.root") == ["b.root", "a.root"]
    assert [record.getMessage() for record in caplog.records] == [
        "2 inputs were named more than once and are read once"
    ]


def test_without_duplicates_nothing_is_logged(folder: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, logger="hepnb"):
        names(folder, "a.root", "b.root")
    assert not caplog.records


def test_a_missing_file_is_told_with_the_nearest_name(folder: Path):
    with pytest.raises(MissingInputError, match=r"There is no file aa\.root; in .*, the nearest (is|are) 'a\.root'"):
        resolve(["aa.root"])
    assert folder.is_dir()


def test_a_missing_folder_is_told(folder: Path):
    with pytest.raises(MissingInputError, match=rf"the folder {folder}/lost does not exist either"):
        resolve([f"{folder}/lost/a.root"])


def test_a_glob_without_match_is_told(folder: Path):
    assert (folder / "a.root").exists()
    with pytest.raises(MissingInputError, match=r"No file matches z\*\.root"):
        resolve(["a.root", "z*.root"])


def test_a_folder_without_root_files_is_told(tmp_path: Path):
    with pytest.raises(MissingInputError, match=r"holds no \.root file, nor do its subfolders"):
        resolve([str(tmp_path)])


def test_no_input_at_all_is_refused():
    with pytest.raises(InputError, match="No input was given"):
        resolve([])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("given", ["", "  "])
def test_an_empty_input_is_not_the_working_folder(given: str):
    with pytest.raises(InputError, match="An input is empty"):
        resolve([given])


@pytest.mark.parametrize(
    ("given", "cause"), [("x" * 300, "File name too long"), ("~no-such-user/a.root", "no such user's home")]
)
def test_a_path_that_cannot_be_looked_up_is_told_in_one_sentence(given: str, cause: str):
    with pytest.raises(MissingInputError, match=rf"cannot be looked up: .*{cause}\.$"):
        resolve([given])


def test_the_home_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(folder))
    assert names(folder, "~/a.root") == ["a.root"]

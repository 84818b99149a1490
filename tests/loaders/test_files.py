"""Does a file that cannot be read say why, and never crash."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepnb.errors import HepnbError, MissingInputError, MissingNameError, UnreadableFileError
from hepnb.loaders.catalogue import describe
from hepnb.loaders.files import open_tree, reason, unreadable
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches

from .round_trip import TREE, read, write

X = {"x": np.arange(6, dtype=np.int32), "jagged": [[1.0], [], [2.0, 3.0], [], [4.0], [5.0]]}


@pytest.fixture(scope="session", params=[False, True], ids=["TTree", "RNTuple"])
def intact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six events in two clusters."""
    path = tmp_path_factory.mktemp("intact") / "x.root"
    write(path, X, rntuple=request.param, splits=[3])
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as raised, open_tree(str(path), TREE):
        pass
    return str(raised.value)


def test_text_is_not_root(tmp_path: Path):
    (tmp_path / "x.root").write_text("hello")
    assert refusal(tmp_path / "x.root").endswith("is not a ROOT file: it begins with b'hell' and not with b'root'.")


def test_an_empty_file_is_called_empty(tmp_path: Path):
    (tmp_path / "x.root").touch()
    assert "is empty (0 bytes)" in refusal(tmp_path / "x.root")


def test_a_folder_is_not_a_file(tmp_path: Path):
    assert refusal(tmp_path).endswith("cannot be read: Is a directory.")


def test_a_copy_that_stopped_and_left_zeros_has_no_tree(intact: Path, tmp_path: Path):
    data = intact.read_bytes()
    (tmp_path / "x.root").write_bytes(data[:100] + bytes(len(data) - 100))
    with pytest.raises(MissingNameError, match=r"There is no tree 'Events' in .*x\.root; it has none\."):
        describe(str(tmp_path / "x.root"), tree=TREE)


def test_a_missing_file_is_told(tmp_path: Path):
    with (
        pytest.raises(MissingInputError, match=r"There is no file .*lost\.root"),
        open_tree(f"{tmp_path}/lost.root", "x"),
    ):
        pass


def test_a_server_that_cannot_be_reached_is_told_with_the_address():
    address = "http://127.0.0.1:9/x.root"
    with pytest.raises(UnreadableFileError, match=rf"^{address} cannot be opened"), open_tree(address, TREE):
        pass


def test_one_missing_byte_is_told_with_both_sizes(intact: Path, tmp_path: Path):
    data = intact.read_bytes()
    (tmp_path / "x.root").write_bytes(data[:-1])
    assert f"announces {len(data)} bytes, {len(data) - 1} are there" in refusal(tmp_path / "x.root")


@settings(max_examples=100, derandomize=True, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_unreadable(intact: Path, tmp_path_factory: pytest.TempPathFactory, share: float):
    data = intact.read_bytes()
    cut = tmp_path_factory.getbasetemp() / "cut.root"
    cut.write_bytes(data[: int(share * len(data))])
    with pytest.raises(UnreadableFileError, match=r"is truncated|is empty|is not a ROOT file"):
        describe(str(cut), tree=TREE)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_damaged_byte_anywhere_is_told_in_a_sentence_or_harmless(
    intact: Path, tmp_path_factory: pytest.TempPathFactory, share: float, flip: int
):
    schema = describe(str(intact), tree=TREE).schema
    data = bytearray(intact.read_bytes())
    data[int(share * len(data))] ^= flip
    damaged = tmp_path_factory.getbasetemp() / "damaged.root"
    damaged.write_bytes(data)
    attempts: list[Callable[[], object]] = [
        lambda: describe(str(damaged), tree=TREE),
        lambda: list(read_batches(EntryRange(str(damaged), 0, 6), tree=TREE, schema=schema)),
    ]
    for attempt in attempts:
        try:
            attempt()
        except HepnbError as error:
            assert str(error).endswith(".")  # noqa: PT017  # most damages are harmless, so that nothing need be raised


@pytest.mark.parametrize(("wrong", "answer"), [("Event", "the nearest is 'Events'"), ("zzz", "it has 'Events'")])
def test_a_wrong_tree_names_the_nearest(intact: Path, wrong: str, answer: str):
    with pytest.raises(MissingNameError, match=rf"There is no tree '{wrong}' in .*; {answer}\. Choose one with --tree"):
        describe(str(intact), tree=wrong)


def test_a_histogram_is_not_offered_as_a_tree(tmp_path: Path):
    import uproot

    with uproot.recreate(tmp_path / "x.root") as file:
        file["mass"] = np.histogram([1.0, 2.0])
    with pytest.raises(MissingNameError, match=r"There is no tree 'mass' in .*; it has none\."):
        describe(str(tmp_path / "x.root"), tree="mass")


@pytest.mark.parametrize("rntuple", [False, True], ids=["TTree", "RNTuple"])
def test_a_tree_in_a_subfolder_is_named_with_it(tmp_path: Path, rntuple: bool):
    path = write(tmp_path / "x.root", X, rntuple=rntuple, tree="analysis/muons/Events")
    assert read(path, tree="analysis/muons/Events")["x"].to_pylist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(MissingNameError, match="the nearest is 'analysis/muons/Events'"):
        describe(path, tree="muons/Events")


def test_a_cycle_may_be_given(intact: Path):
    assert describe(str(intact), tree="Events;1").entries == 6


@pytest.mark.parametrize(
    "name", ["10:30.root", "two words.root", "x.root:Events", "a#b.root", "100%.root", "[1]*?.root"]
)
def test_a_path_may_hold_any_character(intact: Path, tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(intact.read_bytes())
    assert read(str(tmp_path / name))["x"].to_pylist() == [0, 1, 2, 3, 4, 5]


def test_the_size_of_a_file_is_that_on_disk(intact: Path):
    with open_tree(str(intact), TREE) as events:
        assert events.file_bytes == len(intact.read_bytes())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("bad header.\nmore"), "bad header"),
        (ValueError("\n  expected:\nx"), "expected"),
        (KeyError(), "KeyError"),
        (HepnbError("No 'x'."), "No 'x'."),
    ],
)
def test_a_reason_is_the_first_line_or_the_kind(error: Exception, told: str):
    assert reason(error) == told


def test_our_own_errors_pass_and_others_become_sentences():
    with pytest.raises(MissingNameError, match="mine"), unreadable("It"):
        raise MissingNameError("mine")
    with pytest.raises(UnreadableFileError, match=r"^It cannot be read: index 2\.$") as raised, unreadable("It"):
        raise IndexError("index 2")
    assert isinstance(raised.value.__cause__, IndexError)

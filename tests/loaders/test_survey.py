"""Is every file looked into, the first that can be read deciding, and is every failure kept."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from hepnb.errors import MissingInputError, MissingNameError, UnreadableFileError
from hepnb.loaders.survey import describe_all, survey
from hepnb.runners.local import InProcess

from .round_trip import TREE, write

ONE = {"x": [1.0], "y": [1]}


def test_files_and_failures_keep_the_order_given(tmp_path: Path):
    text = tmp_path / "text.root"
    text.write_text("only text")
    paths = [str(text), write(tmp_path / "b.root", ONE), "missing.root", write(tmp_path / "a.root", ONE)]
    found = survey(InProcess(), paths, tree=TREE, columns=["x"])
    assert [file.path for file in found.files] == [paths[1], paths[3]]
    assert [(failure.path, type(failure.error)) for failure in found.failures] == [
        (paths[0], UnreadableFileError),
        (paths[2], MissingInputError),
    ]


def test_the_first_readable_file_decides_which_columns_all_must_have(tmp_path: Path):
    paths = [
        write(tmp_path / "xy.root", ONE),
        write(tmp_path / "xyz.root", ONE | {"z": [2.0]}),
        write(tmp_path / "x.root", {"x": [1.0]}),
    ]
    found = survey(InProcess(), paths, tree=TREE, columns=None)
    assert [file.schema.names for file in found.files] == [["x", "y"], ["x", "y"]]
    (failure,) = found.failures
    assert "There is no branch 'y'" in str(failure.error)


def test_optional_columns_are_wanted_of_all_where_the_first_has_them(tmp_path: Path):
    with_y, without = write(tmp_path / "xy.root", ONE), write(tmp_path / "x.root", {"x": [1.0]})
    first = survey(InProcess(), [with_y, without], tree=TREE, columns=["x"], optional=["y"])
    assert [file.schema.names for file in first.files] == [["y", "x"]]
    assert [failure.path for failure in first.failures] == [without]
    last = survey(InProcess(), [without, with_y], tree=TREE, columns=["x"], optional=["y"])
    assert [file.schema.names for file in last.files] == [["x"], ["x"]]


@pytest.mark.parametrize(("files", "asked"), [(1, []), (16, []), (17, [16]), (40, [39])])
def test_only_many_files_are_left_to_the_runner(tmp_path: Path, files: int, asked: list[int]):
    runner = Mock(wraps=InProcess())
    path = write(tmp_path / "a.root", ONE)
    assert len(survey(runner, [path] * files, tree=TREE, columns=None).files) == files
    assert [len(call.args[1]) for call in runner.map.call_args_list] == asked


def test_no_readable_file_gives_failures_alone(tmp_path: Path):
    found = survey(InProcess(), [str(tmp_path / "a.root"), str(tmp_path / "b.root")], tree=TREE, columns=None)
    assert found.files == ()
    assert len(found.failures) == 2
    assert survey(InProcess(), [], tree=TREE, columns=None).files == ()


def test_describe_all_raises_what_is_wrong_with_the_first_bad_file(tmp_path: Path):
    good = write(tmp_path / "good.root", ONE)
    assert [file.entries for file in describe_all(InProcess(), [good, good], tree=TREE, columns=["x"])] == [1, 1]
    with pytest.raises(MissingNameError, match="no branch 'q'"):
        describe_all(InProcess(), [good, str(tmp_path / "no.root")], tree=TREE, columns=["q"])

"""Do conditions keep the events that fulfil them all, and no others."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hepnb.errors import HepnbError, InputError, MissingNameError, WrongTypeError
from hepnb.loaders.batches import iterate

from .round_trip import write


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Six events in two clusters."""
    columns = {
        "n": np.arange(6, dtype=np.int32),
        "x": np.array([0.5, np.nan, 2.5, 3.5, 4.5, 5.5]),
        "passed": np.array([True, True, False, True, False, True]),
        "name": ["a", "b", "a", "b", "a", "b"],
        "list": [[1], [], [2, 3], [4], [], [5]],
    }
    return write(tmp_path_factory.mktemp("filters") / "x.root", columns, splits=[3])


def kept(path: str, *filters: Any) -> list[Any]:
    return [number for batch in iterate(path, columns=["n"], filters=filters) for number in batch["n"].to_pylist()]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], [0, 1, 2, 3, 4, 5]),
        ([("n", "==", 2)], [2]),
        ([("n", "!=", 2)], [0, 1, 3, 4, 5]),
        ([("n", "<", 2)], [0, 1]),
        ([("n", "<=", 2)], [0, 1, 2]),
        ([("n", ">", 4)], [5]),
        ([("n", ">=", 4)], [4, 5]),
        ([("n", "in", [1, 5, 9])], [1, 5]),
        ([("n", "not in", [1, 5, 9])], [0, 2, 3, 4]),
        ([("x", ">", 3)], [3, 4, 5]),
        ([("x", "<", 3)], [0, 2]),
        ([("x", "!=", 0.5)], [1, 2, 3, 4, 5]),
        ([("passed", "==", True)], [0, 1, 3, 5]),
        ([("name", "==", "b")], [1, 3, 5]),
        ([("passed", "==", True), ("name", "==", "b"), ("x", ">", 4)], [5]),
        ([("n", ">", 99)], []),
        ([["n", "==", 2]], [2]),
    ],
)
def test_an_event_is_kept_if_it_fulfils_all_conditions(events: str, filters: list, expected: list[int]):
    assert kept(events, *filters) == expected


def test_what_is_looked_at_need_not_be_read_out(events: str):
    (batch,) = iterate(events, columns=["list"], filters=[("n", "in", [2, 3])])
    assert batch.to_pylist() == [{"list": [2, 3]}, {"list": [4]}]


def test_without_a_choice_all_columns_are_there(events: str):
    (batch,) = iterate(events, filters=[("n", "==", 5)])
    assert batch.to_pylist() == [{"n": 5, "x": 5.5, "passed": True, "name": "b", "nlist": 1, "list": [5]}]


@pytest.mark.parametrize(
    ("condition", "error", "sentence"),
    [
        (("n", ">"), InputError, r"\('n', '>'\) is no condition; write filters=\[\(\"column\", \">\", value\), …\]\."),
        ("n > 2", InputError, r"'n > 2' is no condition"),
        (("n", "=>", 2), InputError, r"The filter 'n => 2' makes no sense: \"=>\" is not a valid operator"),
        (
            ("list", ">", 2),
            WrongTypeError,
            r"The filter 'list > 2' compares plain values; 'list' is list<item: int64>\.",
        ),
        (("n", "==", "a"), WrongTypeError, r"The filter 'n == a' does not fit int32\."),
        (("m", "==", 1), MissingNameError, r"There is no branch 'm' in tree 'Events'"),
    ],
)
def test_a_condition_that_makes_no_sense_is_told_before_anything_is_read(
    events: str, condition: Any, error: type[HepnbError], sentence: str
):
    with pytest.raises(error, match=sentence):
        iterate(events, columns=["n"], filters=[condition])


def test_a_condition_may_refer_to_the_events_of_many_batches(tmp_path: Path):
    path = write(tmp_path / "x.root", {"n": np.arange(200_000, dtype=np.int32)}, splits=[100_000])
    assert kept(path, ("n", "in", [0, 70_000, 199_999])) == [0, 70_000, 199_999]

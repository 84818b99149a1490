"""Tables and JSON as Livy's magics give them."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from hepnb.errors import InputError, MissingNameError, WrongTypeError
from hepnb.sessions.magics import SessionMagics, table
from hepnb.sessions.recording import TABLE


class Row(tuple):
    """As Spark's rows are: a tuple that knows its names."""

    def asDict(self) -> dict[str, Any]:  # noqa: N802 - Spark's name
        """Name -> value."""
        return dict(zip(("id", "name"), self, strict=True))


def headers(*named: tuple[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in named]


def test_lists_have_numbers_for_names():
    assert table([[1, "a", 2.5], [2, "b", 3.5]]) == {
        "headers": headers(("0", "INT_TYPE"), ("1", "STRING_TYPE"), ("2", "DOUBLE_TYPE")),
        "data": [[1, "a", 2.5], [2, "b", 3.5]],
    }


def test_dictionaries_bring_their_names_and_may_leave_values_out():
    assert table([{"n": 1, "s": "a"}, {"n": 2}]) == {
        "headers": headers(("n", "INT_TYPE"), ("s", "STRING_TYPE")),
        "data": [[1, "a"], [2, None]],
    }


def test_rows_of_spark_bring_theirs():
    assert table([Row((0, "a")), Row((1, "b"))]) == {
        "headers": headers(("id", "INT_TYPE"), ("name", "STRING_TYPE")),
        "data": [[0, "a"], [1, "b"]],
    }


def test_plain_values_are_a_column():
    assert table([1, 2]) == {"headers": headers(("0", "INT_TYPE")), "data": [[1], [2]]}
    assert table([]) == {"headers": [], "data": []}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "BOOLEAN_TYPE"),
        (1, "INT_TYPE"),
        (0.5, "DOUBLE_TYPE"),
        ("a", "STRING_TYPE"),
        (dt.datetime(2012, 7, 4, 9), "TIMESTAMP_TYPE"),
        (dt.date(2012, 7, 4), "DATE_TYPE"),
        (Decimal("125.1"), "DECIMAL_TYPE"),
        ({"a": 1}, "MAP_TYPE"),
        ([1], "ARRAY_TYPE"),
        (None, "NULL_TYPE"),
    ],
)
def test_every_value_has_its_type(value: Any, kind: str):
    assert table([[value]])["headers"] == headers(("0", kind))
    assert table([[None], [value]])["headers"] == headers(("0", kind))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([[1], ["a"]], "%table: column '0' holds values of several types (INT_TYPE, STRING_TYPE)."),
        ([[1, 2], [3]], "%table: all rows must have the 2 values of the first."),
        ([[object()]], "%table: a table cannot hold values such as object."),
        ("text", "%table takes a list of rows, not str."),
        (5, "%table takes a list of rows, not int."),
    ],
)
def test_what_is_no_table_is_refused_with_one_sentence(rows: Any, sentence: str):
    with pytest.raises(WrongTypeError) as refused:
        table(rows)
    assert str(refused.value) == sentence


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    shell.user_ns.update({"numbers": [1, 2], "nothing": object(), "infinite": float("inf")})
    yield shell
    InteractiveShell.clear_instance()


def test_values_are_shown_by_their_names(shell: InteractiveShell):
    magics = SessionMagics(shell)
    with capture_output() as shown:
        magics.show_json(" numbers ")
        magics.show_table("numbers")
    assert [one.data for one in shown.outputs] == [
        {"application/json": [1, 2]},
        {TABLE: {"headers": headers(("0", "INT_TYPE")), "data": [[1], [2]]}},
    ]


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        ("number", MissingNameError, "%json: there is no variable 'number'; the nearest is 'numbers'."),
        ("1 + 1", InputError, "%json takes the name of a variable, not '1 + 1'."),
        (
            "nothing",
            WrongTypeError,
            "%json: JSON cannot hold 'nothing': Object of type object is not JSON serializable.",
        ),
        ("infinite", WrongTypeError, "%json: JSON cannot hold 'infinite': Out of range float values are not JSON .*"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_sentence(
    line: str, kind: type[Exception], sentence: str, shell: InteractiveShell
):
    with pytest.raises(kind, match=sentence.replace("+", r"\+")):
        SessionMagics(shell).show_json(line)

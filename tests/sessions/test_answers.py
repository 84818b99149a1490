"""Parts of lists and logs, as the protocol gives them."""

from pathlib import Path

import pytest

from hepnb.sessions.answers import log_lines, log_window, window

LINES = [str(number) for number in range(250)]


@pytest.mark.parametrize(
    ("start", "size", "first", "many"),
    [
        (None, None, 150, 100),
        (0, None, 0, 250),
        (200, None, 200, 50),
        (0, 3, 0, 3),
        (None, 2, 248, 2),
        (-1, 2, 248, 2),
        (0, -1, 0, 250),
        (None, -1, 0, 250),
        (0, 0, 0, 0),
        (100_000, 2, 100_000, 0),
        (0, -2, 0, 0),
    ],
)
def test_a_log_is_given_from_its_end_or_from_a_line(start: int | None, size: int | None, first: int, many: int):
    begin, lines = log_window(LINES, start, size)
    assert (begin, lines) == (first, LINES[first : first + many])


def test_a_short_log_is_given_whole():
    assert log_window(["one", "two"], None, None) == (0, ["one", "two"])


@pytest.mark.parametrize(
    ("start", "size", "shown"), [(0, 2, [0, 1]), (1, 9, [1, 2]), (9, 1, []), (-1, 1, []), (0, -1, []), (0, 0, [])]
)
def test_a_list_is_given_from_one_on(start: int, size: int, shown: list[int]):
    assert window([0, 1, 2], start, size) == shown


def test_of_a_long_log_the_last_mebibyte_is_read(tmp_path: Path):
    log = tmp_path / "log"
    log.write_bytes(b"first\n" + b"x" * (1 << 20) + b"\nlast \xff\n")
    lines = log_lines(log)
    assert lines[-1] == "last \N{REPLACEMENT CHARACTER}"
    assert "first" not in lines

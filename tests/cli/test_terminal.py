"""Does a terminal show what happens, and a file what happened."""

from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO

import pytest

from hepnb.cli.terminal import StepProgress, count, print_cutflow


@dataclass(frozen=True)
class _Line:
    cut: str
    events: int


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """What the user may have told rich about the terminal."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")


def _words(text: str) -> list[list[str]]:
    """The words of each line, without the lines of the table."""
    return [line.replace("│", " ").replace("┃", " ").split() for line in text.splitlines()]


def _last_frame(screen: StringIO, *steps: str) -> list[str]:
    """The last line drawn for each step."""
    lines = screen.getvalue().splitlines()
    return [next(line for line in reversed(lines) if step in line) for step in steps]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0"), (999, "999"), (1000, "1\u00a0000"), (61_540_413, "61\u00a0540\u00a0413"), (-1234, "-1\u00a0234")],
)
def test_thousands_are_set_apart(number, expected):
    assert count(number) == expected


def test_a_cutflow_gives_events_and_shares(capsys):
    print_cutflow([_Line("events", 800), _Line("two muons", 400), _Line("opposite charge", 100)])
    printed = _words(capsys.readouterr().out)
    assert ["events", "800", "100.00", "%", "100.00", "%"] in printed
    assert ["two", "muons", "400", "50.00", "%", "50.00", "%"] in printed
    assert ["opposite", "charge", "100", "12.50", "%", "25.00", "%"] in printed


def test_a_cutflow_without_events_has_no_shares(capsys):
    print_cutflow([_Line("events", 0), _Line("two muons", 0)])
    printed = _words(capsys.readouterr().out)
    assert ["events", "0", "-", "-"] in printed
    assert ["two", "muons", "0", "-", "-"] in printed


def test_a_cut_that_nothing_passes_leaves_the_next_without_a_share(capsys):
    print_cutflow([_Line("events", 10), _Line("first", 0), _Line("second", 0)])
    assert ["second", "0", "0.00", "%", "-"] in _words(capsys.readouterr().out)


def test_a_cutflow_goes_to_stdout_alone(capsys):
    print_cutflow([_Line("events", 1)])
    assert capsys.readouterr().err == ""


def test_a_file_gets_one_line_per_step(capsys):
    with StepProgress() as progress:
        progress.step("Reading")
        progress.tasks(1, 2)
        progress.step("Writing")
    written = capsys.readouterr()
    assert written.err == "Reading …\nWriting …\n"
    assert written.out == ""


def test_a_terminal_gets_a_finished_bar_per_step():
    with redirect_stderr(_Terminal()) as screen, StepProgress() as progress:
        progress.step("Reading")
        progress.tasks(1, 4)
        progress.step("Writing")
    reading, writing = _last_frame(screen, "Reading", "Writing")
    assert "✓" in reading
    assert "4/4" in reading
    assert "✓" in writing
    assert "1/1" in writing


def _fail_after_a_quarter():
    with StepProgress() as progress:
        progress.step("Reading")
        progress.tasks(1, 4)
        raise ValueError("broken")


def test_a_step_that_fails_is_not_shown_as_done():
    with redirect_stderr(_Terminal()) as screen, pytest.raises(ValueError, match="broken"):
        _fail_after_a_quarter()
    (reading,) = _last_frame(screen, "Reading")
    assert "1/4" in reading
    assert "✓" not in reading


def test_a_terminal_gets_its_cursor_back_after_a_failure():
    with redirect_stderr(_Terminal()) as screen, pytest.raises(ValueError, match="broken"):
        _fail_after_a_quarter()
    hidden, shown = "\x1b[?25l", "\x1b[?25h"
    assert screen.getvalue().rindex(shown) > screen.getvalue().rindex(hidden)


def test_batches_pass_through_and_are_counted():
    batches = ["abc", "", "de"]
    with redirect_stderr(_Terminal()) as screen, StepProgress() as progress:
        progress.step("Generating")
        passed = list(progress.counted(batches, total=5))
    assert passed == batches
    (generating,) = _last_frame(screen, "Generating")
    assert "5/5" in generating


def test_batches_are_counted_after_they_were_used():
    with redirect_stderr(_Terminal()), StepProgress() as progress:
        progress.step("Generating")
        batches = progress.counted(["abc", "de"], total=5)
        assert [progress._bars.tasks[0].completed for _ in batches] == [0, 3]


def test_progress_before_the_first_step_is_no_error(capsys):
    with StepProgress() as progress:
        progress.tasks(1, 2)
    assert capsys.readouterr().err == ""

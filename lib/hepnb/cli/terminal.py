"""What the user of a terminal sees while something runs, and when it is done."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence, Sized
from types import TracebackType
from typing import Protocol, Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

Batch = TypeVar("Batch", bound=Sized)


class CutLine(Protocol):
    """One line of a cut flow."""

    @property
    def cut(self) -> str:
        """What is asked of an event."""

    @property
    def events(self) -> int:
        """How many passed."""


class StepProgress:
    """A progress bar per step, on stderr; a line per step where stderr is not a terminal."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._console = Console(stderr=True)
        self._bars = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._current: TaskID | None = None

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the terminal in order."""
        if kind is None:
            self._finish()
        self._bars.stop()

    def step(self, description: str) -> None:
        """A new step begins."""
        self._finish()
        if not self._console.is_terminal:
            self._console.print(f"{description} …", highlight=False)
        self._current = self._bars.add_task(description, total=None)

    def tasks(self, done: int, total: int) -> None:
        """So much of the step is done."""
        if self._current is not None:
            self._bars.update(self._current, completed=done, total=total)

    def counted(self, batches: Iterable[Batch], *, total: int) -> Iterator[Batch]:
        """Pass batches on, and count their elements."""
        done = 0
        for batch in batches:
            yield batch
            done += len(batch)
            self.tasks(done, total)

    def _finish(self) -> None:
        if self._current is not None:
            known = self._bars.tasks[self._current].total
            total = 1 if known is None else known
            self._bars.update(self._current, completed=total, total=total)


def print_json(content: object) -> None:
    """Print a JSON object on stdout, in a line of its own."""
    sys.stdout.write(json.dumps(content) + "\n")


def print_cutflow(cuts: Sequence[CutLine]) -> None:
    """Print a cut flow on stdout: events, share of all events, share of those before the cut."""
    before = [cuts[0], *cuts]
    rows = [
        (line.cut, count(line.events), _share(line.events, cuts[0].events), _share(line.events, previous.events))
        for line, previous in zip(cuts, before, strict=False)
    ]
    print_table(("cut", "events", "of all", "of previous"), rows, title="Cut flow")


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, title: str) -> None:
    """Print a table on stdout: names on the left, numbers to the right of them."""
    table = Table(titles[0], title=title, title_justify="left")
    for column in titles[1:]:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def count(number: int) -> str:
    """A number with its thousands set apart."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"

"""What a run of the benchmarks can be told."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from benchmarks.rows import Row, print_table
from hepnb.cli.interrupts import heard, install
from hepnb.cli.terminal import StepProgress

BUILD: Final = Path(__file__).parents[1] / "build" / "bench"


@dataclass(frozen=True)
class Settings:
    """What is measured, and how often.

    Attributes:
        events: in each file of muons; other files follow it in size.
        repeats: how many interleaved runs the medians are taken over.
        root_python: an interpreter that may be able to import ROOT.
        folder: where the files of events lie.
        progress: is told what is going on.
    """

    events: int
    repeats: int
    root_python: str
    folder: Path
    progress: StepProgress

    @property
    def of_spark(self) -> "Settings":
        """The same with half as many runs, because each takes so long that noise evens out inside it."""
        return replace(self, repeats=max(self.repeats // 2, 1))


def cores() -> list[int]:
    """Numbers of the cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


Claim = Callable[[Settings], Iterator[Row]]
"""Measures one claim."""

_QUICK_EVENTS: Final = 20_000


def main(claim: Claim, *, conclude: Callable[[Sequence[Row], Settings], None] | None = None) -> None:
    """Measure a claim from the command line, and print its table.

    Args:
        claim: what to measure.
        conclude: what else to do with the rows.
    """

    @click.command()
    @click.option("--events", type=click.IntRange(min=1000), default=2_000_000, show_default=True, help="In a file.")
    @click.option("--repeats", type=click.IntRange(min=1), default=7, show_default=True, help="Interleaved runs.")
    @click.option("--quick", is_flag=True, help=f"One run over {_QUICK_EVENTS} events: does it work at all?")
    @click.option("--root-python", default=sys.executable, metavar="PYTHON", help="An interpreter that imports ROOT.")
    @click.option("--folder", type=click.Path(path_type=Path), default=BUILD, help="Where the files lie.")
    def command(events: int, repeats: int, quick: bool, root_python: str, folder: Path) -> None:
        size, runs = (_QUICK_EVENTS, 1) if quick else (events, repeats)
        install()
        try:
            with StepProgress() as progress:
                settings = Settings(size, runs, root_python, folder, progress)
                rows = list(claim(settings))
        except KeyboardInterrupt:
            heard()
            raise SystemExit(130) from None
        print_table(rows)
        if conclude is not None:
            conclude(rows, settings)

    command()

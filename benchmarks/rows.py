"""What a benchmark found: a table for the terminal, for a page and for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from rich.console import Console
from rich.table import Table

_TITLES: Final = ("claim", "measured", "against", "which took", "ratio", "target", "")
_WIDTH: Final = 150


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        claim: what is measured.
        figure: the project's [`unit`]; ``None`` where it was not measured.
        unit: ``ns/event``, ``GB/s``, ``M/s``, ``s``, ``ms``, ``MB`` or ``%``.
        peer: what it is compared with.
        peer_figure: the peer's, of the same run [`unit`]; ``None`` where there is no peer.
        ratio: of the two, as the target has it.
        target: as a sentence would say it.
        met: whether it is reached; ``None`` where there is no target, or nothing was measured.
        note: why nothing was measured.
    """

    claim: str
    figure: float | None
    unit: str = "ns/event"
    peer: str = "–"
    peer_figure: float | None = None
    ratio: float | None = None
    target: str = "–"
    met: bool | None = None
    note: str = ""


def faster(
    claim: str, figure: float, *, unit: str = "ns/event", peer: str, peer_figure: float, times: float | None
) -> Row:
    """The project takes so many times less than its peer."""
    ratio = peer_figure / figure
    target, met = ("–", None) if times is None else (f"≥ {times:g}× faster", ratio >= times)
    return Row(
        claim=claim, figure=figure, unit=unit, peer=peer, peer_figure=peer_figure, ratio=ratio, target=target, met=met
    )


def near(claim: str, figure: float, *, peer: str, peer_figure: float, times: float | None) -> Row:
    """The project takes not much more than its limit."""
    ratio = figure / peer_figure
    target, met = ("–", None) if times is None else (f"≤ {times:g}× its time", ratio <= times)
    return Row(claim=claim, figure=figure, peer=peer, peer_figure=peer_figure, ratio=ratio, target=target, met=met)


def at_most(claim: str, figure: float, *, unit: str, bound: float) -> Row:
    """The project stays below a bound."""
    return Row(claim=claim, figure=figure, unit=unit, target=f"≤ {bound:g} {unit}", met=figure <= bound)


def at_least(claim: str, figure: float, *, unit: str, bound: float) -> Row:
    """The project stays above a bound."""
    return Row(claim=claim, figure=figure, unit=unit, target=f"≥ {bound:g} {unit}", met=figure >= bound)


def skipped(claim: str, *, peer: str, note: str) -> Row:
    """Nothing was measured, for a reason."""
    return Row(claim=claim, figure=None, peer=peer, note=note)


def print_table(rows: Sequence[Row]) -> None:
    """Print on stdout."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file or a pipe has room
    table = Table(*_TITLES)
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)


def markdown(rows: Sequence[Row]) -> str:
    """As a table of a page."""
    lines = [_TITLES, ("---",) * len(_TITLES), *(_cells(row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def to_json(rows: Sequence[Row]) -> str:
    """As a list of objects, one a row."""
    return json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False)


def _cells(row: Row) -> tuple[str, ...]:
    if row.figure is None:
        return row.claim, "–", row.peer, "–", "–", row.target, f"skipped: {row.note}"
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    mark = {None: "", True: "✓", False: "✗"}[row.met]
    return row.claim, _said(row.figure, row.unit), row.peer, _said(row.peer_figure, row.unit), ratio, row.target, mark


def _said(figure: float | None, unit: str) -> str:
    if figure is None:
        return "–"
    return f"{figure:.2f} {unit}" if figure < 10 else f"{figure:.0f} {unit}"

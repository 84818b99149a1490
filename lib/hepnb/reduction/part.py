"""What one worker does with one piece of the main job: events in, a part of the result out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from hepnb.errors import MissingInputError, MissingNameError, UnreadableFileError, WrongTypeError
from hepnb.loaders.plan import EntryRange, Piece
from hepnb.loaders.read import read_batches
from hepnb.loaders.schema import fitted_batch
from hepnb.loaders.survey import Failure
from hepnb.reduction.dimuon import reduce
from hepnb.writers.parquet import write_rows
from hepnb.writers.staging import whole_file

_FAULTS_OF_A_FILE: Final = (MissingInputError, MissingNameError, UnreadableFileError, WrongTypeError)


@dataclass(frozen=True)
class Part:
    """What became of a range of events.

    Attributes:
        path: the file they are from.
        passed: how many events there were, and how many passed each cut and all before it.
        rows: the Parquet file of those kept; ``None`` where none were.
    """

    path: str
    passed: tuple[int, ...]
    rows: Path | None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is asked of all workers.

    Attributes:
        selection: name of the selection.
        tree: name of the tree.
        columns: what to read, with the types wanted.
        rows: what to write.
        folder: where the rows go.
        keep_errors: whether to answer with what is wrong with a file, and not to raise it.
    """

    selection: str
    tree: str
    columns: pa.Schema
    rows: pa.Schema
    folder: Path
    keep_errors: bool


def reduce_piece(numbered: tuple[int, Piece], *, recipe: Recipe) -> list[Part | Failure]:
    """Reduce the events of a piece of work to rows in a folder.

    Running twice does no harm: names follow from the plan, and a file gets its name when it is whole.

    Args:
        numbered: number of the piece, and the piece.
        recipe: what is asked of all workers.

    Returns:
        An answer for each range.
    """
    number, piece = numbered
    answers: list[Part | Failure] = []
    for index, events in enumerate(piece):
        try:
            answers.append(_reduce_range(events, recipe, recipe.folder / f"{number:06}-{index:06}.parquet"))
        except _FAULTS_OF_A_FILE as error:
            if not recipe.keep_errors:
                raise
            answers.append(Failure(events.path, error))
    return answers


def _reduce_range(events: EntryRange, recipe: Recipe, path: Path) -> Part:
    passed: Counter[int] = Counter()
    with whole_file(path) as unfinished:
        # These files live for minutes; compressing them is left to the one that packs them.
        rows = write_rows(unfinished, _rows(events, recipe, passed), schema=recipe.rows, compression="none")
    return Part(events.path, tuple(passed[line] for line in range(len(passed))), path if rows else None)


def _rows(events: EntryRange, recipe: Recipe, passed: Counter[int]) -> Iterator[pa.RecordBatch]:
    for batch in read_batches(events, tree=recipe.tree, schema=recipe.columns):
        reduced = reduce(batch, selection=recipe.selection)
        passed.update(dict(enumerate(reduced.passed)))
        yield fitted_batch(reduced.rows, recipe.rows, what=f"the pairs of {events.path}")

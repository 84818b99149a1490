"""Which part of which file is one piece of work."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # planning is pure; it does not wait for uproot
    from hepnb.loaders.catalogue import FileDescription

_PIECES_WANTED: Final = 64
_SMALLEST_PIECE: Final = 32 << 20  # [B] compressed; a tenth of a second, five times what a task of Spark costs
_LARGEST_PIECE: Final = 128 << 20  # [B] compressed
_OPENING: Final = 256 << 10  # [B] of work that the opening of a file amounts to


@dataclass(frozen=True)
class EntryRange:
    """The events of one file from `start` up to, not including, `stop`."""

    path: str
    start: int
    stop: int


Piece = tuple[EntryRange, ...]
"""What one task does: a part of a large file, or many small files, in their order."""


def piece_bytes(files: "Iterable[FileDescription]") -> int:
    """How much compressed data [B] one piece of work should hold.

    It follows from the data alone, so that a plan does not depend on the machine: enough pieces to keep
    some dozens of cores busy, none so small that its overhead counts, none so large that its loss would hurt.
    """
    total = sum(sum(file.stored_bytes) for file in files)
    return min(max(total // _PIECES_WANTED, _SMALLEST_PIECE), _LARGEST_PIECE)


def plan(files: "Sequence[FileDescription]", *, target_bytes: int | None = None) -> list[Piece]:
    """Cut files into pieces of work along their clusters, in the order of the files.

    A cluster is never split, because its blocks would be decompressed once for each part. Large files are cut,
    small ones, and the rests of large ones, are packed together.

    Args:
        files: what is there.
        target_bytes: compressed size [B] at which a piece is full; by default `piece_bytes`.
    """
    target = piece_bytes(files) if target_bytes is None else target_bytes
    pieces: list[Piece] = []
    waiting: list[EntryRange] = []
    held = 0
    for file in files:
        for start, stop, size in group_clusters(file.clusters, file.stored_bytes, target_bytes=target):
            if waiting and held + size > target:
                pieces.append(tuple(waiting))
                waiting, held = [], 0
            waiting.append(EntryRange(file.path, start, stop))
            held += size + _OPENING
    return [*pieces, tuple(waiting)] if waiting else pieces


def group_clusters(
    clusters: Sequence[int], stored_bytes: Sequence[int], *, target_bytes: int
) -> Iterator[tuple[int, int, int]]:
    """Join neighbouring clusters until each group holds at least `target_bytes`.

    Args:
        clusters: entries at which clusters begin and end, ``(n + 1,)``.
        stored_bytes: compressed size [B] of each cluster, ``(n,)``.
        target_bytes: size [B] at which a group is full; the last group may stay smaller.

    Yields:
        Start, stop and size [B] of each group; together they cover all entries once, in order.
    """
    start, held = None, 0
    for (first, last), size in zip(pairwise(clusters), stored_bytes, strict=True):
        start = first if start is None else start
        held += size
        if held >= target_bytes or last == clusters[-1]:
            yield start, last, held
            start, held = None, 0

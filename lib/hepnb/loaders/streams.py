"""The values of a column, event after event, from the blocks of numbers that a file stores."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepnb.loaders.damage import unreadable

Numbers = npt.NDArray[Any]

_MOST_VALUES: Final = np.iinfo(np.int32).max  # Arrow's lists count with 32 bits


class Stream(Protocol):
    """One column, from some event on."""

    def take(self, entries: int) -> pa.Array:
        """The values of the next `entries` events.

        Raises:
            UnreadableFileError: the file is damaged.
        """


@dataclass(frozen=True)
class Block:
    """Neighbouring numbers of a column.

    Attributes:
        numbers: in the machine's byte order.
        entry: the event to which the first of them belongs, where the file says so.
    """

    numbers: Numbers
    entry: int | None = None


class NumberStream:
    """Stored numbers in their order, in pieces of any length."""

    def __init__(self, blocks: Iterator[Block], *, what: str, dtype: np.dtype[Any]) -> None:
        """Begin before the first block.

        Args:
            blocks: of one column, in the order of the file.
            what: the column, for sentences.
            dtype: of the numbers.
        """
        self._blocks = blocks
        self._what = what
        self._current = np.empty(0, dtype)
        self._position = 0  # of the next number, counted from the first block
        self.landmarks: list[tuple[int, int]] = []
        """``(entry, position)`` of the blocks that were begun and say to which event they belong."""

    @property
    def position(self) -> int:
        """How many numbers were taken."""
        return self._position

    def take(self, count: int) -> Numbers:
        """The next `count` numbers; a view of the block they lie in, if it is one.

        Raises:
            UnreadableFileError: there are no more, or the file is damaged.
        """
        parts, missing = [], count
        while missing > len(self._current):
            parts.append(self._current)
            missing -= len(self._current)
            self._next_block(loaded=count - missing)
        parts.append(self._current[:missing])
        self._current = self._current[missing:]
        self._position += count
        return parts[-1] if len(parts[-1]) == count else np.concatenate(parts)

    def skip(self, count: int) -> None:
        """Pass over numbers, without keeping them."""
        self._position += count
        while count > len(self._current):
            count -= len(self._current)
            self._next_block(loaded=-count)
        self._current = self._current[count:]

    def _next_block(self, *, loaded: int) -> None:
        with unreadable(self._what):
            block = next(self._blocks, None)
            if block is None:
                raise ValueError("it holds fewer numbers than its events need")
        if block.entry is not None:
            self.landmarks.append((block.entry, self._position + loaded))
        self._current = block.numbers


class SharedOffsets:
    """Where the lists of the next events begin: worked out once for all columns that share their counts."""

    def __init__(self, counts: NumberStream, *, entry: int) -> None:
        """Begin at an event.

        Args:
            counts: how many elements each event has.
            entry: the event of its first number.
        """
        self._counts = counts
        self._entry = entry
        self._offsets = np.zeros(1, np.int32)

    def take(self, entry: int, entries: int) -> npt.NDArray[np.int32]:
        """Offsets of the lists of `entries` events from `entry` on, ``(entries + 1,)``, the first one 0.

        Columns ask for the same events one after the other.
        """
        if entry == self._entry:
            self._offsets = _offsets(self._counts.take(entries))
            self._entry += entries
        return self._offsets


def _offsets(counts: Numbers) -> npt.NDArray[np.int32]:
    if counts.size and int(counts.min()) < 0:
        raise ValueError("a list has a negative number of elements")
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    if offsets[-1] > _MOST_VALUES:
        raise ValueError(f"the lists of {len(counts)} events announce {offsets[-1]} elements")
    return offsets.astype(np.int32)


class FlatStream:
    """A column of one number an event."""

    def __init__(self, numbers: NumberStream) -> None:
        """Wrap numbers that begin at the wanted event."""
        self._numbers = numbers

    def take(self, entries: int) -> pa.Array:
        """The values of the next events."""
        return pa.array(self._numbers.take(entries))


class ListStream:
    """A column of a list of numbers an event."""

    def __init__(self, numbers: NumberStream, offsets: SharedOffsets, *, entry: int, what: str) -> None:
        """Begin at an event.

        Args:
            numbers: the elements, from the first one of this event on.
            offsets: of the same lists, from this event on.
            entry: the event.
            what: the column, for sentences.
        """
        self._numbers = numbers
        self._offsets = offsets
        self._entry = entry
        self._what = what

    def take(self, entries: int) -> pa.Array:
        """The values of the next events."""
        with unreadable(self._what):
            offsets = self._offsets.take(self._entry, entries)
        begin = self._numbers.position
        elements = self._numbers.take(int(offsets[-1]))
        self._check_landmarks(offsets, begin)
        self._entry += entries
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(elements))

    def _check_landmarks(self, offsets: npt.NDArray[np.int32], begin: int) -> None:
        """Counts and elements lie apart in a file; where it says that an event begins, both must agree."""
        landmarks, self._numbers.landmarks = self._numbers.landmarks, []
        for entry, position in landmarks:
            inside = entry - self._entry
            if 0 <= inside < len(offsets) and offsets[inside] != position - begin:
                with unreadable(self._what):
                    raise ValueError(f"its elements before event {entry} are not as many as its counts say")

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
_STEP: Final = 65_536


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
        numbers: in the byte order of the file.
        landmark: ``(entry, count)``, where the file says how many numbers, from the first of these on, belong to
            the events before `entry`.
    """

    numbers: Numbers
    landmark: tuple[int, int] | None = None


class NumberStream:
    """Stored numbers in their order, in pieces of any length."""

    def __init__(self, blocks: Iterator[Block], *, dtype: np.dtype[Any]) -> None:
        """Begin before the first block.

        Args:
            blocks: of one column, in the order of the file.
            dtype: of the numbers, in the machine's byte order.
        """
        self._blocks = blocks
        self._dtype = dtype
        self._current: Numbers = np.empty(0, dtype)
        self._position = 0  # of the next number, counted from the first block
        self.landmarks: list[tuple[int, int]] = []
        """``(entry, position)`` that the blocks begun so far tell: the events before `entry` end at `position`."""

    @property
    def position(self) -> int:
        """How many numbers were taken."""
        return self._position

    def take(self, count: int) -> Numbers:
        """The next `count` numbers; a view of the block they lie in, if it is one in the machine's byte order.

        Raises:
            ValueError: there are no more.
            UnreadableFileError: the file is damaged.
        """
        parts, missing = [], count
        while missing > len(self._current):
            parts.append(self._current)
            missing -= len(self._current)
            self._next_block(loaded=count - missing)
        parts.append(self._current[:missing])
        self._current = self._current[missing:]
        self._position += count
        if len(parts[-1]) == count and parts[-1].dtype == self._dtype:
            return parts[-1]
        # Bytes are swapped here and not block by block: into memory that the last batch has just left.
        return np.concatenate(parts, dtype=self._dtype)

    def skip(self, count: int) -> None:
        """Pass over numbers, without keeping them."""
        if count < 0:
            raise ValueError(f"{count} numbers cannot be passed over")
        self._position += count
        while count > len(self._current):
            count -= len(self._current)
            self._next_block(loaded=-count)
        self._current = self._current[count:]

    def sum_of(self, count: int) -> int:
        """The sum of the next `count` numbers, without keeping them."""
        return sum(int(self.take(min(_STEP, count - done)).sum()) for done in range(0, count, _STEP))

    def _next_block(self, *, loaded: int) -> None:
        block = next(self._blocks, None)
        if block is None:
            raise ValueError("it holds fewer numbers than its events need")
        if block.landmark is not None:
            entry, numbers = block.landmark
            self.landmarks.append((entry, self._position + loaded + numbers))
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
    fewest, most = (int(counts.min()), int(counts.max())) if counts.size else (0, 0)
    if fewest < 0 or most > _MOST_VALUES:
        raise ValueError(f"lists of {fewest} to {most} elements are announced")
    # A second look at the sum is needed only where it might not fit.
    if most * counts.size > _MOST_VALUES and (total := int(counts.sum(dtype=np.int64))) > _MOST_VALUES:
        raise ValueError(f"the lists of {len(counts)} events announce {total} elements")
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, dtype=np.int32, out=offsets[1:])
    return offsets


class FlatStream:
    """A column of one number an event."""

    def __init__(self, numbers: NumberStream, *, entry: int, what: str) -> None:
        """Begin at an event.

        Args:
            numbers: from the one of this event on.
            entry: the event.
            what: the column, for sentences.
        """
        self._numbers = numbers
        self._entry = entry
        self._what = what

    def take(self, entries: int) -> pa.Array:
        """The values of the next events."""
        with unreadable(f"The {self._what}, entries {self._entry} to {self._entry + entries}"):
            numbers = self._numbers.take(entries)
        self._entry += entries
        return pa.array(numbers)


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
        with unreadable(f"The {self._what}, entries {self._entry} to {self._entry + entries}"):
            offsets = self._offsets.take(self._entry, entries)
            begin = self._numbers.position
            elements = self._numbers.take(int(offsets[-1]))
            self._check_landmarks(offsets, begin)
        self._entry += entries
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(elements))

    def _check_landmarks(self, offsets: npt.NDArray[np.int32], begin: int) -> None:
        """Counts and elements lie apart in a file; where it says how many elements there are, both must agree.

        A landmark behind these events is only passed if they have too many elements. One before them comes from
        a block without elements, which is not opened before the next element is needed.
        """
        last = len(offsets) - 1
        for entry, position in self._numbers.landmarks:
            stored, counted = position - begin, int(offsets[min(max(entry - self._entry, 0), last)])
            if counted > stored or (counted < stored and entry <= self._entry + last):
                raise ValueError(f"its elements before event {entry} are not as many as its counts say")
        self._numbers.landmarks = [mark for mark in self._numbers.landmarks if mark[0] > self._entry + last]

"""The numbers in the baskets of a TTree.

A basket is a TKey, with some fields of TBasket at its end, and a record of big-endian values. What follows the values,
offsets of lists, is not needed: the lists' lengths are a branch of their own
(https://root.cern/doc/master/classTBasket.html).
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
from uproot.behaviors.TBranch import TBranch
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDtype

from hepnb.loaders.codecs import Bytes, decompressed
from hepnb.loaders.damage import unreadable
from hepnb.loaders.source import Record, Source
from hepnb.loaders.streams import Block

_KEY: Final = struct.Struct(">ixxixxxxhxx")  # fNbytes, fObjlen, fKeylen
_END_OF_KEY: Final = struct.Struct(">iix")  # fNevBuf, fLast


@dataclass(frozen=True)
class BasketColumn:
    """One branch of plain numbers.

    Attributes:
        branch: uproot's view of it; only what it says of the baskets is used.
        dtype: of the numbers.
        flat: whether there is one number an event.
        what: the branch, for sentences.
    """

    branch: TBranch
    dtype: np.dtype[Any]
    flat: bool
    what: str

    @cached_property
    def edges(self) -> Sequence[int]:
        """Entries at which baskets begin, and the last one ends, ``(n_baskets + 1,)``."""
        return [int(entry) for entry in self.branch.entry_offsets]

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Where the baskets lie in the file; the last ones may lie in the tree's own record instead."""
        number = self.branch.num_baskets - len(self.branch.embedded_baskets)
        starts = self.branch.member("fBasketSeek")[:number].tolist()
        sizes = self.branch.member("fBasketBytes")[:number].tolist()
        return [(start, start + size) for start, size in zip(starts, sizes, strict=True)]

    def basket_of(self, entry: int) -> int:
        """The number of the basket that holds an event, or would hold the next one."""
        return max(int(np.searchsorted(self.edges, entry, side="right")) - 1, 0)

    def spans(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Where the baskets lie that begin among these events."""
        for (first, _), span in zip(pairwise(self.edges), self._spans, strict=False):
            if start <= first < stop:
                yield span

    def blocks(self, source: Source, first_basket: int) -> Iterator[Block]:
        """The numbers, from the beginning of a basket on."""
        for number in range(first_basket, len(self.edges) - 1):
            first, end = self.edges[number], self.edges[number + 1]
            with unreadable(f"The {self.what}, entries {first} to {end}"):
                stored = number < len(self._spans)
                size, content = self._stored(source, number) if stored else self._embedded(number)
                if size % self.dtype.itemsize or (self.flat and size != (end - first) * self.dtype.itemsize):
                    raise ValueError(f"{size} bytes of {self.dtype} are stored for {end - first} events")
                yield Block(np.empty(0, self.dtype), (end, size // self.dtype.itemsize))
                for numbers in _numbers(content, self.dtype.newbyteorder(">")):
                    yield Block(numbers)

    def _embedded(self, number: int) -> tuple[int, Iterator[Bytes]]:
        """How many bytes a basket in the tree's own record holds, and they."""
        data = np.asarray(self.branch.basket(number).data, np.uint8)
        return data.size, iter([data])

    def _stored(self, source: Source, number: int) -> tuple[int, Iterator[Bytes]]:
        """How many bytes a basket holds, and they."""
        entries = self.edges[number + 1] - self.edges[number]
        start, stop = self._spans[number]
        record = Record(source, start, stop)
        stored, size, key_size = _KEY.unpack(record.take(_KEY.size))
        if stored != stop - start:
            raise ValueError(f"its basket at byte {start} announces {stored} bytes, where {stop - start} were written")
        rest = record.take(key_size - _KEY.size)
        events, last = _END_OF_KEY.unpack(rest[-_END_OF_KEY.size :])
        border = last - key_size
        if events != entries or not 0 <= border <= size:
            raise ValueError(f"its basket at byte {start} announces {events} events in {border} of {size} bytes")
        return border, _until(border, decompressed(record, size))


def _until(border: int, blocks: Iterator[Bytes]) -> Iterator[Bytes]:
    """The first `border` bytes; the blocks behind them are still read, because they carry checksums."""
    for block in blocks:
        yield block[:border]
        border -= min(border, block.size)


def _numbers(content: Iterator[Bytes], dtype: np.dtype[Any]) -> Iterator[np.ndarray[Any, Any]]:
    """Bytes as numbers; a number may begin in one block and end in the next."""
    carried = np.empty(0, np.uint8)
    for block in content:
        whole = np.concatenate([carried, block]) if carried.size else block
        del block
        used = whole.size // dtype.itemsize * dtype.itemsize
        carried = whole[used:].copy()
        yield whole[:used].view(dtype)


def basket_column(branch: TBranch, path: str) -> BasketColumn | None:
    """A branch as plain numbers; ``None`` where it holds anything else.

    What it holds is recognised by uproot's interpretation: one number an event, or a list of numbers without a
    header of its own.

    Args:
        branch: uproot's view of it.
        path: of its file, for sentences.
    """
    interpretation = branch.interpretation
    flat = not isinstance(interpretation, AsJagged)
    if not flat and interpretation.header_bytes == 0:
        interpretation = interpretation.content
    if type(interpretation) is not AsDtype or interpretation.inner_shape or len(branch.member("fLeaves")) != 1:
        return None
    stored: np.dtype[Any] = interpretation.from_dtype
    if stored.kind not in "biuf" or stored.newbyteorder("=") != interpretation.to_dtype.newbyteorder("="):
        return None
    return BasketColumn(branch, stored.newbyteorder("="), flat, f"branch '{branch.name}' of {path}")

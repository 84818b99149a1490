"""The numbers in the pages of an RNTuple.

The encodings are those of the format's specification
(https://github.com/root-project/root/blob/master/tree/ntuple/doc/BinaryFormatSpecification.md).
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xxhash
from uproot.behaviors.RNTuple import RNTuple
from uproot.const import RNTupleLocatorType

from hepnb.loaders.codecs import Bytes, decompressed
from hepnb.loaders.damage import unreadable
from hepnb.loaders.source import HeldSource, Record, Source
from hepnb.loaders.streams import Block, Numbers

_CHECKSUM_BYTES: Final = 8


@dataclass(frozen=True)
class Encoding:
    """How numbers are written into a page.

    Attributes:
        dtype: of the numbers; bits for ``bool``.
        split: all first bytes come first, then all second bytes, and so on.
        zigzag: signed numbers are folded onto unsigned ones, small onto small.
        delta: each number is the difference to the one before.
    """

    dtype: str
    split: bool = False
    zigzag: bool = False
    delta: bool = False


_ENCODINGS: Final = {
    0x00: Encoding("bool"),
    0x01: Encoding("u1"),  # Byte
    0x02: Encoding("u1"),  # Char
    0x03: Encoding("i1"),
    0x04: Encoding("u1"),
    0x05: Encoding("<i2"),
    0x06: Encoding("<u2"),
    0x07: Encoding("<i4"),
    0x08: Encoding("<u4"),
    0x09: Encoding("<i8"),
    0x0A: Encoding("<u8"),
    0x0B: Encoding("<f2"),
    0x0C: Encoding("<f4"),
    0x0D: Encoding("<f8"),
    0x0E: Encoding("<u4"),  # Index32
    0x0F: Encoding("<u8"),  # Index64
    0x11: Encoding("<i2", split=True, zigzag=True),
    0x12: Encoding("<u2", split=True),
    0x13: Encoding("<i4", split=True, zigzag=True),
    0x14: Encoding("<u4", split=True),
    0x15: Encoding("<i8", split=True, zigzag=True),
    0x16: Encoding("<u8", split=True),
    0x17: Encoding("<f2", split=True),
    0x18: Encoding("<f4", split=True),
    0x19: Encoding("<f8", split=True),
    0x1A: Encoding("<u4", split=True, delta=True),
    0x1B: Encoding("<u8", split=True, delta=True),
}
"""Column type -> encoding. Switches, and floats of unusual widths, are left to uproot."""


def check_page_lists(ntuple: RNTuple) -> None:
    """Check the checksums of the lists of pages, as uproot checks those of header and footer.

    Raises:
        ValueError: one does not match.
    """
    for record in ntuple.footer.cluster_group_records:
        link = record.page_list_link
        chunk, _ = ntuple.read_locator(link.locator, link.env_uncomp_size)
        _checked(memoryview(chunk.raw_data)[: link.env_uncomp_size], "the list of its pages")


def check_pages(ntuple: RNTuple, columns: Iterable[int], source: Source, *, start: int, stop: int) -> None:
    """Check the checksums of the pages that hold these events, for columns that are left to uproot.

    Raises:
        ValueError: one does not match.
    """
    pages = [
        page
        for summary, lists in zip(ntuple.cluster_summaries, ntuple.page_link_list, strict=True)
        if summary.num_first_entry < stop and start < summary.num_first_entry + summary.num_entries
        for column in columns
        if column < len(lists)
        for page in lists[column].pages
        if page.has_checksum and page.locator.type == RNTupleLocatorType.STANDARD
    ]
    source.expect([_span(page) for page in pages])
    for page in pages:
        _stored(source, page)


def find_encoding(ntuple: RNTuple, column: int) -> Encoding | None:
    """The encoding of a stored column; ``None`` where it is stored in a way that is left to uproot.

    Known are columns of plain numbers in one representation, which every cluster keeps in the file itself.
    """
    record = ntuple.column_records[column]
    alone = sum(other.field_id == record.field_id for other in ntuple.column_records) == 1
    if not alone or int(record.flags) or record.first_element_index:
        return None
    for pages in ntuple.page_link_list:
        if column >= len(pages) or pages[column].suppressed:
            return None
        if any(page.locator.type != RNTupleLocatorType.STANDARD for page in pages[column].pages):
            return None
    return _ENCODINGS.get(record.type)


@dataclass(frozen=True)
class PageColumn:
    """One stored column of plain numbers.

    Attributes:
        ntuple: uproot's view of the RNTuple; only what it says of the pages is used.
        column: its number.
        encoding: of its pages.
        flat: whether there is one number an event.
        what: the column, for sentences.
    """

    ntuple: RNTuple
    column: int
    encoding: Encoding
    flat: bool
    what: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers."""
        return np.dtype(self.encoding.dtype)

    def spans(self, cluster: int) -> Iterator[tuple[int, int]]:
        """Where the pages of a cluster lie in the file."""
        return (_span(page) for page in self.ntuple.page_link_list[cluster][self.column].pages)

    def blocks(self, source: Source, first_cluster: int) -> Iterator[Block]:
        """The numbers, from the beginning of a cluster on."""
        for cluster in range(first_cluster, len(self.ntuple.cluster_summaries)):
            with self._unreadable(cluster):
                pages, end, held = self._pages(cluster)
                yield Block(np.empty(0, self.dtype), (end, held))
                for page in pages:
                    yield Block(decode(_stored(source, page), page.num_elements, self.encoding))

    def counts(self, source: Source, first_cluster: int, decoded: "PageMemory") -> Iterator[Block]:
        """The lengths of lists, where the numbers are the lists' ends, counted anew in each cluster."""
        for cluster in range(first_cluster, len(self.ntuple.cluster_summaries)):
            with self._unreadable(cluster):
                last_end = 0
                for page in self._pages(cluster)[0]:
                    ends = decoded(_stored(source, page), page.num_elements, self.encoding).astype(np.int64)
                    yield Block(np.diff(ends, prepend=last_end))
                    last_end = int(ends[-1]) if ends.size else last_end

    def _pages(self, cluster: int) -> tuple[list[Any], int, int]:
        """The pages of a cluster, the event at which it ends, and how many numbers its pages hold."""
        summary = self.ntuple.cluster_summaries[cluster]
        pages = self.ntuple.page_link_list[cluster][self.column].pages
        held = sum(page.num_elements for page in pages)
        if self.flat and held != summary.num_entries:
            raise ValueError(f"{held} numbers are stored for {summary.num_entries} events")
        return pages, summary.num_first_entry + summary.num_entries, held

    def _unreadable(self, cluster: int) -> AbstractContextManager[None]:
        summary = self.ntuple.cluster_summaries[cluster]
        first = summary.num_first_entry
        return unreadable(f"The {self.what}, entries {first} to {first + summary.num_entries}")


class PageMemory:
    """Decodes pages, and remembers the last one.

    ROOT's importer gives every branch of a jagged collection ends of lists of its own: equal pages, asked for
    one after the other.
    """

    def __init__(self) -> None:
        """Remember nothing."""
        self._last: tuple[memoryview, int, Encoding] | None = None
        self._numbers: Numbers = np.empty(0)

    def __call__(self, stored: memoryview, count: int, encoding: Encoding) -> Numbers:
        """What `decode` makes of a page; not to be changed."""
        if self._last != (stored, count, encoding):
            self._numbers = decode(stored, count, encoding)
            self._last = stored, count, encoding
        return self._numbers


def _span(page: Any) -> tuple[int, int]:
    start = page.locator.offset
    return start, start + page.locator.num_bytes + (_CHECKSUM_BYTES if page.has_checksum else 0)


def _stored(source: Source, page: Any) -> memoryview:
    start, stop = _span(page)
    stored = source.read(start, stop)
    return _checked(stored, f"the page at byte {start}") if page.has_checksum else stored


def _checked(data: memoryview, what: str) -> memoryview:
    """Bytes without the checksum at their end, which they match."""
    content, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    if xxhash.xxh3_64_intdigest(content) != int.from_bytes(checksum, "little"):
        raise ValueError(f"{what} does not match its checksum")
    return content


def decode(stored: memoryview, count: int, encoding: Encoding) -> Numbers:
    """The numbers of a page.

    Args:
        stored: its bytes, compressed or not.
        count: how many numbers they are.
        encoding: how they are written.

    Raises:
        ValueError: the page is damaged; other exceptions of the codecs are possible.
    """
    bits = 1 if encoding.dtype == "bool" else 8 * np.dtype(encoding.dtype).itemsize
    blocks = list(decompressed(Record(HeldSource(stored), 0, len(stored)), -(-count * bits // 8)))
    content = blocks[0] if len(blocks) == 1 else np.concatenate([np.empty(0, np.uint8), *blocks])
    if encoding.dtype == "bool":
        return np.unpackbits(content, count=count, bitorder="little").view(np.bool_)
    dtype = np.dtype(encoding.dtype)
    if not encoding.split:
        return np.require(content.view(dtype), requirements="A")
    bits_joined = _joined(content.reshape(dtype.itemsize, count))
    if encoding.delta:
        np.cumsum(bits_joined, out=bits_joined)
    if encoding.zigzag:
        bits_joined = (bits_joined >> 1) ^ -(bits_joined & 1)
    return bits_joined.view(dtype)


def _joined(planes: Bytes) -> Numbers:
    """Numbers from all their first (least) bytes, all their second bytes, and so on, ``(itemsize, count)``."""
    numbers: Numbers = planes[-1].astype(f"u{len(planes)}")
    for plane in planes[-2::-1]:
        numbers <<= 8
        numbers |= plane
    return numbers

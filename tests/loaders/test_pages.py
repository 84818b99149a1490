"""Does every encoding of a page give the numbers that one works out by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xxhash

from hepnb.errors import UnreadableFileError
from hepnb.loaders.pages import _ENCODINGS, Encoding, PageColumn, PageMemory, decode
from hepnb.loaders.source import HeldSource


def numbers(column_type: int, stored: bytes, count: int) -> np.ndarray:
    return decode(memoryview(stored), count, _ENCODINGS[column_type])


@pytest.mark.parametrize(
    ("column_type", "stored", "expected"),
    [
        (0x01, b"\x00\xff", [0, 255]),
        (0x02, b"a\xff", [97, 255]),
        (0x03, b"\x01\xff", [1, -1]),
        (0x04, b"\x01\xff", [1, 255]),
        (0x05, b"\x01\x02\xff\xff", [513, -1]),
        (0x06, b"\x01\x02\xff\xff", [513, 65535]),
        (0x07, b"\x01\x02\x00\x00\xfe\xff\xff\xff", [513, -2]),
        (0x08, b"\x01\x02\x00\x00\xff\xff\xff\xff", [513, 2**32 - 1]),
        (0x09, b"\x01\x02" + bytes(6) + b"\xff" * 8, [513, -1]),
        (0x0A, b"\x01\x02" + bytes(6) + b"\xff" * 8, [513, 2**64 - 1]),
        (0x0B, b"\x00\x3c\x00\xc1", [1.0, -2.5]),
        (0x0C, b"\x00\x00\x80\x3f\x00\x00\x20\xc0", [1.0, -2.5]),
        (0x0D, bytes(6) + b"\xf0\x3f" + bytes(6) + b"\x04\xc0", [1.0, -2.5]),
        (0x0E, b"\x03\x00\x00\x00\x05\x01\x00\x00", [3, 261]),
        (0x0F, b"\x03" + bytes(7) + b"\x05\x01" + bytes(6), [3, 261]),
        # Split: the least bytes of all numbers, then their next bytes. Zigzag: 0, -1, 1, -2 are kept as 0, 1, 2, 3.
        (0x11, b"\x00\x01\x02\x03\xfe\xff" + b"\x00\x00\x00\x00\xff\xff", [0, -1, 1, -2, 32767, -32768]),
        (0x12, b"\x01\x03" + b"\x02\x04", [513, 1027]),
        (0x13, b"\x01\x02\xff" + b"\x00\x00\xff" * 3, [-1, 1, -(2**31)]),
        (0x14, b"\x01\x02" + b"\x00\x01" + b"\x00\x00" * 2, [1, 258]),
        (0x15, b"\x03\x04\xff" + b"\x00\x00\xff" * 7, [-2, 2, -(2**63)]),
        (0x16, b"\x01\xff" + b"\x00\xff" * 7, [1, 2**64 - 1]),
        (0x17, b"\x00\x00" + b"\x3c\xc1", [1.0, -2.5]),
        (0x18, b"\x00\x00\x00\x00\x80\x20\x3f\xc0", [1.0, -2.5]),
        (0x19, b"\x00\x00" * 6 + b"\xf0\x04\x3f\xc0", [1.0, -2.5]),
        # Delta: 3, then 2 more, then none, then 256 more.
        (0x1A, b"\x03\x02\x00\x00" + b"\x00\x00\x00\x01" + bytes(8), [3, 5, 5, 261]),
        (0x1B, b"\x03\x02\x00\x00" + b"\x00\x00\x00\x01" + bytes(24), [3, 5, 5, 261]),
    ],
    ids=lambda value: f"{value:#04x}" if isinstance(value, int) else "",
)
def test_an_encoding_by_hand(column_type: int, stored: bytes, expected: list[float]):
    got = numbers(column_type, stored, len(expected))
    assert got.tolist() == expected
    assert got.dtype == np.dtype(_ENCODINGS[column_type].dtype)


def test_bits_begin_with_the_least():
    # 0b00001101: the first, third and fourth; then 0b1: the ninth.
    assert numbers(0x00, b"\x0d\x01", 9).tolist() == [True, False, True, True, False, False, False, False, True]


def test_a_split_float_keeps_the_bits_of_a_strange_nan():
    strange = np.array([0x7FC00001, 0xFFC00000], "<u4")
    planes = strange.view(np.uint8).reshape(2, 4).T.tobytes()
    assert numbers(0x18, planes, 2).tobytes() == strange.tobytes()


@pytest.mark.parametrize("column_type", _ENCODINGS)
def test_a_page_without_numbers_is_empty(column_type: int):
    assert numbers(column_type, b"", 0).tolist() == []


@pytest.mark.parametrize("column_type", _ENCODINGS)
def test_a_page_of_another_size_is_refused(column_type: int):
    with pytest.raises(ValueError, match=r"unknown compression|are left in their record"):
        numbers(column_type, bytes(17), 16)


def test_remembered_pages_are_those_asked_for():
    memory, plain = PageMemory(), Encoding("u1")
    asked = [(b"\1\2", 2, plain), (b"\1\2", 2, plain), (b"\1\3", 2, plain), (b"\1\3", 1, Encoding("<u2"))]
    assert [memory(memoryview(page), *rest).tolist() for page, *rest in asked] == [[1, 2], [1, 2], [1, 3], [769]]


def column_of(clusters: list[list[list[int]]], *, entries: list[int], flat: bool) -> tuple[PageColumn, HeldSource, Any]:
    """Bytes as numbers, page by page with checksums, in clusters of so many events."""
    data, links = bytearray(), []
    for cluster in clusters:
        pages = []
        for page in cluster:
            locator = SimpleNamespace(offset=len(data), num_bytes=len(page))
            data += bytes(page) + xxhash.xxh3_64_intdigest(bytes(page)).to_bytes(8, "little")
            pages.append(SimpleNamespace(num_elements=len(page), locator=locator, has_checksum=True))
        links.append([SimpleNamespace(pages=pages)])
    firsts = np.cumsum([0, *entries]).tolist()
    summaries = [
        SimpleNamespace(num_first_entry=first, num_entries=count) for first, count in zip(firsts, entries, strict=False)
    ]
    ntuple: Any = SimpleNamespace(cluster_summaries=summaries, page_link_list=links)
    return PageColumn(ntuple, 0, Encoding("u1"), flat, "branch 'x' of f"), HeldSource(memoryview(data)), data


def test_blocks_are_the_pages_and_tell_where_their_cluster_ends():
    column, source, _ = column_of([[[1, 2], [3]], [], [[4]]], entries=[2, 1, 1], flat=False)
    blocks = list(column.blocks(source, 0))
    assert [block.numbers.tolist() for block in blocks] == [[], [1, 2], [3], [], [], [4]]
    assert [block.landmark for block in blocks] == [(2, 3), None, None, (3, 0), (4, 1), None]


def test_lengths_are_the_differences_of_ends_in_each_cluster():
    column, source, _ = column_of([[[2, 2], [5]], [[1]]], entries=[3, 1], flat=True)
    blocks = [block.numbers.tolist() for block in column.counts(source, 0, PageMemory())]
    assert blocks == [[2, 0], [3], [1]]


def test_a_cluster_with_another_number_of_numbers_than_events_is_refused():
    column, source, _ = column_of([[[1, 2]], [[3]]], entries=[2, 2], flat=True)
    told = r"^The branch 'x' of f, entries 2 to 4 cannot be read: 1 numbers are stored for 2 events\.$"
    with pytest.raises(UnreadableFileError, match=told):
        list(column.blocks(source, 0))


def test_a_wrong_bit_of_a_page_or_its_checksum_is_told():
    column, source, data = column_of([[[1, 2]], [[3]]], entries=[2, 1], flat=True)
    told = r"^The branch 'x' of f, entries 2 to 3 cannot be read: the page at byte 10 does not match its checksum\.$"
    for place in range(10, 19):
        data[place] ^= 1
        with pytest.raises(UnreadableFileError, match=told):
            list(column.blocks(source, 0))
        data[place] ^= 1
    assert len(list(column.blocks(source, 0))) == 4

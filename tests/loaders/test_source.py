"""Does a source hand out exactly the bytes of a span, and hold nothing that it need not."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from hepnb.errors import HepnbError
from hepnb.loaders.catalogue import describe
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches
from hepnb.loaders.source import HeldSource, LocalSource, Record, RemoteSource

from .round_trip import TREE, read, write


def server_of(data: bytes, asked: list[tuple[int, int]]) -> Any:
    """What uproot calls a source; notes each span it is asked for."""

    def chunk(start: int, stop: int) -> SimpleNamespace:
        asked.append((start, stop))
        return SimpleNamespace(raw_data=np.frombuffer(data[start:stop], np.uint8))

    return SimpleNamespace(chunk=chunk, chunks=lambda spans, notifications: [chunk(*span) for span in spans])  # noqa: ARG005  # uproot's names


def test_every_source_hands_out_the_same_span(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"0123456789")
    local = LocalSource(str(tmp_path / "x"))
    for source in (HeldSource(memoryview(b"0123456789")), local, RemoteSource(server_of(b"0123456789", []))):
        assert [bytes(source.read(*span)) for span in [(2, 5), (0, 10), (4, 4)]] == [b"234", b"0123456789", b""]
        with pytest.raises(ValueError, match=r"^bytes 8 to 12 are wanted, but the file ends at byte 10$"):
            source.read(8, 12)


def test_a_size_beyond_the_file_is_refused_before_memory_is_set_aside(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"0123456789")
    source = LocalSource(str(tmp_path / "x"))
    with pytest.raises(ValueError, match="the file ends at byte 10"):
        source.read(0, 1 << 62)


def test_expected_spans_are_asked_for_once_and_together():
    asked: list[tuple[int, int]] = []
    source = RemoteSource(server_of(bytes(range(100)), asked))
    source.expect([(0, 3), (10, 12)])
    source.expect([(10, 12), (20, 21)])
    assert asked == [(0, 3), (10, 12), (20, 21)]
    assert bytes(source.read(10, 12)) == bytes([10, 11])
    assert len(asked) == 3


def test_a_record_that_is_read_in_pieces_is_not_asked_for_as_a_whole():
    asked: list[tuple[int, int]] = []
    size = 9 << 20
    source = RemoteSource(server_of(bytes(size), asked))
    source.expect([(0, size)])
    record = Record(source, 0, size)
    while record.left:
        record.take(1 << 20)
    assert sum(stop - start for start, stop in asked) == size


def test_a_record_gives_its_bytes_in_turn_and_no_more():
    record = Record(HeldSource(memoryview(b"0123456789")), 2, 8)
    assert (bytes(record.take(1)), bytes(record.take(0)), bytes(record.take(4)), record.left) == (b"2", b"", b"3456", 1)
    for size in (2, -1):
        with pytest.raises(ValueError, match=rf"^{size} bytes are announced, but 1 are left in their record$"):
            record.take(size)


@pytest.mark.parametrize("rntuple", [False, True], ids=["TTree", "RNTuple"])
def test_no_descriptor_stays_open(tmp_path: Path, rntuple: bool):
    path = write(tmp_path / "x.root", {"x": np.arange(10), "y": [[1.0]] * 10}, rntuple=rntuple, splits=[5])
    schema = describe(path, tree=TREE).schema
    describe(path, tree=TREE)  # stays open for whoever reads it next
    kept, before = [], psutil.Process().num_fds()
    for _ in range(300):
        read(path)
        next(read_batches(EntryRange(path, 0, 10), tree=TREE, schema=schema))  # and never the rest
        try:
            describe(path, tree=TREE, columns=["z"])
        except HepnbError as error:
            kept.append(error)  # keeps the frames that met it
    assert psutil.Process().num_fds() <= before

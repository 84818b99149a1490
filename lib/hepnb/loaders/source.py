"""Which bytes lie where in a file."""

import os
import queue
import weakref
from collections.abc import Iterable
from typing import Any, Final, Protocol

_READ_AHEAD: Final = 4 << 20  # [B]; a record up to this size is read in one go, and larger ones in such pieces


class Source(Protocol):
    """A file that hands out spans of its bytes."""

    def read(self, start: int, stop: int) -> memoryview:
        """The bytes from `start` up to, not including, `stop`.

        Raises:
            ValueError: the file ends before.
        """

    def expect(self, spans: Iterable[tuple[int, int]]) -> None:
        """Learn which spans ``(start, stop)`` will be read soon, so that one request can bring them all."""


class HeldSource:
    """Bytes that are in memory already."""

    def __init__(self, data: memoryview) -> None:
        """Hold them."""
        self._data = data

    def read(self, start: int, stop: int) -> memoryview:
        """The bytes of a span."""
        if stop > len(self._data):
            raise ValueError(_too_short(start, stop, len(self._data)))
        return self._data[start:stop]

    def expect(self, spans: Iterable[tuple[int, int]]) -> None:
        """They are there."""


class LocalSource:
    """A file of this machine.

    It is read and not mapped into memory: a mapped file that shrinks ends the process, and its pages count as the
    process's own.
    """

    def __init__(self, path: str) -> None:
        """Open the file; it is closed when nobody refers to this object any more.

        Raises:
            OSError: it cannot be opened.
        """
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self._size = os.fstat(self._file).st_size

    def read(self, start: int, stop: int) -> memoryview:
        """The bytes of a span."""
        if stop > self._size:  # told before memory is set aside for what a damaged file announces
            raise ValueError(_too_short(start, stop, self._size))
        got = os.pread(self._file, stop - start, start) if stop > start else b""
        while len(got) < stop - start:  # a signal, or a network file system, may cut a read short
            more = os.pread(self._file, stop - start - len(got), start + len(got))
            if not more:
                raise ValueError(_too_short(start, stop, start + len(got)))
            got += more
        return memoryview(got)

    def expect(self, spans: Iterable[tuple[int, int]]) -> None:
        """The operating system reads ahead by itself."""


class RemoteSource:
    """A file behind one of uproot's sources, which knows how to ask a server for many spans at once."""

    def __init__(self, source: Any) -> None:
        """Wrap an open source of uproot."""
        self._source = source
        self._expected: dict[tuple[int, int], Any] = {}

    def read(self, start: int, stop: int) -> memoryview:
        """The bytes of a span, waiting for the server if need be."""
        chunk = self._expected.pop((start, stop), None) or self._source.chunk(start, stop)
        got = memoryview(chunk.raw_data).cast("B")
        if len(got) < stop - start:
            raise ValueError(_too_short(start, stop, start + len(got)))
        return got

    def expect(self, spans: Iterable[tuple[int, int]]) -> None:
        """Ask for these spans now, except for those that `Record` reads in pieces."""
        new = [span for span in spans if span[1] - span[0] <= _READ_AHEAD and span not in self._expected]
        chunks = self._source.chunks(new, notifications=queue.Queue()) if new else []
        self._expected.update(zip(new, chunks, strict=True))


def _too_short(start: int, stop: int, end: int) -> str:
    return f"bytes {start} to {stop} are wanted, but the file ends at byte {end}"


class Record:
    """The bytes of one record of a file, taken from its beginning to its end."""

    def __init__(self, source: Source, start: int, stop: int) -> None:
        """Nothing is read yet."""
        self._source = source
        self._at, self._stop = start, stop
        self._ahead = memoryview(b"")

    @property
    def left(self) -> int:
        """How many bytes have not been taken [B]."""
        return self._stop - self._at

    def take(self, size: int) -> memoryview:
        """The next `size` bytes.

        Raises:
            ValueError: the record, or the file, ends before.
        """
        if not 0 <= size <= self.left:
            raise ValueError(f"{size} bytes are announced, but {self.left} are left in their record")
        if size > len(self._ahead):
            self._ahead = self._source.read(self._at, self._at + max(size, min(self.left, _READ_AHEAD)))
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        self._at += size
        return taken

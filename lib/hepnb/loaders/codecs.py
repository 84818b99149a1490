"""From a compressed record to its values' bytes: the blocks that ROOT's baskets and pages are made of.

A block is a header of nine bytes (two letters of the algorithm, a version, the sizes of what follows, compressed and
not, three bytes each, least byte first) and the compressed bytes
(https://github.com/root-project/root/blob/master/core/zip/src/RZip.cxx).
"""

import lzma
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import cramjam
import deflate
import numpy as np
import numpy.typing as npt
import xxhash
import zstandard

from hepnb.loaders.source import Record

Bytes = npt.NDArray[np.uint8]

_HEADER: Final = struct.Struct("<2sxHBHB")
_CHECKSUM: Final = struct.Struct(">Q")
_LARGEST_BLOCK: Final = (1 << 24) - 1  # [B]; sizes have three bytes
_UNKNOWN_SIZE: Final = -1
_LZMA_MEMORY: Final = 128 << 20  # [B]; twice the dictionary of the highest level


class _Contexts(threading.local):
    """What codecs keep from block to block, for each thread."""

    def __init__(self) -> None:
        self.zstd = zstandard.ZstdDecompressor()


_CONTEXTS: Final = _Contexts()

# A codec never makes more than the bytes that its block announces: a few thousand bytes can hold many gigabytes.


def _zlib(data: memoryview, size: int) -> Bytes:
    return np.frombuffer(deflate.zlib_decompress(data, size), np.uint8)  # checks the Adler-32 sum


def _lz4(data: memoryview, size: int) -> Bytes:
    (checksum,) = _CHECKSUM.unpack_from(data)
    compressed = data[_CHECKSUM.size :]
    if xxhash.xxh64_intdigest(compressed) != checksum:
        raise ValueError("a block does not match its checksum")
    block = np.empty(size, np.uint8)
    return block[: cramjam.lz4.decompress_block_into(compressed, block.data)]


def _zstd(data: memoryview, size: int) -> Bytes:
    # Frames may announce a size themselves, for which memory is set aside before anything is read.
    if zstandard.frame_content_size(data) not in (size, _UNKNOWN_SIZE):
        raise ValueError("a block and the frame in it announce different sizes")
    return np.frombuffer(_CONTEXTS.zstd.decompress(data, max_output_size=size), np.uint8)


def _xz(data: memoryview, size: int) -> Bytes:
    codec = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)
    block = codec.decompress(data, max_length=size + 1)  # one more, to reach the checksum at its end
    if not codec.eof:
        raise ValueError("a block does not end where it announces")
    return np.frombuffer(block, np.uint8)


_DECOMPRESS: Final[Mapping[bytes, Callable[[memoryview, int], Bytes]]] = {
    b"ZL": _zlib,
    b"L4": _lz4,
    b"ZS": _zstd,
    b"XZ": _xz,
}


def decompressed(record: Record, size: int) -> Iterator[Bytes]:
    """The content of a record, block by block, so that a large one never lies in memory whole.

    Args:
        record: positioned at its first block, or at its content.
        size: of the content [B]; a record of just this size is not compressed.

    Yields:
        Bytes, `size` in all; arrays of their own, or views of what the file handed out.

    Raises:
        ValueError: the record is damaged; other exceptions of the codecs are possible.
    """
    if record.left == size:
        while record.left:
            yield np.frombuffer(record.take(min(record.left, _LARGEST_BLOCK)), np.uint8)
        return
    left = size
    while record.left:
        block = _block(record)
        if block.size > left:
            raise ValueError(f"{size} bytes are announced, but there are more")
        left -= block.size
        yield block
    if left:
        raise ValueError(f"{size} bytes are announced, but {left} are missing")


def _block(record: Record) -> Bytes:
    algorithm, *sizes = _HEADER.unpack(record.take(_HEADER.size))
    stored, size = sizes[0] | sizes[1] << 16, sizes[2] | sizes[3] << 16
    if algorithm not in _DECOMPRESS:
        raise ValueError(f"a block is marked with the unknown compression {algorithm!r}")
    block = _DECOMPRESS[algorithm](record.take(stored), size)
    if block.size != size:
        raise ValueError(f"a block announces {size} bytes and holds {block.size}")
    return block

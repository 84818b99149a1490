"""From a compressed record to its values' bytes: the blocks that ROOT's baskets and pages are made of.

A block is a header of nine bytes (two letters of the algorithm, a version, the sizes of what follows, compressed and
not, three bytes each, least byte first) and the compressed bytes
(https://github.com/root-project/root/blob/master/core/zip/src/RZip.cxx).
"""

import lzma
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import cramjam
import deflate
import numpy as np
import numpy.typing as npt
import xxhash

from hepnb.loaders.source import Record

Bytes = npt.NDArray[np.uint8]

_UNCOMPRESSED_BLOCK: Final = 4 << 20  # [B]
_HEADER: Final = struct.Struct("<2sxHBHB")
_CHECKSUM: Final = struct.Struct(">Q")


def _zlib(data: memoryview, size: int) -> Any:
    return deflate.zlib_decompress(data, size)  # checks the Adler-32 sum


def _lz4(data: memoryview, size: int) -> Any:
    (checksum,) = _CHECKSUM.unpack_from(data)
    compressed = data[_CHECKSUM.size :]
    if xxhash.xxh64_intdigest(compressed) != checksum:
        raise ValueError("a block does not match its checksum")
    return cramjam.lz4.decompress_block(compressed, output_len=size)


def _zstd(data: memoryview, size: int) -> Any:
    return cramjam.zstd.decompress(data, output_len=size)


def _xz(data: memoryview, size: int) -> bytes:  # noqa: ARG001  # the format carries it
    return lzma.decompress(data)


_DECOMPRESS: Final[Mapping[bytes, Callable[[memoryview, int], Any]]] = {
    b"ZL": _zlib,
    b"L4": _lz4,
    b"ZS": _zstd,
    b"XZ": _xz,
}


def decompressed(record: Record, size: int) -> Iterator[Bytes]:
    """The content of a record, block by block, so that a large one never lies in memory whole.

    Args:
        record: positioned at its first block.
        size: of the content [B]; a record of just this size is not compressed.

    Yields:
        Bytes, `size` in all; arrays of their own, or views of what the file handed out.

    Raises:
        ValueError: the record is damaged; other exceptions of the codecs are possible.
    """
    if record.left == size:
        while record.left:
            yield np.frombuffer(record.take(min(record.left, _UNCOMPRESSED_BLOCK)), np.uint8)
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
    block = np.frombuffer(_DECOMPRESS[algorithm](record.take(stored), size), np.uint8)
    if block.size != size:
        raise ValueError(f"a block announces {size} bytes and holds {block.size}")
    return block

"""Do compressed blocks give back what went in, and nothing that did not."""

import lzma
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import cramjam
import pytest
import xxhash

from hepnb.loaders.codecs import decompressed
from hepnb.loaders.source import HeldSource, Record

CONTENT = bytes(range(200)) * 5


def lz4(data: bytes) -> bytes:
    stored = bytes(cramjam.lz4.compress_block(data, store_size=False))
    return struct.pack(">Q", xxhash.xxh64_intdigest(stored)) + stored


CODECS: dict[bytes, Callable[[bytes], bytes]] = {
    b"ZL": zlib.compress,
    b"L4": lz4,
    b"ZS": lambda data: bytes(cramjam.zstd.compress(data)),
    b"XZ": lzma.compress,
}
every_codec = pytest.mark.parametrize("algorithm", CODECS, ids=bytes.decode)


def block(algorithm: bytes, stored: bytes, size: int) -> bytes:
    """The nine bytes of header, and what follows them."""
    return algorithm + b"\1" + len(stored).to_bytes(3, "little") + size.to_bytes(3, "little") + stored


def unpacked(data: bytes, size: int) -> list[bytes]:
    return [part.tobytes() for part in decompressed(Record(HeldSource(memoryview(data)), 0, len(data)), size)]


@every_codec
def test_blocks_come_back_one_by_one(algorithm: bytes):
    parts = [CONTENT, b"a", CONTENT[:7]]
    data = b"".join(block(algorithm, CODECS[algorithm](part), len(part)) for part in parts)
    assert unpacked(data, sum(map(len, parts))) == parts


@every_codec
def test_a_block_that_holds_more_or_less_than_it_announces_is_refused(algorithm: bytes):
    stored = CODECS[algorithm](CONTENT)
    for size in (len(CONTENT) - 1, len(CONTENT) + 1, (1 << 24) - 1):
        with pytest.raises(Exception):  # noqa: B017, PT011  # each codec has its own kinds
            unpacked(block(algorithm, stored, size), size)


@every_codec
def test_a_record_must_hold_as_much_as_its_blocks(algorithm: bytes):
    data = block(algorithm, CODECS[algorithm](CONTENT), 1000)
    with pytest.raises(ValueError, match=r"^999 bytes are announced, but there are more$"):
        unpacked(data, 999)
    with pytest.raises(ValueError, match=r"^1001 bytes are announced, but 1 are missing$"):
        unpacked(data, 1001)
    with pytest.raises(ValueError, match="are left in their record"):
        unpacked(data[:-1], 1000)


@pytest.mark.parametrize("algorithm", [b"ZL", b"L4", b"XZ"], ids=bytes.decode)
def test_one_wrong_bit_of_a_block_with_a_checksum_is_noticed(algorithm: bytes):
    stored = CODECS[algorithm](CONTENT)
    for place in range(len(stored)):
        wrong = bytearray(stored)
        wrong[place] ^= 4
        try:
            got = unpacked(block(algorithm, bytes(wrong), 1000), 1000)
        except Exception:  # noqa: S112  # refused: the usual case; a few bits of the formats mean nothing
            continue
        assert got == [CONTENT]


ROOT = Path(__file__).parents[2]
BOMB = """
import sys
from tests.loaders.round_trip import peak_memory
from tests.loaders.test_codecs import unpacked
data = sys.stdin.buffer.read()
before = peak_memory()
try:
    unpacked(data, 1000)
except Exception:
    print(peak_memory() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak of a process")
@pytest.mark.parametrize("algorithm", [b"ZS", b"XZ"], ids=bytes.decode)
def test_a_small_block_cannot_unfold_into_much_memory(algorithm: bytes):
    bomb = block(algorithm, CODECS[algorithm](bytes(400_000_000)), 1000)
    assert len(bomb) < 100_000
    done = subprocess.run([sys.executable, "-c", BOMB], cwd=ROOT, input=bomb, capture_output=True, check=True)
    assert int(done.stdout) < 100_000_000  # [B]


def test_a_record_as_large_as_its_content_is_not_compressed():
    assert unpacked(CONTENT, len(CONTENT)) == [CONTENT]
    assert unpacked(b"", 0) == []


def test_a_large_record_that_is_not_compressed_comes_in_pieces():
    parts = unpacked(bytes(40_000_000), 40_000_000)
    assert [len(part) for part in parts] == [16_777_215, 16_777_215, 6_445_570]


def test_an_unknown_codec_is_named():
    with pytest.raises(ValueError, match=r"unknown compression b'CS'"):
        unpacked(block(b"CS", b"123", 5), 5)

"""Decompression alone: what no reader in Python that uses the same libraries can beat."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import cramjam
import deflate
import uproot
import zstandard
from awkward.forms import Form

from benchmarks.measure import NANO, timed
from hepnb.events import EVENTS_TREE

_ZSTD_CODEC: Final = zstandard.ZstdDecompressor()
_HEADER: Final = 9  # [B] of a compressed block
_LZ4_CHECKSUM: Final = 8  # [B]
_FIELDS: Final = ("pt", "eta", "phi", "mass", "charge")

Block = tuple[memoryview, int]
"""Compressed bytes, and the size of what they hold [B]."""


def blocks(path: str) -> tuple[str, list[Block]]:
    """The compressed blocks of the six columns.

    Args:
        path: of a file of muons.

    Returns:
        The two letters of their algorithm, and the blocks.
    """
    data = memoryview(Path(path).read_bytes())
    with uproot.open(path) as file:
        tree = file[EVENTS_TREE]
        records = _baskets(tree, data) if isinstance(tree, uproot.TTree) else _pages(tree, data)
        found = [block for record, size in records if len(record) != size for block in _split(record)]
    (algorithm,) = {algorithm for algorithm, *_ in found}
    return algorithm, [(block, size) for _, block, size in found]


def decompression(path: str) -> Callable[[], float]:
    """A function that decompresses the six columns of a file, and tells how long that took [s]."""
    algorithm, content = blocks(path)
    decompress = _DECOMPRESS[algorithm]

    def work() -> None:
        for block, size in content:
            decompress(block, size)

    return lambda: timed(work)[0]


def per_event(seconds: float, events: int) -> float:
    """Seconds of a whole file as ns/event."""
    return seconds / events * NANO


def _lz4(block: memoryview, size: int) -> Any:
    return cramjam.lz4.decompress_block(block[_LZ4_CHECKSUM:], output_len=size)


def _zstd(block: memoryview, size: int) -> Any:
    return _ZSTD_CODEC.decompress(block, max_output_size=size)


_DECOMPRESS: Final[dict[str, Callable[[memoryview, int], Any]]] = {
    "ZL": deflate.zlib_decompress,
    "L4": _lz4,
    "ZS": _zstd,
}


def _baskets(tree: Any, data: memoryview) -> Iterator[tuple[memoryview, int]]:
    for name in ("nMuon", *(f"Muon_{field}" for field in _FIELDS)):
        branch = tree[name]
        for number in range(branch.num_baskets):
            key = branch.basket_key(number)
            start = key.fSeekKey
            yield data[start + key.fKeylen : start + key.fNbytes], key.fObjlen


def _pages(tree: Any, data: memoryview) -> Iterator[tuple[memoryview, int]]:
    columns = sorted(_stored_columns(tree.to_akform()[0]))
    for cluster in tree.page_link_list:
        for column in columns:
            bits = tree.column_records[column].nbits
            for page in cluster[column].pages:
                start = page.locator.offset
                yield data[start : start + page.locator.num_bytes], -(-page.num_elements * bits // 8)


def _stored_columns(form: Form) -> set[int]:
    """The numbers of the muons' columns, which uproot writes into form keys as ``column-7``.

    Each branch that ROOT imported from a TTree has its own ends of lists; readers need those of one.
    """
    whole = dict(zip(form.fields, form.contents, strict=True))
    if "Muon" in whole:
        lists, members = whole["Muon"], [whole["Muon"].content.content(field) for field in _FIELDS]
        return {_number(part) for part in (lists, *members)}
    branches = [whole[f"Muon_{field}"] for field in _FIELDS]
    return {_number(branches[0]), *(_number(branch.content) for branch in branches)}


def _number(form: Form) -> int:
    found = re.match(r"column-(\d+)", form.form_key or "")
    if found is None:
        raise ValueError(f"no column is stored for {form}")
    return int(found[1])


def _split(record: memoryview) -> Iterator[tuple[str, memoryview, int]]:
    while len(record):
        stored, size = (int.from_bytes(record[at : at + 3], "little") for at in (3, 6))
        yield bytes(record[:2]).decode(), record[_HEADER : _HEADER + stored], size
        record = record[_HEADER + stored :]

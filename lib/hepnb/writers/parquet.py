"""Rows into Parquet files."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

_ROW_GROUP: Final = 1 << 20  # rows


def write_rows(path: Path, batches: Iterable[pa.RecordBatch], *, schema: pa.Schema, compression: str = "zstd") -> int:
    """Write rows to a new file.

    Row groups are filled evenly, so that the result does not show how the rows were divided. The rows waiting for
    their group are all that is held in memory.

    Args:
        path: the file; an existing one is replaced.
        batches: the rows.
        schema: of all of them.
        compression: one of Parquet's.

    Returns:
        The number of rows.

    Raises:
        OSError: the file cannot be written.
    """
    rows = 0
    with pq.ParquetWriter(path, schema, compression=compression) as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            rows += len(batch)
            waiting = _write_full_groups(writer, waiting, schema)
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema))
    return rows


def pack(parts: Sequence[Path], packed: Path, *, schema: pa.Schema) -> int:
    """Join Parquet files of one schema, in this order.

    Args:
        parts: the files.
        packed: the file to write.
        schema: of their rows.

    Returns:
        The number of rows.

    Raises:
        OSError: a file cannot be read, or the packed one cannot be written.
    """
    return write_rows(packed, _batches(parts), schema=schema)


def _batches(parts: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    for part in parts:
        with pq.ParquetFile(part) as file:
            yield from file.iter_batches()


def _write_full_groups(
    writer: pq.ParquetWriter, waiting: list[pa.RecordBatch], schema: pa.Schema
) -> list[pa.RecordBatch]:
    if sum(len(batch) for batch in waiting) < _ROW_GROUP:
        return waiting
    table = pa.Table.from_batches(waiting, schema)
    full = len(table) // _ROW_GROUP * _ROW_GROUP
    writer.write_table(table.slice(0, full), row_group_size=_ROW_GROUP)
    return list(table.slice(full).to_batches())

"""Many small Parquet files into one."""

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

_ROW_GROUP: Final = 1 << 20  # rows


def pack(parts: Path, packed: Path) -> int:
    """Join the parts that Spark's tasks wrote, in the order of the tasks.

    Row groups are filled evenly, so that the result does not show how the work was divided.

    Args:
        parts: a folder of ``part-*.parquet``.
        packed: the file to write.

    Returns:
        The number of rows.

    Raises:
        OSError: the file cannot be written.
    """
    files = sorted(parts.glob("part-*.parquet"), key=_task)
    schema = pq.read_schema(files[0]).remove_metadata()
    rows = 0
    with pq.ParquetWriter(packed, schema, compression="zstd") as writer:
        waiting: list[pa.RecordBatch] = []
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches():
                waiting.append(batch)
                rows += len(batch)
                waiting = _write_full_groups(writer, waiting, schema)
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema))
    return rows


def _task(part: Path) -> int:
    """The number of the task that wrote a part; Spark writes it with five digits, or with more where it needs them."""
    return int(part.name.removesuffix(".parquet").split("-")[1])


def _write_full_groups(
    writer: pq.ParquetWriter, waiting: list[pa.RecordBatch], schema: pa.Schema
) -> list[pa.RecordBatch]:
    if sum(len(batch) for batch in waiting) < _ROW_GROUP:
        return waiting
    table = pa.Table.from_batches(waiting, schema)
    full = len(table) // _ROW_GROUP * _ROW_GROUP
    writer.write_table(table.slice(0, full), row_group_size=_ROW_GROUP)
    return list(table.slice(full).to_batches())

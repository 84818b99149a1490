"""All claims, one after the other, in one table; the same as Markdown and JSON in the folder of the files."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from benchmarks import (
    features,
    memory,
    rntuple_lz4,
    rntuple_zstd,
    spark_fused,
    spark_sql,
    spark_start,
    task_overhead,
    training,
    training_memory,
    training_start_to_end,
    training_workers,
    ttree_lz4,
    ttree_zlib,
    ttree_zstd,
    wide_file,
)
from benchmarks.rows import Row, markdown, to_json
from benchmarks.settings import Claim, Settings, main

CLAIMS: Final[Sequence[Claim]] = (
    ttree_zlib.measure,
    ttree_lz4.measure,
    ttree_zstd.measure,
    rntuple_zstd.measure,
    rntuple_lz4.measure,
    wide_file.measure,
    features.measure,
    # Before Spark's workers have done other work, which would count as theirs.
    memory.measure,
    spark_fused.measure,
    spark_sql.measure,
    spark_start.measure,
    task_overhead.measure,
    training.measure,
    training_start_to_end.measure,
    training_memory.measure,
    training_workers.measure,
)


def measure(settings: Settings) -> Iterator[Row]:
    """Measure them."""
    return chain.from_iterable(claim(settings) for claim in CLAIMS)


def write(rows: Sequence[Row], settings: Settings) -> None:
    """Write the table beside the files."""
    (settings.folder / "results.md").write_text(markdown(rows), encoding="utf-8")
    (settings.folder / "results.json").write_text(to_json(rows), encoding="utf-8")


if __name__ == "__main__":
    main(measure, conclude=write)

"""Claim: from an RNTuple with LZ4 to the dimuon spectrum at least 2.5 times faster than its peers."""

from collections.abc import Iterator

from benchmarks.files import Layout
from benchmarks.in_process import compare
from benchmarks.rows import Row
from benchmarks.settings import Settings, main


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    return compare(settings, Layout("lz4", rntuple=True))


if __name__ == "__main__":
    main(measure)

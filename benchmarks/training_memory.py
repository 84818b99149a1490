"""Claim: training stays below 2 GB, however large the folder of features is."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.feature_folder import folder_of, number_of_events
from benchmarks.rows import Row, at_most
from benchmarks.settings import Settings, cores, main
from benchmarks.train_command import trained

_MOST: Final = 2000.0  # [MB]


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    folder = folder_of(settings, events=number_of_events(settings))
    with TemporaryDirectory() as output:
        found = trained("pfn-hlf", folder, Path(output) / "run", "--epochs", 1, cores=cores(), settings=settings)
    claim = f"memory of training the particle-flow network + HLF, {folder.number('train')} events"
    yield at_most(claim, found.peak / 1e6, unit="MB", bound=_MOST)


if __name__ == "__main__":
    main(measure)

"""Claim: 8,000 events of high-level features are learned before a cluster has started; published are four minutes."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.feature_folder import folder_of, number_of_events
from benchmarks.rows import Row, faster
from benchmarks.settings import Settings, cores, main
from benchmarks.train_command import trained

_EVENTS: Final = 8000
_PUBLISHED: Final = 246.0  # [s], one executor of four cores


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    folder = folder_of(settings, events=min(_EVENTS, number_of_events(settings)))
    with TemporaryDirectory() as output:
        times = [
            trained("hlf", folder, Path(output) / str(number), cores=cores(), settings=settings).seconds
            for number in range(min(settings.repeats, 3))
        ]
    yield faster(
        f"HLF, {folder.number('train')} events, the whole command on {len(cores())} cores",
        median(times),
        unit="s",
        peer="published, one executor",
        peer_figure=_PUBLISHED,
        times=None,
    )


if __name__ == "__main__":
    main(measure)

"""Claim: two workers that train one network on particles each learn nearly as fast as one alone.

With batches as large as those of one alone for each; and with those divided among the two, which is less work for each
step, and so more of what a step costs whatever its size.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.feature_folder import folder_of, number_of_events
from benchmarks.rows import Row, skipped
from benchmarks.settings import Settings, cores, main
from benchmarks.train_command import trained
from hepnb.classifiers.run_folder import HISTORY
from hepnb.features.folder import FeatureFolder

_NAMES: Final = {"particles": "GRU", "pfn-hlf": "particle-flow network + HLF"}
_EVENTS: Final = 8000
_LEAST: Final = 0.9
_BATCH: Final = 128  # events, of one alone


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it: on the clock, so nothing else may run."""
    folder = folder_of(settings, events=min(_EVENTS, number_of_events(settings)))
    for classifier, said in _NAMES.items():
        claim = f"{said}, training, each of two workers"
        if len(cores()) < 2:
            yield skipped(claim, peer="one alone", note="one core")
            continue
        alone = _rate(classifier, folder, settings, workers=1)
        together = _rate(classifier, folder, settings, workers=2, batch=2 * _BATCH)
        divided = _rate(classifier, folder, settings, workers=2)
        yield _row(claim, together, alone, target=f"≥ {_LEAST:g} of its rate", met=together / alone >= _LEAST)
        yield _row(f"{claim}, batches divided", divided, alone)


def _row(claim: str, rate: float, alone: float, *, target: str = "–", met: bool | None = None) -> Row:
    return Row(
        claim=claim,
        figure=rate,
        unit="events/s",
        peer="one alone",
        peer_figure=alone,
        ratio=rate / alone,
        target=target,
        met=met,
    )


def _rate(classifier: str, folder: FeatureFolder, settings: Settings, *, workers: int, batch: int = _BATCH) -> float:
    """Events that each worker learns from in a second, on a core of its own, after an epoch to warm up."""
    with TemporaryDirectory() as output:
        run = Path(output) / "run"
        options = ("--workers", workers, "--batch-size", batch, "--epochs", 1 + min(settings.repeats, 3))
        trained(classifier, folder, run, *options, cores=cores()[:workers], settings=settings)
        _, *epochs = json.loads((run / HISTORY).read_text(encoding="utf-8"))
    return folder.number("train") / workers / min(float(epoch["seconds"]) for epoch in epochs)


if __name__ == "__main__":
    main(measure)

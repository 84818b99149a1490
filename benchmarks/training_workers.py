"""Claim: two workers that train one network on particles each learn nearly as fast as one alone."""

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


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it: on the clock, so nothing else may run."""
    folder = folder_of(settings, events=min(_EVENTS, number_of_events(settings)))
    for classifier, said in _NAMES.items():
        claim = f"{said}, training, each of two workers"
        if len(cores()) < 2:
            yield skipped(claim, peer="one alone", note="one core")
            continue
        alone, together = (_rate(classifier, folder, workers, settings) for workers in (1, 2))
        yield Row(
            claim=claim,
            figure=together,
            unit="events/s",
            peer="one alone",
            peer_figure=alone,
            ratio=together / alone,
            target=f"≥ {_LEAST:g} of its rate",
            met=together / alone >= _LEAST,
        )


def _rate(classifier: str, folder: FeatureFolder, workers: int, settings: Settings) -> float:
    """Events that each worker learns from in a second, on a core of its own, after an epoch to warm up."""
    with TemporaryDirectory() as output:
        run = Path(output) / "run"
        options = ("--workers", workers, "--epochs", 1 + min(settings.repeats, 3))
        trained(classifier, folder, run, *options, cores=cores()[:workers], settings=settings)
        _, *epochs = json.loads((run / HISTORY).read_text(encoding="utf-8"))
    return folder.number("train") / workers / min(float(epoch["seconds"]) for epoch in epochs)


if __name__ == "__main__":
    main(measure)

"""Claim: features of Delphes files, from file to folder, 3,000 events/s on one core; the published pipeline made 12."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pyarrow as pa

from benchmarks.files import Files
from benchmarks.measure import NANO, timed
from benchmarks.rows import Row, at_least, faster
from benchmarks.settings import Settings, main
from hepnb.events import DELPHES_TREE, Process
from hepnb.features.delphes import OPTIONAL, required
from hepnb.features.extract import extract
from hepnb.features.job import make_features
from hepnb.loaders.catalogue import describe
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches
from hepnb.runners.local import InProcess
from hepnb.runners.settle import settle
from tests.features.reference import features as event_by_event

_LEAST = 3000.0  # [events/s]
_PUBLISHED = 12.0  # [events/s], 3 h 13 on 400 cores for 54 million events (arXiv:1909.10389)
_SOME = 100  # events are enough for the slow way


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    settle()
    paths = Files(settings).topology()
    settings.progress.step("Measuring features")
    inputs = {process: [path] for process, path in zip(Process, paths, strict=True)}
    _whole_job(inputs)  # to warm up
    runs = [_whole_job(inputs) for _ in range(settings.of_spark.repeats)]
    cost = median(runs)
    yield at_least(
        "features without pile-up, from files to a folder, one core", NANO / cost, unit="events/s", bound=_LEAST
    )
    claim = "features without pile-up, from files to a folder"
    peer = "published pipeline, per core"
    yield faster(claim, cost, peer=peer, peer_figure=NANO / _PUBLISHED, times=None)
    yield _beside_plain_python(paths[Process.TTBAR])


def _whole_job(inputs: dict[Process, list[str]]) -> float:
    """Processor time [ns/event]."""
    with TemporaryDirectory() as folder:
        seconds, report = timed(lambda: make_features(InProcess(), inputs, Path(folder)))
    return seconds / sum(one.events for one in report.classes.values()) * NANO


def _beside_plain_python(path: str) -> Row:
    """The formulas alone, beside the same event by event."""
    batch = _batch(path)
    extract(batch)
    fast, _ = timed(lambda: extract(batch))
    some = batch.slice(0, _SOME).to_pylist()
    slow, _ = timed(lambda: [event_by_event(event, published=False) for event in some])
    return faster(
        "the formulas alone",
        fast / len(batch) * NANO,
        peer="event by event in Python",
        peer_figure=slow / len(some) * NANO,
        times=None,
    )


def _batch(path: str) -> pa.RecordBatch:
    file = describe(path, tree=DELPHES_TREE, columns=required("MuonTight"), optional=OPTIONAL)
    (batch,) = read_batches(EntryRange(path, 0, file.clusters[1]), tree=DELPHES_TREE, schema=file.schema)
    return batch


if __name__ == "__main__":
    main(measure)

"""How does a classifier learn?"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hepnb.classifiers import backend, gang, run_folder, trees
from hepnb.classifiers.backend import Device
from hepnb.classifiers.catalogue import TREES, Classifier, find_classifier
from hepnb.classifiers.checkpoint import Epoch
from hepnb.classifiers.dataset import Dataset
from hepnb.classifiers.fitting import fit
from hepnb.classifiers.run_folder import Configuration
from hepnb.errors import InputError
from hepnb.events import TRAIN, VALIDATION, Process
from hepnb.features.folder import FeatureFolder
from hepnb.runners.runner import Progress, Silent


@dataclass(frozen=True, kw_only=True)
class Training:
    """What came of it.

    Attributes:
        output: folder of the run.
        classifier: its name.
        parameters: how many numbers it learned; of trees, how many leaves and branches.
        epochs: how many there were.
        best_epoch: the one whose weights the model has.
        loss: mean cross-entropy while it learned, in the best epoch [nat].
        validation_loss: mean cross-entropy of the validation split [nat].
        validation_accuracy: share of right answers there.
        seconds: for all epochs.
        events_per_second: seen while it learned.
    """

    output: Path
    classifier: str
    parameters: int
    epochs: int
    best_epoch: int
    loss: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    events_per_second: float


def train(
    name: str,
    folder: FeatureFolder,
    output: Path,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    seed: int = 0,
    width: int | None = None,
    dropout: float | None = None,
    bucketed: bool = True,
    workers: int = 1,
    device: Device = "auto",
    threads: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Training:
    """Train a classifier.

    The same seed gives the same weights, bit for bit, on the same machine with the same number of workers, also when
    the run was interrupted and resumed.

    Args:
        name: one of `hepnb.classifiers.catalogue.CLASSIFIERS`.
        folder: of features.
        output: folder of the run, which will be made.
        epochs: how often it sees all events; of trees, how many rounds at most. The classifier's own, where not given,
            as the next two.
        batch_size: events of one step, of all workers.
        learning_rate: of the first step.
        seed: of weights, dropout and order.
        width: as in `hepnb.classifiers.models.build`.
        dropout: as there.
        bucketed: as in `hepnb.classifiers.dataset.Dataset.batches`.
        workers: how many processes train together.
        device: where.
        threads: how many compute at once; all cores otherwise.
        resume: go on with the run in `output`.
        overwrite: replace the run in `output`.
        progress: is told how far it is.

    Raises:
        MissingNameError: there is no such classifier.
        InputError: something that was asked for does not fit the features, the machine or the run to be resumed.
        OutputError: `output` cannot be made.
        SessionError: workers died again and again.
    """
    classifier = find_classifier(name)
    configuration = Configuration(
        classifier=name,
        features=run_folder.digest_of(folder),
        epochs=_or(epochs, classifier.epochs),
        batch_size=_or(batch_size, classifier.batch_size),
        learning_rate=_or(learning_rate, classifier.learning_rate),
        seed=seed,
        width=width,
        dropout=dropout,
        bucketed=bucketed,
    )
    watcher = Silent() if progress is None else progress
    _check(classifier, configuration, folder, workers=workers, resume=resume)
    run_folder.check(output, configuration, folder, resume=resume, overwrite=overwrite)
    if name != TREES and workers == 1:
        backend.start(device=device, threads=threads)
    try:
        run_folder.begin(output, configuration, folder, resume=resume, workers=workers, device=device)
        if name == TREES:
            trees.fit(configuration, folder, output, device=device, progress=watcher)
        elif workers > 1:
            gang.fit(configuration, folder, output, workers=workers, device=device, progress=watcher)
        else:
            fit(configuration, folder, output, progress=watcher, told=_nobody)
    except BaseException:
        run_folder.abandon(output)
        raise
    return training_in(output)


def training_in(output: Path) -> Training:
    """What came of the run in a folder.

    Raises:
        InputError: it is not finished.
        MissingInputError: there is none.
    """
    content = run_folder.read_finished(output)
    metrics = json.loads((output / run_folder.METRICS).read_text(encoding="utf-8"))
    facts = {key: content[key] for key in ("parameters", "seconds", "events_per_second")}
    return Training(output=output, classifier=content["configuration"]["classifier"], **metrics, **facts)


def _check(
    classifier: Classifier, configuration: Configuration, folder: FeatureFolder, *, workers: int, resume: bool
) -> None:
    if classifier.name == TREES and resume:
        raise InputError("Trees are done in minutes and cannot be resumed: train them anew with --overwrite.")
    if classifier.name == TREES and workers > 1:
        raise InputError("Trees use all cores of one machine: leave --workers out.")
    if workers > 1 and backend.asked_for() != backend.TENSORFLOW:
        raise InputError(
            f"KERAS_BACKEND={backend.asked_for()} trains in one process: leave --workers out, or choose the backend "
            f"{backend.TENSORFLOW}."
        )
    events = Dataset(folder, TRAIN, classifier.inputs)
    if classifier.name != TREES:
        events.check(batch_size=configuration.batch_size, workers=workers)
    Dataset(folder, VALIDATION, classifier.inputs)
    for process, number in zip(Process, events.counts(), strict=True):
        if not number:
            raise InputError(
                f"{folder.path} has no event of the process '{process.key}' in its split '{TRAIN}', so nothing can be "
                "learned about it. Make features of more events."
            )


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _nobody(epoch: Epoch) -> None:
    """What came of an epoch is in the checkpoint."""

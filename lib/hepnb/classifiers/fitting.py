"""How does a network learn, epoch by epoch?"""

import hashlib
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hepnb.classifiers import backend, run_folder
from hepnb.classifiers.catalogue import Classifier, find_classifier
from hepnb.classifiers.checkpoint import Checkpoint, Epoch, best_of, load_checkpoint
from hepnb.classifiers.dataset import ALL, Batch, Dataset, Share
from hepnb.classifiers.engine import Arrays, Engine
from hepnb.classifiers.prefetch import prefetched
from hepnb.classifiers.ragged import PARTICLES
from hepnb.classifiers.run_folder import Configuration
from hepnb.errors import InputError
from hepnb.events import TRAIN, VALIDATION
from hepnb.features.folder import FeatureFolder
from hepnb.runners.runner import Progress
from hepnb.writers.staging import staged_file

if TYPE_CHECKING:
    import keras

_EVALUATED_AT_ONCE: Final = 256
_HLF_EVALUATED_AT_ONCE: Final = 8192
_LOOKS: Final = 100  # at the progress, in an epoch

Told = Callable[[Epoch], None]


def fit(
    configuration: Configuration,
    folder: FeatureFolder,
    output: Path,
    *,
    strategy: Any = None,
    share: Share = ALL,
    progress: Progress,
    told: Told,
) -> None:
    """Train from the checkpoint in a run's folder, or from the beginning, to the end, and write the model.

    Args:
        configuration: what to train, and how.
        folder: of features.
        output: folder of the run, which has begun.
        strategy: of `tf.distribute`, where there are several workers.
        share: what this worker has of the events; the first one writes.
        progress: is told how far an epoch is.
        told: is told what came of each epoch.

    Raises:
        InputError: the features do not fit, or the loss is no number any more.
        FormatError: features or checkpoint are damaged.
    """
    classifier = find_classifier(configuration.classifier)
    train = Dataset(folder, TRAIN, classifier.inputs)
    validation = Dataset(folder, VALIDATION, classifier.inputs)
    steps = train.steps(batch_size=configuration.batch_size)
    engine = backend.engine(partial(_make, configuration, folder, steps), strategy=strategy)
    state = load_checkpoint(output)
    if state is not None:
        engine.restore(state.variables)
    for number in range(1 + (len(state.epochs) if state else 0), configuration.epochs + 1):
        progress.step(_described(number, configuration.epochs, state))
        batches = train.batches(
            number,
            batch_size=configuration.batch_size,
            seed=configuration.seed,
            share=share,
            bucketed=configuration.bucketed,
        )
        in_order = validation.in_order(batch_size=evaluated_at_once(classifier), share=share)
        epoch = _epoch(
            number, engine, _counted(_ahead(batches, classifier), steps, progress), _ahead(in_order, classifier)
        )
        state = _after(epoch, engine, state)
        if share.worker == 0:
            state.save(output)
        told(epoch)
    if share.worker == 0 and state is not None:
        _conclude(configuration, folder, output, state)
    engine.meet()


def evaluated_at_once(classifier: Classifier) -> int:
    """Events of a batch that nothing is learned from."""
    return _EVALUATED_AT_ONCE if PARTICLES in classifier.inputs else _HLF_EVALUATED_AT_ONCE


def _make(configuration: Configuration, folder: FeatureFolder, steps: int) -> tuple["keras.Model", "keras.Optimizer"]:
    import keras  # whoever calls this has started the backend

    network = _new(configuration, folder)
    rate: Any = configuration.learning_rate
    if find_classifier(configuration.classifier).decaying:
        rate = keras.optimizers.schedules.CosineDecay(rate, decay_steps=steps * configuration.epochs)
    optimizer = keras.optimizers.Adam(rate)  # arXiv:1412.6980
    optimizer.build(network.trainable_variables)
    return network, optimizer


def _new(configuration: Configuration, folder: FeatureFolder) -> "keras.Model":
    from hepnb.classifiers.models import build  # needs Keras

    return build(
        configuration.classifier,
        seed=configuration.seed,
        particle_scaling=folder.particle_scaling,
        width=configuration.width,
        dropout=configuration.dropout,
    )


def _epoch(number: int, engine: Engine, batches: Iterable[Batch], validation: Iterable[Batch]) -> Epoch:
    began = time.perf_counter()
    learned = engine.train(batches)
    learning = time.perf_counter()
    if not math.isfinite(learned.loss):
        raise InputError(
            f"The loss was no number any more in epoch {number}: choose a smaller --learning-rate, "
            "or look for features that are no numbers."
        )
    validated = engine.evaluate(validation)
    return Epoch(
        number=number,
        loss=learned.mean_loss,
        accuracy=learned.accuracy,
        validation_loss=validated.mean_loss,
        validation_accuracy=validated.accuracy,
        seconds=learning - began,
        validation_seconds=time.perf_counter() - learning,
        digest=_digest(engine.weights()),
    )


def _after(epoch: Epoch, engine: Engine, before: Checkpoint | None) -> Checkpoint:
    epochs = (*(before.epochs if before else ()), epoch)
    best = before.best if before and best_of(epochs) is not epoch else engine.weights()
    return Checkpoint(epochs, engine.variables(), best)


def _conclude(configuration: Configuration, folder: FeatureFolder, output: Path, state: Checkpoint) -> None:
    from hepnb.classifiers.models import deployable  # needs Keras

    network = _new(configuration, folder)
    network.set_weights(state.best)
    with staged_file(output / run_folder.NETWORK_FILE, overwrite=True) as path:
        deployable(network, folder).save(path)
    best = best_of(state.epochs)
    learning = sum(epoch.seconds for epoch in state.epochs)
    run_folder.finish(
        output,
        history=[asdict(epoch) for epoch in state.epochs],
        metrics={
            "epochs": len(state.epochs),
            "best_epoch": best.number,
            "loss": best.loss,
            "validation_loss": best.validation_loss,
            "validation_accuracy": best.validation_accuracy,
        },
        parameters=network.count_params(),
        seconds=learning + sum(epoch.validation_seconds for epoch in state.epochs),
        events_per_second=folder.number(TRAIN) * len(state.epochs) / learning,
    )


def _ahead(batches: Iterator[Batch], classifier: Classifier) -> Iterator[Batch]:
    """Particles are read while the network learns; high-level features lie in memory."""
    return prefetched(batches) if PARTICLES in classifier.inputs else batches


def _counted(batches: Iterable[Batch], steps: int, progress: Progress) -> Iterator[Batch]:
    every = -(-steps // _LOOKS)
    for done, batch in enumerate(batches):
        if done % every == 0:
            progress.tasks(done, steps)
        yield batch
    progress.tasks(steps, steps)


def _described(number: int, epochs: int, state: Checkpoint | None) -> str:
    if state is None or not state.epochs:
        return f"Epoch {number} of {epochs}"
    last = state.epochs[-1]
    figures = f"loss {last.validation_loss:.4f}, accuracy {last.validation_accuracy:.4f}"
    return f"Epoch {number} of {epochs} (validation so far: {figures})"


def _digest(weights: Arrays) -> str:
    digest = hashlib.sha256()
    for array in weights:
        digest.update(array.tobytes())
    return digest.hexdigest()

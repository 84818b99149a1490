"""Which settings let a classifier learn best?

The space: the learning rate between a third and ten times the classifier's own (on a logarithmic scale; a grid has a
third, one and three times); the batch size of 64, 128, 256 or 512 events (a grid: 128 and 512); the widths and dropouts
that the catalogue has for the classifier (a grid: the widths). Of trees, only the learning rate.
"""

import hashlib
import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from hepnb.classifiers.catalogue import TREES, Classifier, find_classifier
from hepnb.classifiers.run_folder import FINISHED, RUN, digest_of, read_run, write
from hepnb.classifiers.training import train, training_in
from hepnb.errors import HepnbError, InputError, OutputError
from hepnb.events import TRAIN
from hepnb.features.folder import FeatureFolder, open_folder
from hepnb.runners.runner import Progress, Runner
from hepnb.writers.staging import MARKER, staged_folder

Method = Literal["random", "grid"]

SEARCH: Final = "search.json"
TRIALS: Final = "trials.json"
BEST: Final = "best"

_RATES: Final = (1 / 3, 10.0)
_RATES_OF_GRID: Final = (1 / 3, 1.0, 3.0)
_BATCHES: Final = (64, 128, 256, 512)
_BATCHES_OF_GRID: Final = (128, 512)


@dataclass(frozen=True)
class Trial:
    """What is tried.

    Attributes:
        learning_rate: of the first step.
        batch_size: events of one step; the classifier's own where ``None``, as the next two.
        width: as in `hepnb.classifiers.models.build`.
        dropout: as there.
    """

    learning_rate: float
    batch_size: int | None
    width: int | None
    dropout: float | None

    @property
    def name(self) -> str:
        """The same for the same settings."""
        return f"trial-{hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        trial: what was tried.
        run: folder of its run.
        validation_loss: the lowest [nat]; infinite where it failed.
        validation_accuracy: share of right answers there.
        seconds: that it took.
        error: why it failed.
    """

    trial: Trial
    run: Path
    validation_loss: float
    validation_accuracy: float
    seconds: float
    error: str = ""


def search(
    name: str,
    folder: FeatureFolder,
    output: Path,
    *,
    trials: int = 12,
    method: Method = "random",
    epochs: int | None = None,
    seed: int = 0,
    runner: Runner,
    threads: int | None = None,
    progress: Progress,
) -> list[Outcome]:
    """Train a classifier with different settings, a run for each; what is finished already is not done again.

    Args:
        name: one of `hepnb.classifiers.catalogue.CLASSIFIERS`.
        folder: of features, which all workers see.
        output: folder of the runs, which all workers see; ``best`` is a copy of the best one.
        trials: how many settings at most.
        method: at random, or all combinations of a few values.
        epochs: of each run.
        seed: of the settings and of each run.
        runner: where they are trained.
        threads: of each run; all cores where ``None``.
        progress: is told how many are done.

    Returns:
        The outcomes, the best one first.

    Raises:
        MissingNameError: there is no such classifier.
        InputError: `output` has a search of another classifier or of other features, or every trial failed.
        OutputError: `output` cannot be made.
    """
    classifier = find_classifier(name)
    _begin(output, name, folder)
    settings = list(dict.fromkeys(_SPACES[method](classifier, folder.number(TRAIN), seed, trials)))
    work = partial(
        attempt,
        name=name,
        features=folder.path.resolve(),
        output=output.resolve(),
        epochs=epochs,
        seed=seed,
        threads=threads,
    )
    progress.step(f"Training {len(settings)} times")
    outcomes = sorted(runner.map(work, settings, progress=progress), key=lambda outcome: outcome.validation_loss)
    write(output / TRIALS, [_described(outcome) for outcome in outcomes])
    if outcomes[0].error:
        raise InputError(f"Every trial failed, the first of them so: {outcomes[0].error}")
    _keep_best(outcomes[0], output)
    write(output / MARKER, {"classifier": name, "trials": len(outcomes), "best": _described(outcomes[0])})
    return outcomes


def attempt(
    trial: Trial, *, name: str, features: Path, output: Path, epochs: int | None, seed: int, threads: int | None
) -> Outcome:
    """Train with one setting, unless that is done already; go on where it was interrupted."""
    run = output / f"{trial.name}-{'own' if epochs is None else epochs}-{seed}"
    try:
        if not (run / RUN).exists() or read_run(run)["state"] != FINISHED:
            train(
                name,
                open_folder(features),
                run,
                epochs=epochs,
                seed=seed,
                threads=threads,
                resume=name != TREES and run.exists(),
                overwrite=name == TREES,
                **asdict(trial),
            )
        found = training_in(run)
    except HepnbError as error:
        return Outcome(trial, run, math.inf, 0.0, 0.0, str(error))
    return Outcome(trial, run, found.validation_loss, found.validation_accuracy, found.seconds)


def _random(classifier: Classifier, events: int, seed: int, trials: int) -> Sequence[Trial]:
    draw = np.random.default_rng([seed, len(classifier.name)])
    low, high = np.log(_RATES)

    def one(values: Sequence[Any]) -> Any:
        return values[int(draw.integers(len(values)))] if values else None

    return [
        Trial(
            float(f"{classifier.learning_rate * np.exp(draw.uniform(low, high)):.3g}"),
            one(_fitting(classifier, _BATCHES, events)),
            one(classifier.widths),
            one(classifier.dropouts),
        )
        for _ in range(trials)
    ]


def _grid(classifier: Classifier, events: int, seed: int, trials: int) -> Sequence[Trial]:  # noqa: ARG001  # no chance
    rates = [float(f"{classifier.learning_rate * times:.3g}") for times in _RATES_OF_GRID]
    batches = _fitting(classifier, _BATCHES_OF_GRID, events) or (None,)
    all_of_them = product(classifier.widths or (None,), batches, rates)
    return [Trial(rate, batch, width, None) for width, batch, rate in all_of_them][:trials]


_SPACES: Final = {"random": _random, "grid": _grid}


def _fitting(classifier: Classifier, sizes: Sequence[int], events: int) -> Sequence[int]:
    return () if classifier.name == TREES else [size for size in sizes if size <= events] or [events]


def _begin(output: Path, name: str, folder: FeatureFolder) -> None:
    wanted = {"classifier": name, "features": digest_of(folder)}
    if output.resolve().is_relative_to(folder.path.resolve()):
        raise InputError(f"{output} lies inside the features {folder.path}: choose a folder elsewhere.")
    if (output / SEARCH).exists():
        if json.loads((output / SEARCH).read_text(encoding="utf-8")) != wanted:
            raise InputError(f"{output} has a search of another classifier or of other features: name another folder.")
        return
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise OutputError(f"{output} exists already and holds no search; name another folder.")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output} cannot be made: {error.strerror}.") from error
    write(output / SEARCH, wanted)


def _keep_best(outcome: Outcome, output: Path) -> None:
    with staged_folder(output / BEST, overwrite=True) as folder:
        for path in outcome.run.iterdir():
            shutil.copy2(path, folder / path.name)


def _described(outcome: Outcome) -> dict[str, Any]:
    loss = outcome.validation_loss if math.isfinite(outcome.validation_loss) else None
    return {
        **asdict(outcome.trial),
        "validation_loss": loss,
        "validation_accuracy": outcome.validation_accuracy,
        "seconds": outcome.seconds,
        "run": outcome.run.name,
        "error": outcome.error,
    }

"""How do boosted decision trees learn?

Resuming is not needed: they are done in minutes. Scaling changes nothing for them.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from hepnb.classifiers import run_folder
from hepnb.classifiers.backend import Device
from hepnb.classifiers.dataset import Batch, Dataset
from hepnb.classifiers.ragged import HLF
from hepnb.classifiers.run_folder import Configuration
from hepnb.errors import InputError
from hepnb.events import TRAIN, VALIDATION, Process
from hepnb.features.folder import FeatureFolder
from hepnb.runners.runner import Progress
from hepnb.writers.staging import staged_file

_AT_ONCE: Final = 1 << 16
_PATIENCE: Final = 20
"""Rounds without a lower validation loss, after which no more trees are grown."""


def fit(
    configuration: Configuration, folder: FeatureFolder, output: Path, *, device: Device, progress: Progress
) -> None:
    """Grow trees, and write them.

    Args:
        configuration: its epochs are rounds: one tree for each process.
        folder: of features.
        output: folder of the run, which has begun.
        device: where.
        progress: is told how far it is.
    """
    import xgboost  # imported here, because networks are trained without it

    if device == "gpu":
        _check_gpu(xgboost)
    began = time.perf_counter()
    train = _matrix(xgboost, Dataset(folder, TRAIN, (HLF,)), None)
    validation = _matrix(xgboost, Dataset(folder, VALIDATION, (HLF,)), train)
    progress.step(f"Up to {configuration.epochs} rounds of trees")
    found: dict[str, dict[str, list[float]]] = {}
    booster = xgboost.train(
        {
            "objective": "multi:softprob",
            "num_class": len(Process),
            "tree_method": "hist",
            "device": {"auto": "cpu", "cpu": "cpu", "gpu": "cuda"}[device],
            "learning_rate": configuration.learning_rate,
            "seed": configuration.seed,
            "eval_metric": ["merror", "mlogloss"],  # the last one decides when to stop
            "verbosity": 0,
        },
        train,
        num_boost_round=configuration.epochs,
        evals=[(train, TRAIN), (validation, VALIDATION)],
        evals_result=found,
        verbose_eval=False,
        callbacks=[
            xgboost.callback.EarlyStopping(rounds=_PATIENCE, save_best=True),
            _told(xgboost, configuration.epochs, progress),
        ],
    )
    seconds = time.perf_counter() - began
    with staged_file(output / run_folder.TREES_FILE, overwrite=True) as path:
        booster.save_model(path)
    _conclude(output, folder, found, seconds=seconds, parameters=_nodes(booster))


def predictor(path: Path) -> Callable[[dict[str, Any]], Any]:
    """What computes the probabilities of the trees in a file, ``(n, 3)``."""
    import xgboost  # as above

    booster = xgboost.Booster(model_file=path)
    return lambda inputs: booster.inplace_predict(inputs[HLF])


def _check_gpu(xgboost: Any) -> None:
    """XGBoost takes the CPU where it finds no GPU, and only warns."""
    grown = xgboost.train(
        {"device": "cuda", "verbosity": 0}, xgboost.DMatrix(np.zeros((2, 1)), label=np.zeros(2)), num_boost_round=1
    )
    if not json.loads(grown.save_config())["learner"]["generic_param"]["device"].startswith("cuda"):
        raise InputError("XGBoost finds no GPU on this machine: choose --device cpu or auto.")


def _nodes(booster: Any) -> int:
    return sum(tree.count("\n") for tree in booster.get_dump())


def _conclude(output: Path, folder: FeatureFolder, found: Any, *, seconds: float, parameters: int) -> None:
    history = [
        {
            "number": number,
            "loss": loss,
            "accuracy": 1 - wrong,
            "validation_loss": validation_loss,
            "validation_accuracy": 1 - validation_wrong,
        }
        for number, (loss, wrong, validation_loss, validation_wrong) in enumerate(
            zip(
                found[TRAIN]["mlogloss"],
                found[TRAIN]["merror"],
                found[VALIDATION]["mlogloss"],
                found[VALIDATION]["merror"],
                strict=True,
            ),
            start=1,
        )
    ]
    best = min(history, key=lambda one: one["validation_loss"])
    run_folder.finish(
        output,
        history=history,
        metrics={
            "epochs": len(history),
            "best_epoch": best["number"],
            "loss": best["loss"],
            "validation_loss": best["validation_loss"],
            "validation_accuracy": best["validation_accuracy"],
        },
        parameters=parameters,
        seconds=seconds,
        events_per_second=folder.number(TRAIN) * len(history) / seconds,
    )


def _matrix(xgboost: Any, dataset: Dataset, like: Any) -> Any:
    """Events in bins, a byte for each feature, made without ever holding them all."""

    class Batches(xgboost.DataIter):  # type: ignore[misc]  # it is known only where XGBoost is
        def __init__(self) -> None:
            super().__init__()
            self._left: Iterator[Batch] = iter(())
            self.reset()

        def reset(self) -> None:
            self._left = dataset.in_order(batch_size=_AT_ONCE)

        def next(self, input_data: Callable[..., None]) -> bool:
            for batch in self._left:
                events = len(batch.rows)
                input_data(data=batch.inputs[HLF][:events], label=np.argmax(batch.target[:events], axis=-1))
                return True
            return False

    return xgboost.QuantileDMatrix(Batches(), ref=like)


def _told(xgboost: Any, rounds: int, progress: Progress) -> Any:
    class Told(xgboost.callback.TrainingCallback):  # type: ignore[misc]  # as above
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002  # XGBoost's signature
            progress.tasks(epoch + 1, rounds)
            return False

    return Told()

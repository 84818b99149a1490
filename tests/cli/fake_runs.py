"""Runs that were never trained, behind the same door."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hepnb.errors import InputError, MissingInputError
from hepnb.events import EVENT_KEY, LABEL
from hepnb.features.folder import FeatureFolder
from tests.classifiers.synthetic import make_folder
from tests.evaluation.predictions import softmax

FILE = "fake.json"
EPOCHS = {"epoch": [1, 2, 3], "loss": [0.9, 0.6, 0.5], "val_loss": [0.8, 0.65, 0.6], "accuracy": [0.5, 0.7, 0.8]}


@dataclass
class FakeRun:
    """Scores that are better the larger the distance, and worse the larger the blur."""

    name: str
    model: str
    parameters: int
    history: dict[str, list[float]]
    distance: float
    blur: float
    skip: int

    def predict(self, folder: FeatureFolder, split: str) -> Any:
        """As a run does: in file order."""
        table = pa.concat_tables([pq.read_table(file, columns=[LABEL, EVENT_KEY]) for file in folder.files(split)])
        labels, ids = (table[name].to_numpy()[self.skip :] for name in (LABEL, EVENT_KEY))
        values = np.random.default_rng(1).normal(size=(labels.size, 3))
        values[np.arange(labels.size), labels] += self.distance
        values += self.blur * np.random.default_rng(2).normal(size=values.shape)
        return SimpleNamespace(scores=softmax(self.distance * values), labels=labels, event_ids=ids, seconds=0.25)


def open_run(path: Path) -> FakeRun:
    """As `hepnb.classifiers.run.open_run`."""
    if not path.is_dir():
        raise MissingInputError(f"{path} is no run: there is no such folder.")
    if not (path / FILE).exists():
        raise InputError(f"{path} is not finished; train on.")
    return FakeRun(name=path.name, **json.loads((path / FILE).read_text()))


def make_run(path: Path, *, distance: float = 3.0, blur: float = 0.0, model: str = "pfn", skip: int = 0) -> Path:
    """A folder that `open_run` opens."""
    path.mkdir(parents=True)
    history = {} if model == "trees" else EPOCHS
    content = {"model": model, "parameters": 12_353, "history": history}
    (path / FILE).write_text(json.dumps(content | {"distance": distance, "blur": blur, "skip": skip}))
    return path


def make_features(path: Path, labels: list[int]) -> Path:
    """A folder whose splits have events of these labels each, in two files."""
    return make_folder(path, labels=labels, mean_particles=0).path


DOOR = "hepnb.classifiers.run"
"""Module that opens runs."""


def door() -> ModuleType:
    """The module that takes its place."""
    module = ModuleType(DOOR)
    module.open_run = open_run  # type: ignore[attr-defined]  # this is how modules get names
    return module

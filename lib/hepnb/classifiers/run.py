"""What does a trained classifier say about events?"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hepnb.classifiers import backend, run_folder, trees
from hepnb.classifiers.catalogue import TREES, Classifier, find_classifier
from hepnb.classifiers.dataset import Dataset
from hepnb.classifiers.fitting import evaluated_at_once
from hepnb.classifiers.prefetch import prefetched
from hepnb.classifiers.ragged import PARTICLES, Ragged, column
from hepnb.errors import InputError
from hepnb.events import EVENT_KEY, LABEL, Process
from hepnb.features.folder import FeatureFolder, scaling_from
from hepnb.features.scaling import Scaling

_HISTORY: Final = {
    "number": "epoch",
    "loss": "loss",
    "accuracy": "accuracy",
    "validation_loss": "val_loss",
    "validation_accuracy": "val_accuracy",
}


@dataclass(frozen=True)
class Predictions:
    """What a classifier says about the events of a split, in the order of the files.

    Attributes:
        scores: probability of each process, ``(n, 3)``.
        labels: the process that happened, ``(n,)``.
        event_ids: ``(n,)``.
        seconds: that reading and computing took.
    """

    scores: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]
    event_ids: npt.NDArray[np.int64]
    seconds: float


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        path: its folder.
        classifier: what was trained.
        content: of its ``run.json``.
        hlf_scaling: of the features that it was trained with.
        particle_scaling: of these, too; ``None`` where each event was scaled on its own.
    """

    path: Path
    classifier: Classifier
    content: Mapping[str, Any]
    hlf_scaling: Scaling
    particle_scaling: Scaling | None

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.path.resolve().name

    @property
    def model(self) -> str:
        """Name of the classifier."""
        return self.classifier.name

    @property
    def parameters(self) -> int:
        """How many numbers it learned."""
        return int(self.content["parameters"])

    @property
    def history(self) -> Mapping[str, Sequence[float]]:
        """What came of each epoch: ``epoch``, ``loss``, ``val_loss``, ``accuracy`` and ``val_accuracy``."""
        epochs = json.loads((self.path / run_folder.HISTORY).read_text(encoding="utf-8"))
        return {
            as_drawn: [epoch[as_written] for epoch in epochs]
            for as_written, as_drawn in _HISTORY.items()
            if all(as_written in epoch for epoch in epochs)
        }

    def predict(self, folder: FeatureFolder, split: str) -> Predictions:
        """Apply the classifier to a split of any folder of features.

        Features that were scaled with other constants than the run's are scaled anew.

        Raises:
            InputError: there are no events, or particles that were scaled event by event meet a run whose were not.
        """
        dataset = Dataset(folder, split, self.classifier.inputs, adapt=self._adapting(folder))
        compute = self._predictor()
        scores = np.empty((dataset.events, len(Process)), np.float32)
        began = time.perf_counter()
        for batch in prefetched(dataset.in_order(batch_size=evaluated_at_once(self.classifier))):
            scores[batch.rows] = compute(batch.inputs)[: len(batch.rows)]
        seconds = time.perf_counter() - began
        return Predictions(scores, column(folder, split, LABEL), column(folder, split, EVENT_KEY), seconds)

    def _predictor(self) -> Callable[[dict[str, Any]], Any]:
        if self.classifier.name == TREES:
            return trees.predictor(self.path / run_folder.TREES_FILE)
        backend.start()
        import keras  # only now: whoever uses trees does without it

        from hepnb.classifiers import layers  # noqa: F401  # Keras must know them
        from hepnb.classifiers.models import NETWORK  # needs Keras

        model = keras.saving.load_model(self.path / run_folder.NETWORK_FILE)
        return backend.predictor(model.get_layer(NETWORK))

    def _adapting(self, folder: FeatureFolder) -> Callable[[Ragged], Ragged] | None:
        hlf = _rescaling(folder.hlf_scaling, self.hlf_scaling)
        particles = None
        if PARTICLES in self.classifier.inputs:
            if (folder.particle_scaling is None) != (self.particle_scaling is None):
                raise InputError(
                    f"The particles of {folder.path} and those that {self.path} was trained with are not scaled in the "
                    "same way, one of them event by event: make features with the same --compat."
                )
            if folder.particle_scaling is not None and self.particle_scaling is not None:
                particles = _rescaling(folder.particle_scaling, self.particle_scaling)
        if hlf is None and particles is None:
            return None
        return lambda events: replace(
            events,
            hlf=events.hlf if hlf is None or events.hlf is None else hlf(events.hlf),
            particles=events.particles
            if particles is None or events.particles is None
            else particles(events.particles),
        )


def open_run(path: Path) -> Run:
    """The finished run in a folder.

    Raises:
        MissingInputError: there is none.
        InputError: it is not finished.
        FormatError: it is damaged.
    """
    content = run_folder.read_finished(path)
    features = content["features"]
    particle_scaling = features["particle_scaling"]
    return Run(
        path,
        find_classifier(content["configuration"]["classifier"]),
        content,
        scaling_from(features["hlf_scaling"]),
        None if particle_scaling is None else scaling_from(particle_scaling),
    )


def _rescaling(given: Scaling, wanted: Scaling) -> Callable[[Any], Any] | None:
    return None if given == wanted else lambda values: wanted.apply(given.invert(values))

"""A process that trains for a while, and says what it cost: a request's backend is that of its environment."""

import itertools
import sys
from pathlib import Path
from typing import Any

from benchmarks.child import serve
from benchmarks.measure import timed
from hepnb.classifiers import backend
from hepnb.classifiers.catalogue import find_classifier
from hepnb.classifiers.dataset import Batch, Dataset
from hepnb.features.folder import open_folder


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Processor time of an event [s]: of learning, and of reading alone.

    The request names a classifier, a folder of features, the events of a batch, how many batches, how often, and
    whether lengths find each other.
    """
    backend.start(device="cpu", threads=1)
    import keras  # only now, as everywhere

    from hepnb.classifiers.models import build  # needs Keras

    features = open_folder(Path(request["folder"]))

    def make() -> tuple[keras.Model, keras.Optimizer]:
        network = build(request["classifier"], seed=1, particle_scaling=features.particle_scaling)
        optimizer = keras.optimizers.Adam(1e-3)
        optimizer.build(network.trainable_variables)
        return network, optimizer

    engine = backend.engine(make)
    dataset = Dataset(features, "train", find_classifier(request["classifier"]).inputs)

    def batches(epoch: int) -> list[Batch]:
        of_epoch = dataset.batches(
            epoch, batch_size=request["batch_size"], seed=1, bucketed=request.get("bucketed", True)
        )
        return list(itertools.islice(of_epoch, request["batches"]))

    reading, learning = [], []
    for epoch in range(request["times"] + 1):
        seconds, read = timed(lambda epoch=epoch: batches(epoch))  # type: ignore[misc]  # mypy does not infer its type
        events = sum(len(batch.rows) for batch in read)
        reading.append(seconds / events)
        seconds, _ = timed(lambda read=read: engine.train(read))  # type: ignore[misc]  # as above
        learning.append(seconds / events)
    # The first time compiles.
    return {"learning": sorted(learning[1:])[len(learning) // 2 - 1], "reading": min(reading[1:])}


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a stream of text
    serve(answer)

"""Claims: a core learns from a million events a second, bucketing halves the GRU's work, reading is a tenth of it."""

import sys
from collections.abc import Iterator
from typing import Any, Final

from benchmarks.child import Child
from benchmarks.feature_folder import folder_of, number_of_events
from benchmarks.rows import Row, at_least, at_most, faster
from benchmarks.settings import Settings, cores, main
from hepnb.features.folder import FeatureFolder

_TARGETS: Final = {"tensorflow": 0.4, "jax": 1.0}  # [million events/s]
_NANO: Final = 1e9


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    folder = folder_of(settings, events=number_of_events(settings))
    settings.progress.step("Measuring training")
    batch = min(8192, folder.number("train"))
    for backend, target in _TARGETS.items():
        found = _learn(settings, folder, "hlf", backend=backend, batch_size=batch, batches=100)
        yield at_least(f"HLF, training on one core, {backend}", 1e-6 / found["learning"], unit="M/s", bound=target)
    bucketed = _learn(settings, folder, "particles", batches=32)
    padded = _learn(settings, folder, "particles", batches=4, bucketed=False)
    yield _compared("GRU, training, lengths together", bucketed, "GRU padded to 801", padded, times=2.0)
    flow = _learn(settings, folder, "pfn-hlf", batches=32)
    yield _compared("particle-flow network + HLF, training", flow, "GRU", bucketed, times=1.0)
    for name, costs in (("GRU", bucketed), ("particle-flow network + HLF", flow)):
        share = 100 * costs["reading"] / (costs["reading"] + costs["learning"])
        yield at_most(f"reading beside training, {name}", share, unit="%", bound=10.0)


def _learn(
    settings: Settings, folder: FeatureFolder, classifier: str, *, backend: str = "tensorflow", **request: Any
) -> dict[str, Any]:
    child = Child(
        ["taskset", "-c", str(cores()[0]), sys.executable, "-m", "benchmarks.learner"],
        variables={"KERAS_BACKEND": backend},
    )
    wanted = {"batch_size": 128, "times": min(settings.repeats, 3), **request}
    return child.ask(classifier=classifier, folder=str(folder.path), **wanted)


def _compared(claim: str, own: dict[str, Any], peer: str, other: dict[str, Any], *, times: float) -> Row:
    figure, peer_figure = own["learning"] * _NANO, other["learning"] * _NANO
    return faster(claim, figure, peer=peer, peer_figure=peer_figure, times=times)


if __name__ == "__main__":
    main(measure)

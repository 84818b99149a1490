"""Which classifiers are there?"""

from dataclasses import dataclass
from typing import Any, Final

from hepnb.classifiers.ragged import HLF, PARTICLES
from hepnb.errors import MissingNameError, nearest


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """One of them, and how it is best trained.

    Attributes:
        name: as the user types it.
        summary: what it is, in half a sentence.
        inputs: which features it needs.
        epochs: how often it sees all events; of `trees`, how many trees each process has at most.
        batch_size: events of one step.
        learning_rate: of the first step.
        decaying: whether the learning rate falls to 0 along half a cosine.
        widths: of the layers that see particles, which a search tries.
        dropouts: which a search tries.
    """

    name: str
    summary: str
    inputs: tuple[str, ...]
    epochs: int
    batch_size: int = 128
    learning_rate: float = 1e-3
    decaying: bool = False
    widths: tuple[int, ...] = ()
    dropouts: tuple[float, ...] = ()


RECOMMENDED: Final = "pfn-hlf"
TREES: Final = "trees"

_OF_GRU: Final[dict[str, Any]] = {"widths": (25, 50, 100), "dropouts": (0.0, 0.1, 0.2, 0.3), "epochs": 20}
_OF_FLOW: Final[dict[str, Any]] = {**_OF_GRU, "widths": (32, 64, 128), "decaying": True, "epochs": 40}

_ALL: Final = (
    Classifier(name="hlf", summary="three dense layers on the high-level features", inputs=(HLF,), epochs=20),
    Classifier(name="particles", summary="a GRU on the particles", inputs=(PARTICLES,), **_OF_GRU),
    Classifier(name="inclusive", summary="the GRU and the high-level features", inputs=(HLF, PARTICLES), **_OF_GRU),
    Classifier(name="pfn", summary="a particle-flow network on the particles", inputs=(PARTICLES,), **_OF_FLOW),
    Classifier(
        name=RECOMMENDED,
        summary="the particle-flow network and the high-level features",
        inputs=(HLF, PARTICLES),
        **_OF_FLOW,
    ),
    Classifier(
        name=TREES,
        summary="boosted decision trees on the high-level features",
        inputs=(HLF,),
        epochs=500,
        learning_rate=0.1,
    ),
)
CLASSIFIERS: Final = {classifier.name: classifier for classifier in _ALL}
"""The first three are those of arXiv:1807.00083. Particle-flow networks are those of arXiv:1810.05165."""


def find_classifier(name: str) -> Classifier:
    """The classifier of a name.

    Raises:
        MissingNameError: there is none.
    """
    try:
        return CLASSIFIERS[name]
    except KeyError:
        raise MissingNameError(
            f"There is no classifier '{name}': {nearest(name, CLASSIFIERS, limit=len(CLASSIFIERS))}."
        ) from None

"""Which classifiers are there?"""

from dataclasses import dataclass
from typing import Final

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
    """

    name: str
    summary: str
    inputs: tuple[str, ...]
    epochs: int
    batch_size: int = 128
    learning_rate: float = 1e-3
    decaying: bool = False


RECOMMENDED: Final = "pfn-hlf"
TREES: Final = "trees"

CLASSIFIERS: Final = {
    classifier.name: classifier
    for classifier in (
        Classifier(name="hlf", summary="three dense layers on the high-level features", inputs=(HLF,), epochs=10),
        Classifier(name="particles", summary="a GRU on the particles", inputs=(PARTICLES,), epochs=5),
        Classifier(name="inclusive", summary="the GRU and the high-level features", inputs=(HLF, PARTICLES), epochs=5),
        Classifier(
            name="pfn", summary="a particle-flow network on the particles", inputs=(PARTICLES,), epochs=5, decaying=True
        ),
        Classifier(
            name=RECOMMENDED,
            summary="the particle-flow network and the high-level features",
            inputs=(HLF, PARTICLES),
            epochs=5,
            decaying=True,
        ),
        Classifier(
            name=TREES,
            summary="boosted decision trees on the high-level features",
            inputs=(HLF,),
            epochs=500,
            learning_rate=0.1,
        ),
    )
}
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

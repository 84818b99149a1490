"""What do the networks look like?

They are of Keras alone, with any backend. Which rows are particles is seen once, from the flags, and passed on: padding
changes nothing, wherever it stands. On a GPU, cuDNN computes the GRU if the padding stands at the end, and only then.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import keras

from hepnb.classifiers.catalogue import find_classifier
from hepnb.classifiers.layers import LeptonFrame, MaskedPooling, ParticleMask, Scale, ZeroPadding
from hepnb.classifiers.ragged import HLF, PARTICLES
from hepnb.events import HLF_NAMES, PARTICLE_FEATURES, Process
from hepnb.features.folder import FeatureFolder
from hepnb.features.scaling import Scaling

NETWORK: Final = "network"
"""Name of the network inside the model that is saved."""

_GRU_WIDTH: Final = 50
_GRU_DROPOUT: Final = 0.2
_PARTICLE_WIDTH: Final = 64
_PARTICLE_LAYERS: Final = 3


def build(
    name: str,
    *,
    seed: int,
    particle_scaling: Scaling | None,
    width: int | None = None,
    dropout: float | None = None,
) -> keras.Model:
    """A network with new weights, which takes scaled features and gives a probability for each process.

    Args:
        name: one of `hepnb.classifiers.catalogue.CLASSIFIERS`, but not the trees.
        seed: of the weights and the dropout.
        particle_scaling: of the particles that it will see; ``None`` where each event is scaled on its own.
        width: of the layers that see particles; the network `hlf` has none.
        dropout: share of the features that are left out while it learns; the network `hlf` has none.

    Returns:
        The network: ``{"hlf": (n, 14), "particles": (n, length, 19)}``, as far as it needs them, to ``(n, 3)``.
    """
    keras.utils.set_random_seed(seed)
    chosen: dict[str, Any] = {
        key: value for key, value in (("width", width), ("dropout", dropout)) if value is not None
    }
    inputs = _inputs(find_classifier(name).inputs)
    if name in _OF_THE_LEPTON and particle_scaling is not None:
        chosen["frame"] = LeptonFrame(**asdict(particle_scaling))
    return keras.Model(inputs, _BUILDERS[name](inputs, seed=seed, **chosen), name=NETWORK)


def deployable(network: keras.Model, folder: FeatureFolder) -> keras.Model:
    """The network with the scaling inside: it takes physical features, as `hepnb.events` names them.

    Rows of padding are zeros. Particles that were scaled event by event, as published, have no constants: they go in as
    they are.

    Returns:
        The model: ``{"hlf": (n, 14), "particles": (n, length, 19)}``, as far as it needs them, to ``(n, 3)``.
    """
    inputs = _inputs(network.input)
    scaled = {}
    if HLF in inputs:
        scaled[HLF] = _scale(folder.hlf_scaling, "hlf_scaling")(inputs[HLF])
    if PARTICLES in inputs:
        scaled[PARTICLES] = inputs[PARTICLES]
        if folder.particle_scaling is not None:
            values = _scale(folder.particle_scaling, "particle_scaling")(inputs[PARTICLES])
            scaled[PARTICLES] = ZeroPadding()(values, ParticleMask()(inputs[PARTICLES]))
    return keras.Model(inputs, network(scaled), name="classifier")


def _inputs(names: Any) -> dict[str, Any]:
    shapes = {HLF: (len(HLF_NAMES),), PARTICLES: (None, len(PARTICLE_FEATURES))}
    return {name: keras.Input(shapes[name], name=name) for name in names}


def _scale(scaling: Scaling, name: str) -> Scale:
    return Scale(**asdict(scaling), name=name)


def _probabilities(values: Any) -> Any:
    return keras.layers.Dense(len(Process), activation="softmax", name="probabilities")(values)


def _dense(values: Any, *widths: int) -> Any:
    for width in widths:
        values = keras.layers.Dense(width, activation="relu")(values)
    return values


def _hlf(inputs: dict[str, Any], *, seed: int) -> Any:  # noqa: ARG001  # nothing is left out
    return _probabilities(_dense(inputs[HLF], 50, 20, 10))


def _gru(particles: Any, *, seed: int, width: int, dropout: float) -> Any:
    mask = ParticleMask(never_empty=True)(particles)
    sequence = keras.layers.GRU(width, activation="tanh", reset_after=True)(particles, mask=mask)
    return keras.layers.Dropout(dropout, seed=seed)(sequence)


def _particles(inputs: dict[str, Any], *, seed: int, width: int = _GRU_WIDTH, dropout: float = _GRU_DROPOUT) -> Any:
    return _probabilities(_gru(inputs[PARTICLES], seed=seed, width=width, dropout=dropout))


def _inclusive(inputs: dict[str, Any], *, seed: int, width: int = _GRU_WIDTH, dropout: float = _GRU_DROPOUT) -> Any:
    sequence = _gru(inputs[PARTICLES], seed=seed, width=width, dropout=dropout)
    hlf = keras.layers.Dropout(dropout, seed=seed + 1)(inputs[HLF])
    return _probabilities(_dense(keras.layers.Concatenate()([sequence, hlf]), 25))


def _pfn(
    inputs: dict[str, Any],
    *,
    seed: int,
    frame: LeptonFrame | None = None,
    width: int = _PARTICLE_WIDTH,
    dropout: float = 0.0,
) -> Any:
    """Deep Sets (arXiv:1810.05165): the same layers for each particle, whose order cannot matter."""
    particles = inputs[PARTICLES]
    seen = particles if frame is None else frame(particles)
    pooled = MaskedPooling()(_dense(seen, *[width] * _PARTICLE_LAYERS), ParticleMask()(particles))
    if HLF in inputs:
        pooled = keras.layers.Concatenate()([pooled, inputs[HLF]])
    if dropout:
        pooled = keras.layers.Dropout(dropout, seed=seed)(pooled)
    return _probabilities(_dense(pooled, width, width // 2))


_BUILDERS: Final[dict[str, Callable[..., Any]]] = {
    "hlf": _hlf,
    "particles": _particles,
    "inclusive": _inclusive,
    "pfn": _pfn,
    "pfn-hlf": _pfn,
}
_OF_THE_LEPTON: Final = ("pfn", "pfn-hlf")
"""They see particles in the frame of the lepton; the published ones do not."""

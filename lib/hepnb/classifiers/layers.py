"""What do the networks need that Keras does not have?"""

from collections.abc import Sequence
from typing import Any, Final

import keras
from keras import ops

from hepnb.events import PARTICLE_FEATURES
from hepnb.physics.isolation import CONE

FLAGS: Final = tuple(PARTICLE_FEATURES.index(name) for name in ("isChHad", "isNeuHad", "isGamma", "isEle", "isMu"))
"""A particle has exactly one of these features, and padding has none."""

_IS_ELECTRON, _IS_MUON = FLAGS[-2:]
_DIRECTIONS: Final = frozenset({"Px", "Py", "Pz", "Phi", "vtxX", "vtxY"})
_WITHOUT_DIRECTION: Final = [number for number, name in enumerate(PARTICLE_FEATURES) if name not in _DIRECTIONS]
_SEEN: Final = 6
_TINY: Final = 1e-6

_TYPICAL_PARTICLES: Final = 100.0
"""A sum over particles is divided by this number, so that it is of order one."""


@keras.saving.register_keras_serializable(package="hepnb")
class ParticleMask(keras.layers.Layer):
    """Which rows are particles: those with one of the five flags; ``(n, length, 19)`` to ``(n, length)``, bool."""

    def __init__(self, *, never_empty: bool = False, **options: Any) -> None:
        """Remember the settings.

        Args:
            never_empty: take the first row of an event without particles for one; cuDNN refuses sequences of nothing.
            options: of any layer.
        """
        super().__init__(**options)
        self.never_empty = never_empty

    def call(self, particles: Any) -> Any:
        """Look at the flags."""
        mask = ops.any(ops.not_equal(particles[..., FLAGS[0] : FLAGS[-1] + 1], 0), axis=-1)
        if not self.never_empty:
            return mask
        nothing = ops.logical_not(ops.any(mask, axis=-1, keepdims=True))
        first = ops.equal(ops.cumsum(ops.ones_like(mask, "int32"), axis=-1), 1)
        return ops.logical_or(mask, ops.logical_and(nothing, first))

    def compute_output_spec(self, particles: Any) -> Any:
        """Shape and type, without computing."""
        return keras.KerasTensor(particles.shape[:-1], "bool")

    def get_config(self) -> dict[str, Any]:
        """What makes the same layer again."""
        return {**super().get_config(), "never_empty": self.never_empty}


@keras.saving.register_keras_serializable(package="hepnb")
class MaskedPooling(keras.layers.Layer):
    """Sum and maximum over the particles; ``(n, length, f)`` and ``(n, length)`` to ``(n, 2 f)``.

    The values must not be negative, as behind a ReLU: an event without particles has zeros.
    """

    def call(self, values: Any, mask: Any) -> Any:
        """Leave out what is no particle."""
        real = values * ops.cast(ops.expand_dims(mask, -1), values.dtype)
        return ops.concatenate([ops.sum(real, axis=1) / _TYPICAL_PARTICLES, ops.max(real, axis=1)], axis=-1)

    def compute_output_spec(self, values: Any, mask: Any) -> Any:  # noqa: ARG002  # Keras passes what it passes to call
        """Shape and type, without computing."""
        return keras.KerasTensor((values.shape[0], 2 * values.shape[-1]), values.dtype)


@keras.saving.register_keras_serializable(package="hepnb")
class Scale(keras.layers.Layer):
    """What `hepnb.features.scaling.Scaling.apply` does, ``(..., n_features)``."""

    def __init__(
        self, *, curves: Sequence[str], center: Sequence[float], width: Sequence[float], **options: Any
    ) -> None:
        """Remember the constants, ``(n_features,)`` each."""
        super().__init__(**options)
        self.curves, self.center, self.width = list(curves), list(center), list(width)

    def call(self, values: Any) -> Any:
        """Scale values."""
        logarithmic = ops.convert_to_tensor([curve == "log" for curve in self.curves])
        on_curve = ops.where(logarithmic, ops.sign(values) * ops.log1p(ops.abs(values)), values)
        center = ops.convert_to_tensor(self.center, values.dtype)
        return (on_curve - center) / ops.convert_to_tensor(self.width, values.dtype)

    def compute_output_spec(self, values: Any) -> Any:
        """Shape and type, without computing."""
        return keras.KerasTensor(values.shape, values.dtype)

    def get_config(self) -> dict[str, Any]:
        """What makes the same layer again."""
        return {**super().get_config(), "curves": self.curves, "center": self.center, "width": self.width}


@keras.saving.register_keras_serializable(package="hepnb")
class LeptonFrame(keras.layers.Layer):
    """Scaled particles as the lepton sees them; ``(n, length, 19)`` to ``(n, length, 19)``, other features.

    What has a direction about the beam (px, py, phi, the vertex) becomes an angle to the lepton or a distance from the
    beam, so that turning an event about the beam changes nothing: a network need not learn this.
    """

    def __init__(
        self, *, curves: Sequence[str], center: Sequence[float], width: Sequence[float], **options: Any
    ) -> None:
        """Remember the constants with which the particles were scaled, ``(19,)`` each."""
        super().__init__(**options)
        self.curves, self.center, self.width = list(curves), list(center), list(width)

    def call(self, particles: Any) -> Any:
        """Turn the events."""
        eta, phi = self._unscaled(particles, "Eta"), self._unscaled(particles, "Phi")
        is_lepton = particles[..., _IS_ELECTRON : _IS_ELECTRON + 1] + particles[..., _IS_MUON : _IS_MUON + 1]
        leptons = ops.maximum(ops.sum(is_lepton, axis=1, keepdims=True), 1)
        d_eta = eta - ops.sum(eta * is_lepton, axis=1, keepdims=True) / leptons
        d_phi = phi - ops.sum(phi * is_lepton, axis=1, keepdims=True) / leptons
        cosine, sine = ops.cos(d_phi), ops.sin(d_phi)
        distance_squared = ops.square(d_eta) + ops.square(ops.arctan2(sine, cosine))
        vertex = ops.square(self._unscaled(particles, "vtxX")) + ops.square(self._unscaled(particles, "vtxY"))
        seen = [
            d_eta,
            cosine,
            sine,
            # The root of nothing has no derivative.
            ops.sqrt(distance_squared + _TINY),
            ops.exp(distance_squared / (-2 * CONE**2)),
            ops.log1p(ops.sqrt(vertex + _TINY)),
        ]
        return ops.concatenate([ops.take(particles, _WITHOUT_DIRECTION, axis=-1), *seen], axis=-1)

    def compute_output_spec(self, particles: Any) -> Any:
        """Shape and type, without computing."""
        return keras.KerasTensor((*particles.shape[:-1], len(_WITHOUT_DIRECTION) + _SEEN), particles.dtype)

    def get_config(self) -> dict[str, Any]:
        """What makes the same layer again."""
        return {**super().get_config(), "curves": self.curves, "center": self.center, "width": self.width}

    def _unscaled(self, particles: Any, name: str) -> Any:
        column = PARTICLE_FEATURES.index(name)
        on_curve = particles[..., column : column + 1] * self.width[column] + self.center[column]
        if self.curves[column] == "linear":
            return on_curve
        return ops.sign(on_curve) * ops.expm1(ops.abs(on_curve))


@keras.saving.register_keras_serializable(package="hepnb")
class ZeroPadding(keras.layers.Layer):
    """Zeros where there is no particle; ``(n, length, 19)`` and ``(n, length)`` to ``(n, length, 19)``."""

    def call(self, particles: Any, mask: Any) -> Any:
        """Leave the particles as they are."""
        return particles * ops.cast(ops.expand_dims(mask, -1), particles.dtype)

    def compute_output_spec(self, particles: Any, mask: Any) -> Any:  # noqa: ARG002  # as above
        """Shape and type, without computing."""
        return keras.KerasTensor(particles.shape, particles.dtype)

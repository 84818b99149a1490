"""How features of any size become numbers of order one."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt

from hepnb.events import HLF_NAMES, PARTICLE_FEATURES

Floats = npt.NDArray[np.float64]
Curve = Literal["linear", "log"]
"""``log`` is sign(x) log(1 + abs(x)): linear around 0, logarithmic far from it, for either sign."""

_LOG_HLF: Final = frozenset({"HT", "MET", "MT", "LepPt", "LepIsoCh", "LepIsoGamma", "LepIsoNeu"})
_LOG_PARTICLE: Final = frozenset(
    {"Energy", "Px", "Py", "Pz", "Pt", "vtxX", "vtxY", "vtxZ", "ChPFIso", "GammaPFIso", "NeuPFIso"}
)
_AS_THEY_ARE: Final = frozenset({"isChHad", "isNeuHad", "isGamma", "isEle", "isMu", "Charge"})
"""Of order one already; and as one of the flags is 1, no scaled particle looks like padding."""

HLF_CURVES: Final[tuple[Curve, ...]] = tuple("log" if name in _LOG_HLF else "linear" for name in HLF_NAMES)
PARTICLE_CURVES: Final[tuple[Curve, ...]] = tuple(
    "log" if name in _LOG_PARTICLE else "linear" for name in PARTICLE_FEATURES
)
UNSCALED_PARTICLE_FEATURES: Final = tuple(name in _AS_THEY_ARE for name in PARTICLE_FEATURES)


@dataclass(frozen=True)
class Scaling:
    """A curve for each feature, and then a shift and a division.

    Attributes:
        curves: of each feature, ``(n_features,)``.
        center: what becomes 0, on the curve.
        width: what becomes 1 above the center, on the curve.
    """

    curves: tuple[Curve, ...]
    center: tuple[float, ...]
    width: tuple[float, ...]

    @classmethod
    def identity(cls, features: int) -> Self:
        """A scaling that changes nothing."""
        linear: Curve = "linear"
        return cls((linear,) * features, (0.0,) * features, (1.0,) * features)

    def apply(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Scale values, ``(..., n_features)``."""
        on_curve = curved(values, self.curves)
        on_curve -= np.asarray(self.center, on_curve.dtype)
        on_curve /= np.asarray(self.width, on_curve.dtype)
        return on_curve.astype(np.float32, copy=False)

    def invert(self, scaled: npt.NDArray[Any]) -> Floats:
        """The values that `apply` made these of, ``(..., n_features)``."""
        on_curve = np.asarray(scaled, np.float64) * np.asarray(self.width) + np.asarray(self.center)
        logarithmic = [curve == "log" for curve in self.curves]
        on_curve[..., logarithmic] = _exp(on_curve[..., logarithmic])
        return np.asarray(on_curve)


@dataclass(frozen=True)
class Moments:
    """What a scaling is fitted on: a summary of values on their curves, ``(n_features,)`` each.

    Attributes:
        number: of values.
        mean: of each feature.
        squares: sum of the squared distances from the mean.
        least: smallest value.
        most: largest value.
    """

    number: int
    mean: Floats
    squares: Floats
    least: Floats
    most: Floats

    @classmethod
    def of(cls, values: npt.NDArray[Any], curves: tuple[Curve, ...]) -> Self:
        """Summarise values, ``(n, n_features)``."""
        on_curve = curved(values, curves)
        if not len(on_curve):
            nothing = np.zeros(len(curves))
            return cls(0, nothing, nothing, nothing + np.inf, nothing - np.inf)
        mean = on_curve.mean(axis=0, dtype=np.float64)
        squares = ((on_curve - mean) ** 2).sum(axis=0)
        return cls(len(on_curve), mean, squares, on_curve.min(axis=0), on_curve.max(axis=0))

    def joined(self, other: "Moments") -> "Moments":
        """The summary of both (Chan, Golub and LeVeque, 1983: nothing cancels)."""
        number = self.number + other.number
        if not number:
            return self
        step = other.mean - self.mean
        share = other.number / number
        return Moments(
            number,
            self.mean + step * share,
            self.squares + other.squares + step * step * self.number * share,
            np.minimum(self.least, other.least),
            np.maximum(self.most, other.most),
        )

    def standard(self, curves: tuple[Curve, ...], *, unscaled: Iterable[bool] | None = None) -> Scaling:
        """The scaling to mean 0 and standard deviation 1.

        Args:
            curves: those that the values were summarised on.
            unscaled: features to leave as they are, ``(n_features,)``.
        """
        left = np.zeros(len(curves), bool) if unscaled is None else np.array([*unscaled])
        deviation = np.sqrt(self.squares / max(self.number, 1))
        return Scaling(curves, _floats(np.where(left, 0, self.mean)), _floats(np.where(left, 1, _divisor(deviation))))

    def min_max(self, curves: tuple[Curve, ...]) -> Scaling:
        """The scaling of the smallest value to 0 and the largest to 1."""
        return Scaling(curves, _floats(self.least), _floats(_divisor(self.most - self.least)))


def joined(summaries: Iterable[Moments]) -> Moments:
    """The summary of all, at least one."""
    return reduce(Moments.joined, summaries)


def curved(values: npt.NDArray[Any], curves: tuple[Curve, ...]) -> npt.NDArray[Any]:
    """The values on their curves, ``(..., n_features)``, float32 for float32 and float64 for all else."""
    precision = np.float32 if values.dtype == np.float32 else np.float64
    on_curve = np.array(values, precision)
    logarithmic = [curve == "log" for curve in curves]
    chosen = on_curve[..., logarithmic]
    # Not log1p, which has no vector instructions: below 1e-7 nothing is lost that matters to a network.
    on_curve[..., logarithmic] = np.copysign(np.log(1 + np.abs(chosen)), chosen)
    return on_curve


def _exp(on_curve: Floats) -> Floats:
    return np.copysign(np.expm1(np.abs(on_curve)), on_curve)


def _divisor(width: Floats) -> Floats:
    """A feature that never changes is divided by 1."""
    return np.where(width > 0, width, 1.0)


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)

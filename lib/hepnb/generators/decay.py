"""How a particle decays to two muons, and what the laboratory sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from hepnb.physics.dimuon import MUON_MASS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of muons, ``(n, 2)`` each: pt [GeV], eta, phi [rad]."""

    pt: Floats
    eta: Floats
    phi: Floats

    def with_pt(self, pt: Floats) -> Self:
        """The same directions with other transverse momenta [GeV]."""
        return replace(self, pt=pt)

    def where(self, chosen: npt.NDArray[np.bool_] | slice) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.pt[chosen], self.eta[chosen], self.phi[chosen])

    @staticmethod
    def concatenate(parts: Sequence["Pairs"]) -> "Pairs":
        """All pairs of all parts, in order."""
        return Pairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("pt", "eta", "phi")))


def two_body_decay(rng: np.random.Generator, mass: Floats, *, pt: Floats, rapidity: Floats) -> Pairs:
    """Isotropic decays to two muons, seen in the laboratory.

    Args:
        rng: source of the directions.
        mass: of the parents [GeV], ``(n,)``, at least twice the muon's.
        pt: transverse momenta of the parents [GeV], ``(n,)``.
        rapidity: of the parents, ``(n,)``.
    """
    size = mass.size
    azimuth = rng.uniform(-np.pi, np.pi, size)
    transverse_mass = np.hypot(mass, pt)
    energy = transverse_mass * np.cosh(rapidity)
    parent = np.stack([pt * np.cos(azimuth), pt * np.sin(azimuth), transverse_mass * np.sinh(rapidity)], axis=1)

    momentum = np.sqrt(np.maximum(mass * mass / 4 - MUON_MASS**2, 0.0))
    cosine, angle = rng.uniform(-1, 1, size), rng.uniform(-np.pi, np.pi, size)
    sine = np.sqrt(1 - cosine * cosine)
    at_rest = momentum[:, None] * np.stack([sine * np.cos(angle), sine * np.sin(angle), cosine], axis=1)

    first = _boosted(at_rest, mass, parent=parent, energy=energy)
    muons = np.stack([first, parent - first], axis=1)
    muon_pt = np.hypot(muons[..., 0], muons[..., 1])
    return Pairs(muon_pt, np.arcsinh(muons[..., 2] / muon_pt), np.arctan2(muons[..., 1], muons[..., 0]))


def _boosted(at_rest: Floats, mass: Floats, *, parent: Floats, energy: Floats) -> Floats:
    """Momentum of one of two equal decay products in the laboratory; each has half the parent's mass as energy at rest."""
    along = np.einsum("ij,ij->i", at_rest, parent)
    return np.asarray(at_rest + parent * ((along / (energy + mass) + mass / 2) / mass)[:, None])

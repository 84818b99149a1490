"""How a particle decays to two muons, and what the laboratory sees of it."""

import numpy as np
import numpy.typing as npt

from hepnb.physics.dimuon import MUON_MASS

Floats = npt.NDArray[np.float64]


def two_body_decay(
    rng: np.random.Generator, mass: Floats, *, pt: Floats, rapidity: Floats
) -> tuple[Floats, Floats, Floats]:
    """Isotropic decays to two muons, seen in the laboratory.

    Args:
        rng: source of the directions.
        mass: of the parents [GeV], ``(n,)``, at least twice the muon's.
        pt: transverse momenta of the parents [GeV], ``(n,)``.
        rapidity: of the parents, ``(n,)``.

    Returns:
        pt [GeV], eta and phi [rad] of the two muons, ``(n, 2)`` each.
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
    return muon_pt, np.arcsinh(muons[..., 2] / muon_pt), np.arctan2(muons[..., 1], muons[..., 0])


def _boosted(at_rest: Floats, mass: Floats, *, parent: Floats, energy: Floats) -> Floats:
    """Momentum in the laboratory of one of two equal decay products, whose energy at rest is half the parent's mass."""
    along = np.einsum("ij,ij->i", at_rest, parent)
    return np.asarray(at_rest + parent * ((along / (energy + mass) + mass / 2) / mass)[:, None])

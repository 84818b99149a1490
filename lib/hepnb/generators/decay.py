"""How a particle decays to two others, and what the laboratory sees of it."""

import numpy as np

from hepnb.physics.candidates import Floats
from hepnb.physics.dimuon import MUON_MASS


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

    at_rest = _isotropic(rng, np.sqrt(np.maximum(mass * mass / 4 - MUON_MASS**2, 0.0)))
    energy_at_rest = mass / 2

    first = _boosted(at_rest, energy_at_rest, mass=mass, parent=parent, energy=energy)
    muons = np.stack([first, parent - first], axis=1)
    muon_pt = np.hypot(muons[..., 0], muons[..., 1])
    return muon_pt, np.arcsinh(muons[..., 2] / muon_pt), np.arctan2(muons[..., 1], muons[..., 0])


def unequal_decay(
    rng: np.random.Generator, parent: Floats, *, mass: Floats, daughter_masses: tuple[Floats | float, Floats | float]
) -> tuple[Floats, Floats]:
    """Isotropic decays to two particles, seen in the laboratory.

    Args:
        rng: source of the directions.
        parent: momenta of the parents: px, py and pz [GeV], ``(n, 3)``.
        mass: theirs [GeV], ``(n,)``, at least the sum of the next.
        daughter_masses: of the two that each decays to [GeV], for all or ``(n,)``.

    Returns:
        The momenta [GeV] of the first ones and of the second ones, ``(n, 3)`` each.
    """
    heavy, light = (np.square(one) for one in daughter_masses)
    energy_at_rest = (mass * mass + heavy - light) / (2 * mass)
    at_rest = _isotropic(rng, np.sqrt(np.maximum(energy_at_rest**2 - heavy, 0.0)))
    energy = np.sqrt(mass * mass + np.einsum("ij,ij->i", parent, parent))
    first = _boosted(at_rest, energy_at_rest, mass=mass, parent=parent, energy=energy)
    return first, parent - first


def _isotropic(rng: np.random.Generator, momentum: Floats) -> Floats:
    """Vectors of these lengths into all directions, ``(n, 3)``."""
    cosine, angle = rng.uniform(-1, 1, momentum.size), rng.uniform(-np.pi, np.pi, momentum.size)
    sine = np.sqrt(1 - cosine * cosine)
    directions = np.stack([sine * np.cos(angle), sine * np.sin(angle), cosine], axis=1)
    return np.asarray(momentum[:, None] * directions)


def _boosted(at_rest: Floats, energy_at_rest: Floats, *, mass: Floats, parent: Floats, energy: Floats) -> Floats:
    """Momentum in the laboratory of a decay product, from momentum and energy where its parent is at rest."""
    along = np.einsum("ij,ij->i", at_rest, parent)
    return np.asarray(at_rest + parent * ((along / (energy + mass) + energy_at_rest) / mass)[:, None])

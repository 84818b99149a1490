"""What two calorimeters see that no track explains: photons and neutral hadrons."""

from dataclasses import dataclass

import numpy as np

from hepnb.generators import cms
from hepnb.generators.calorimeter import Calorimeter
from hepnb.generators.delphes import as_written
from hepnb.generators.flat import sums
from hepnb.generators.pythia.collisions import MAX_ETA
from hepnb.physics.candidates import Candidates, Floats, Integers


@dataclass(frozen=True)
class Deposits:
    """Energies that arrive somewhere, ``(n,)`` each."""

    event: Integers
    eta: Floats
    phi: Floats  # [rad]
    energy: Floats  # [GeV]


def unexplained(
    rng: np.random.Generator, calorimeter: Calorimeter, deposits: Deposits, tracked: Deposits
) -> Candidates:
    """What is left in the towers when the energies of tracks are taken away.

    Args:
        rng: source of the errors of measurement.
        calorimeter: which one.
        deposits: what really arrives.
        tracked: what tracks say must have arrived; each of these particles is among `deposits`.

    Returns:
        An object for each tower with a significant rest, somewhere in it: that is how Delphes places them.
    """
    towers, tower_of = np.unique(_tower(calorimeter, deposits), return_inverse=True)
    energy = sums(tower_of, deposits.energy, towers.size)
    explained = sums(np.searchsorted(towers, _tower(calorimeter, tracked)), tracked.energy, towers.size)

    event, eta, phi = _somewhere_in(rng, calorimeter, towers)
    measured = cms.smeared(rng, energy, calorimeter.resolution(energy, eta))
    least = calorimeter.least(measured, eta)
    rest = np.where(measured > least, measured, 0.0) - explained
    seen = rest > least
    eta, phi = as_written(eta[seen]), as_written(phi[seen])
    return Candidates(event[seen], as_written(rest[seen] / np.cosh(eta)), eta, phi)


def _tower(calorimeter: Calorimeter, deposits: Deposits) -> Integers:
    """One number for event and tower."""
    ring = np.floor((deposits.eta + MAX_ETA) / calorimeter.eta_width).astype(np.int64)
    cell = np.floor((deposits.phi / (2 * np.pi) + 0.5) * calorimeter.phi_cells).astype(np.int64)
    cell %= calorimeter.phi_cells
    return (deposits.event * _rings(calorimeter) + ring) * calorimeter.phi_cells + cell


def _somewhere_in(
    rng: np.random.Generator, calorimeter: Calorimeter, towers: Integers
) -> tuple[Integers, Floats, Floats]:
    """Event of towers, and a place in each: eta and phi [rad]."""
    rest, cell = np.divmod(towers, calorimeter.phi_cells)
    event, ring = np.divmod(rest, _rings(calorimeter))
    eta = (ring + rng.random(towers.size)) * calorimeter.eta_width - MAX_ETA
    phi = ((cell + rng.random(towers.size)) / calorimeter.phi_cells - 0.5) * 2 * np.pi
    return event, eta, phi


def _rings(calorimeter: Calorimeter) -> int:
    return int(np.ceil(2 * MAX_ETA / calorimeter.eta_width))

"""What becomes of partons, and what soft collisions are made of: charged hadrons, photons, neutral hadrons."""

from typing import Final

import numpy as np

from hepnb.generators.cms import BEAUTY, CHARM, PHOTON_ID
from hepnb.generators.flat import Flavoured, Particles, sums
from hepnb.generators.hard import Bare
from hepnb.physics.candidates import Floats, Integers, charge_of, wrapped

Three = tuple[Floats, Floats, Floats]

PID: Final = np.array([211, -211, 321, -321, 2212, -2212, PHOTON_ID, 130, 2112])
_CHARGE: Final = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 0.0])
_MASS: Final = np.array([0.140, 0.140, 0.494, 0.494, 0.938, 0.938, 0.0, 0.498, 0.940])  # [GeV]
_SHARE: Final = np.array([0.245, 0.245, 0.035, 0.035, 0.02, 0.02, 0.28, 0.07, 0.05])
"""Charged pions, charged kaons, protons, photons, K0L, and neutrons."""

_TRANSVERSE: Final = 0.4  # [GeV], of a hadron across its parton
_WIDEST: Final = 0.45  # distance in eta and phi that no hadron of a jet exceeds

_FLIGHT: Final = {BEAUTY: 0.09, CHARM: 0.04}  # [mm/GeV], mean way of a hadron, per pt
_DISPLACED: Final = 0.5  # share of a heavy jet's hadrons that come from there

SOFT_PER_COLLISION: Final = 170.0
_SOFT_ETA: Final = 5.0


def fragmented(rng: np.random.Generator, partons: Flavoured) -> Particles:
    """Partons as jets of hadrons, which share their transverse momentum; all begin at 0 or a few millimetres off."""
    counts = 1 + rng.poisson(1.5 + 5.5 * np.log1p(partons.pt / 4))
    parton = np.repeat(np.arange(partons.pt.size), counts)
    weight = rng.gamma(0.7, 1.0, parton.size)
    pt = partons.pt[parton] * weight / sums(parton, weight, partons.pt.size)[parton]

    across = _WIDEST * np.tanh(rng.rayleigh(_TRANSVERSE, pt.size) / (_WIDEST * pt + 1e-9))
    angle = rng.uniform(-np.pi, np.pi, pt.size)
    eta = partons.eta[parton] + across * np.sin(angle)
    phi = wrapped(partons.phi[parton] + across * np.cos(angle))

    mean = sum(length * (partons.flavour == quark) for quark, length in _FLIGHT.items()) * partons.pt
    way = (mean * rng.exponential(1.0, mean.size))[parton] * (rng.random(pt.size) < _DISPLACED)
    along = partons.phi[parton]
    x, y, z = way * np.cos(along), way * np.sin(along), way * np.sinh(partons.eta[parton])
    return _hadrons(rng, partons.event[parton], (pt, eta, phi), (x, y, z))


def soft(rng: np.random.Generator, event: Integers, z: Floats) -> Particles:
    """Soft collisions, of the events and at the places [mm] along the beam that are given for each."""
    counts = rng.poisson(rng.gamma(2.0, SOFT_PER_COLLISION / 2, event.size))
    size = counts.sum()
    pt = 0.1 + rng.gamma(1.0, 0.5, size)
    direction = pt, rng.uniform(-_SOFT_ETA, _SOFT_ETA, size), rng.uniform(-np.pi, np.pi, size)
    at_beam = np.zeros(size)
    return _hadrons(rng, np.repeat(event, counts), direction, (at_beam, at_beam, np.repeat(z, counts)))


def particles_of(leptons: Bare) -> Particles:
    """Leptons as particles that begin at 0; their masses are far below what anybody measures."""
    begin = np.zeros(leptons.pt.size)
    energy = leptons.pt * np.cosh(leptons.eta)
    return Particles(**vars(leptons), energy=energy, charge=charge_of(leptons.pid), x=begin, y=begin, z=begin)


def _hadrons(
    rng: np.random.Generator,
    event: Integers,
    direction: tuple[Floats, Floats, Floats],
    begin: tuple[Floats, Floats, Floats],
) -> Particles:
    pt, eta, phi = direction
    kind = rng.choice(PID.size, event.size, p=_SHARE)
    energy = np.hypot(pt * np.cosh(eta), _MASS[kind])
    return Particles(event, pt, eta, phi, energy, PID[kind], _CHARGE[kind], *begin)

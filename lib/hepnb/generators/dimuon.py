"""Toy collisions with muons, shaped like CMS's DoubleMuParked data of 2012.

What is copied from the real sample (CERN Open Data record 12341) is the number of muons per event and,
roughly, how often each resonance is seen. Everything else is the simplest physics that does the job.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepnb import events as names
from hepnb.errors import InputError
from hepnb.generators.decay import two_body_decay
from hepnb.physics import dimuon
from hepnb.physics.candidates import Floats, Integers

MULTIPLICITY: Final = np.array([23, 105, 554, 192, 78, 36, 5, 3, 4]) / 1000
"""Share of events with 0, 1, … 8 muons in the real sample."""

FRACTIONS: Final = {
    dimuon.ETA: 0.003,
    dimuon.OMEGA: 0.008,
    dimuon.PHI: 0.008,
    dimuon.JPSI: 0.085,
    dimuon.PSI_2S: 0.005,
    dimuon.UPSILON_1S: 0.010,
    dimuon.UPSILON_2S: 0.0035,
    dimuon.UPSILON_3S: 0.0025,
    dimuon.Z: 0.165,
}
"""Share of the pairs that come from each resonance; the rest is continuum."""

SAME_SIGN_FRACTION: Final = 0.12  # of the continuum pairs
CONTINUUM_SLOPE: Final = 0.3  # dN/dm ~ m**-(1 + slope)
MIN_PT: Final = 3.0  # [GeV]
MAX_ETA: Final = 2.4
BARREL_ETA: Final = 0.9
GLOBAL_FRACTION: Final = 0.96

_BATCH: Final = 100_000  # events; also the size of a cluster in the file


def generate(events: int, *, seed: int) -> Iterator[ak.Array]:
    """Generate events.

    In events with two muons or more, the pair of a resonance or of the continuum is among them; the
    others are background.

    Args:
        events: how many.
        seed: the same seed gives the same events, with one version of NumPy.

    Yields:
        Batches of records with `hepnb.events.EVENT_ID`, the truth (`TRUE_PDG_ID`, `TRUE_MASS`) and the
        collection ``Muon`` by falling pt; one empty batch when no events are asked for.

    Raises:
        InputError: a negative number of events, or a negative seed.
    """
    if events < 0 or seed < 0:
        raise InputError(f"The number of events and the seed cannot be negative, got {events} and {seed}.")
    for number, first in enumerate(range(0, max(events, 1), _BATCH)):
        # A generator per batch, so that memory is bounded and batches could be made in any order.
        yield _batch(np.random.default_rng([seed, number]), first, min(_BATCH, events - first))


@dataclass(frozen=True)
class _Pairs:
    """Pairs of muons with their parents, ``(n_pairs,)`` each, ``(n_pairs, 2)`` for the muons' pt, eta and phi."""

    pdg_id: npt.NDArray[np.int32]  # 0 for the continuum
    mass: Floats  # true [GeV]
    pt: Floats
    eta: Floats
    phi: Floats


@dataclass(frozen=True)
class _Muons:
    """Muons of many events, unsorted, ``(n_muons,)`` each."""

    event: Integers
    pt: Floats
    eta: Floats
    phi: Floats
    charge: npt.NDArray[np.int32]
    isolation: Floats


def _batch(rng: np.random.Generator, first: int, size: int) -> ak.Array:
    counts = rng.choice(MULTIPLICITY.size, size=size, p=MULTIPLICITY)
    with_pair = np.flatnonzero(counts >= 2)
    pairs = _seen_pairs(rng, with_pair.size)
    alone = np.repeat(np.arange(size), np.where(counts >= 2, counts - 2, counts))
    muons = _joined(_pair_muons(rng, with_pair, pairs), _background_muons(rng, alone))

    number = np.arange(first, first + size)
    record = {
        "run": np.ones(size, dtype=np.uint32),
        "luminosityBlock": (number // 1000 + 1).astype(np.uint32),
        "event": (number + 1).astype(np.uint64),
        names.TRUE_PDG_ID: _placed(pairs.pdg_id, with_pair, size, np.int32),
        names.TRUE_MASS: _placed(pairs.mass, with_pair, size, np.float32),
        "Muon": _collection(rng, muons, counts),
    }
    return ak.zip(record, depth_limit=1)


def _seen_pairs(rng: np.random.Generator, number: int) -> _Pairs:
    """Pairs whose muons are both inside the detector: each decays anew until they are."""
    pdg_id, mass = _parents(rng, number)
    muons = np.empty((3, number, 2))
    waiting = np.arange(number)
    while waiting.size:
        muons[:, waiting] = tried = _measured_decay(rng, mass[waiting])
        pt, eta, _ = tried
        inside = (pt > MIN_PT) & (np.abs(eta) < MAX_ETA)
        waiting = waiting[~(inside[:, 0] & inside[:, 1])]
    return _Pairs(pdg_id, mass, *muons)


def _measured_decay(rng: np.random.Generator, mass: Floats) -> tuple[Floats, Floats, Floats]:
    """Pt [GeV], eta and phi [rad] of the muons as the detector measures them, ``(n, 2)`` each."""
    parent_pt = rng.gamma(2.0, 0.25 * np.sqrt(mass) + 3.0)
    pt, eta, phi = two_body_decay(rng, mass, pt=parent_pt, rapidity=rng.normal(0.0, 1.3, mass.size))
    return pt * _measured_over_true(rng, pt, eta), eta, phi


def _parents(rng: np.random.Generator, number: int) -> tuple[npt.NDArray[np.int32], Floats]:
    """PDG numbers (0 for the continuum) and masses [GeV]."""
    shares = np.array(list(FRACTIONS.values()))
    kind = rng.choice(len(FRACTIONS) + 1, size=number, p=[*shares, 1 - shares.sum()])
    pdg_ids = np.zeros(number, dtype=np.int32)
    low, high = (edge**-CONTINUUM_SLOPE for edge in dimuon.SPECTRUM_RANGE)
    masses = (low + rng.random(number) * (high - low)) ** (-1 / CONTINUUM_SLOPE)
    for index, resonance in enumerate(FRACTIONS):
        chosen = kind == index
        pdg_ids[chosen] = resonance.pdg_id
        masses[chosen] = _breit_wigner(rng, resonance, int(chosen.sum()))
    return pdg_ids, masses


def _breit_wigner(rng: np.random.Generator, resonance: dimuon.Resonance, number: int) -> Floats:
    """Masses [GeV] within 35 widths of the peak, by the inverse of the distribution function."""
    most = np.arctan(2 * 35.0)
    return resonance.mass + 0.5 * resonance.width * np.tan(rng.uniform(-most, most, number))


def _measured_over_true(rng: np.random.Generator, pt: Floats, eta: Floats) -> Floats:
    """0.8 % multiple scattering, growing by 0.012 % per GeV of pt, twice as bad outside the barrel."""
    resolution = np.hypot(0.008, 1.2e-4 * pt) * np.where(np.abs(eta) < BARREL_ETA, 1.0, 2.0)
    return np.asarray(1 + resolution * rng.standard_normal(pt.shape))


def _pair_muons(rng: np.random.Generator, event: Integers, pairs: _Pairs) -> _Muons:
    continuum = pairs.pdg_id == 0
    charge = rng.choice(np.array([-1, 1], dtype=np.int32), event.size)
    same_sign = continuum & (rng.random(event.size) < SAME_SIGN_FRACTION)
    charges = np.stack([charge, np.where(same_sign, charge, -charge)], axis=1)
    isolation = rng.exponential(np.where(continuum, 0.3, 0.04)[:, None], size=pairs.pt.shape)
    return _Muons(
        np.repeat(event, 2), pairs.pt.ravel(), pairs.eta.ravel(), pairs.phi.ravel(), charges.ravel(), isolation.ravel()
    )


def _background_muons(rng: np.random.Generator, event: Integers) -> _Muons:
    return _Muons(
        event,
        pt=MIN_PT + rng.gamma(1.3, 7.5, event.size),
        eta=rng.uniform(-MAX_ETA, MAX_ETA, event.size),
        phi=rng.uniform(-np.pi, np.pi, event.size),
        charge=rng.choice(np.array([-1, 1], dtype=np.int32), event.size),
        isolation=rng.exponential(0.6, event.size),
    )


def _joined(one: _Muons, other: _Muons) -> _Muons:
    """Both, column by column."""
    return _Muons(*(np.concatenate([getattr(one, column.name), getattr(other, column.name)]) for column in fields(one)))


def _collection(rng: np.random.Generator, muons: _Muons, counts: Integers) -> ak.Array:
    order = np.lexsort((-muons.pt, muons.event))
    columns = {
        "pt": muons.pt[order].astype(np.float32),
        "eta": muons.eta[order].astype(np.float32),
        "phi": muons.phi[order].astype(np.float32),
        "mass": np.full(order.size, dimuon.MUON_MASS, dtype=np.float32),
        "charge": muons.charge[order],
        "pfRelIso04_all": muons.isolation[order].astype(np.float32),
        "isGlobal": rng.random(order.size) < GLOBAL_FRACTION,
    }
    return ak.unflatten(ak.zip(columns), counts)


def _placed(
    values: npt.NDArray[np.generic], where: Integers, size: int, dtype: type[np.generic]
) -> npt.NDArray[np.generic]:
    result = np.zeros(size, dtype=dtype)
    result[where] = values
    return result

"""Toy collisions with muons, shaped like CMS's DoubleMuParked data of 2012.

What is copied from the real sample (CERN Open Data record 12341) is the number of muons per event and,
roughly, how often each resonance is seen. Everything else is the simplest physics that does the job.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepnb import events as names
from hepnb.errors import InputError
from hepnb.generators.decay import Pairs, two_body_decay
from hepnb.physics import dimuon

Floats = npt.NDArray[np.float64]

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
"""Share of the generated pairs that come from each resonance; the rest is continuum."""

SAME_SIGN_FRACTION: Final = 0.12  # of the continuum pairs
CONTINUUM_SLOPE: Final = 0.3  # dN/dm ~ m**-(1 + slope)
MIN_PT: Final = 3.0  # [GeV]
MAX_ETA: Final = 2.4
EFFICIENCY: Final = 0.97
GLOBAL_FRACTION: Final = 0.96

_BATCH: Final = 100_000  # events; also the size of a cluster in the file


def generate(events: int, *, seed: int) -> Iterator[ak.Array]:
    """Generate events.

    In events with two muons or more, the pair of a resonance or of the continuum is among them; the
    others are background.

    Args:
        events: how many.
        seed: the same seed gives the same events, whatever the machine.

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
class _Muons:
    """Muons of many events, unsorted, ``(n_muons,)`` each."""

    event: npt.NDArray[np.int64]
    pt: Floats
    eta: Floats
    phi: Floats
    charge: npt.NDArray[np.int32]
    isolation: Floats


def _batch(rng: np.random.Generator, first: int, size: int) -> ak.Array:
    counts = rng.choice(MULTIPLICITY.size, size=size, p=MULTIPLICITY)
    with_pair = np.flatnonzero(counts >= 2)
    pairs, pdg_ids, masses = _seen_pairs(rng, with_pair.size)
    alone = np.repeat(np.arange(size), np.where(counts >= 2, counts - 2, counts))
    muons = _join(_pair_muons(rng, with_pair, pairs, continuum=pdg_ids == 0), _background_muons(rng, alone))

    number = np.arange(first, first + size)
    record = {
        "run": np.ones(size, dtype=np.uint32),
        "luminosityBlock": (number // 1000 + 1).astype(np.uint32),
        "event": (number + 1).astype(np.uint64),
        names.TRUE_PDG_ID: _placed(pdg_ids, with_pair, size, np.int32),
        names.TRUE_MASS: _placed(masses, with_pair, size, np.float32),
        "Muon": _collection(rng, muons, counts),
    }
    return ak.zip(record, depth_limit=1)


def _seen_pairs(rng: np.random.Generator, number: int) -> tuple[Pairs, npt.NDArray[np.int32], Floats]:
    """Pairs whose muons are both inside the detector, with the parent's PDG number and true mass."""
    parts, found = [], 0
    while found < number or not parts:
        tried = 2 * (number - found) + 16
        pdg_ids, masses = _parents(rng, tried)
        pairs = two_body_decay(rng, masses, pt=rng.gamma(2.0, 0.25 * np.sqrt(masses) + 3.0), rapidity=rng.normal(0.0, 1.3, tried))
        pairs = pairs.with_pt(_smeared(rng, pairs))
        seen = ((pairs.pt > MIN_PT) & (np.abs(pairs.eta) < MAX_ETA) & (rng.random(pairs.pt.shape) < EFFICIENCY)).all(axis=1)
        parts.append((pairs.where(seen), pdg_ids[seen], masses[seen]))
        found += int(seen.sum())
    pairs = Pairs.concatenate([part[0] for part in parts]).where(slice(number))
    return pairs, np.concatenate([part[1] for part in parts])[:number], np.concatenate([part[2] for part in parts])[:number]


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
    """Masses [GeV] within 15 widths of the peak, by the inverse of the distribution function."""
    most = np.arctan(2 * 15.0)
    return resonance.mass + 0.5 * resonance.width * np.tan(rng.uniform(-most, most, number))


def _smeared(rng: np.random.Generator, pairs: Pairs) -> Floats:
    """Measured pt [GeV]: 0.8 % multiple scattering, growing with pt by 0.012 % per GeV, twice as bad in the endcaps."""
    relative = np.hypot(0.008, 1.2e-4 * pairs.pt) * np.where(np.abs(pairs.eta) < 0.9, 1.0, 2.0)
    return np.asarray(pairs.pt * (1 + relative * rng.standard_normal(pairs.pt.shape)))


def _pair_muons(rng: np.random.Generator, event: npt.NDArray[np.int64], pairs: Pairs, *, continuum: npt.NDArray[np.bool_]) -> _Muons:
    charge = np.where(rng.random(event.size) < 0.5, 1, -1).astype(np.int32)
    same_sign = continuum & (rng.random(event.size) < SAME_SIGN_FRACTION)
    charges = np.stack([charge, np.where(same_sign, charge, -charge)], axis=1)
    isolation = rng.exponential(np.where(continuum, 0.3, 0.04)[:, None], size=pairs.pt.shape)
    return _Muons(np.repeat(event, 2), *(values.ravel() for values in (pairs.pt, pairs.eta, pairs.phi, charges, isolation)))


def _background_muons(rng: np.random.Generator, event: npt.NDArray[np.int64]) -> _Muons:
    return _Muons(
        event,
        pt=MIN_PT + rng.gamma(1.3, 7.5, event.size),
        eta=rng.uniform(-MAX_ETA, MAX_ETA, event.size),
        phi=rng.uniform(-np.pi, np.pi, event.size),
        charge=rng.choice(np.array([-1, 1], dtype=np.int32), event.size),
        isolation=rng.exponential(0.6, event.size),
    )


def _join(one: _Muons, other: _Muons) -> _Muons:
    return _Muons(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in _Muons.__dataclass_fields__))


def _collection(rng: np.random.Generator, muons: _Muons, counts: npt.NDArray[np.int64]) -> ak.Array:
    order = np.lexsort((-muons.pt, muons.event))
    fields = {
        "pt": muons.pt[order].astype(np.float32),
        "eta": muons.eta[order].astype(np.float32),
        "phi": muons.phi[order].astype(np.float32),
        "mass": np.full(order.size, dimuon.MUON_MASS, dtype=np.float32),
        "charge": muons.charge[order],
        "pfRelIso04_all": muons.isolation[order].astype(np.float32),
        "isGlobal": rng.random(order.size) < GLOBAL_FRACTION,
    }
    return ak.unflatten(ak.zip(fields), counts)


def _placed(values: npt.NDArray[np.generic], where: npt.NDArray[np.int64], size: int, dtype: type[np.generic]) -> npt.NDArray[np.generic]:
    result = np.zeros(size, dtype=dtype)
    result[where] = values
    return result

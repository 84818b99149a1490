"""What the hard collision of each class sends out: partons, leptons, and neutrinos that nobody sees.

The simplest physics that looks like LHC's at 13 TeV: spectra are powers and gammas, decays are isotropic, and what is
radiated before the collision is balanced by what comes out of it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from hepnb.events import Process
from hepnb.generators.cms import BEAUTY, CHARM, ELECTRON_ID, MUON_ID
from hepnb.generators.decay import unequal_decay
from hepnb.generators.flat import Flavoured, pseudorapidity, vector_sum
from hepnb.physics.candidates import Candidates, Flags, Floats, Integers, joined, wrapped

TOP_MASS: Final = 172.7  # [GeV]
W_MASS: Final = 80.4
W_WIDTH: Final = 2.1
_WIDTHS: Final = 12.0  # how far from its mass a W may be

LEPTONIC: Final = 0.25
"""Share of the W bosons that give an electron or a muon, in the end; the others give quarks."""

_RADIATED_ETA: Final = 2.2
"""Standard deviation."""


@dataclass(frozen=True)
class Bare(Candidates):
    """Leptons before anybody measured them."""

    pid: Integers  # PDG number


@dataclass(frozen=True)
class Hard:
    """What many hard collisions send out."""

    events: int
    partons: Flavoured
    leptons: Bare

    def of_events(self, kept: Flags) -> "Hard":
        """Some of them; a flag for each."""
        return Hard(int(kept.sum()), self.partons.of_events(kept), self.leptons.of_events(kept))


def collide(rng: np.random.Generator, process: Process, events: int) -> Hard:
    """Hard collisions of one process."""
    return _PROCESSES[process](rng, events)


def _wjets(rng: np.random.Generator, events: int) -> Hard:
    """A W boson and what it recoils against; its charge is more often positive, as the proton's is."""
    radiated = _radiated(rng, events, mean=2.2, softest=8.0, power=1.5)
    px, py = vector_sum((radiated,), events=events)
    mass = _w_masses(rng, events)
    boson = _moving(-px, -py, mass=mass, rapidity=rng.normal(0.0, 1.8, events))
    lepton, _ = unequal_decay(rng, boson, mass=mass, daughter_masses=(0.0, 0.0))
    positive = rng.random(events) < 0.58
    return Hard(events, radiated, _bare(rng, np.arange(events), lepton, positive))


def _ttbar(rng: np.random.Generator, events: int) -> Hard:
    """Two top quarks, of whose W bosons one or both give a lepton."""
    radiated = _radiated(rng, events, mean=1.6, softest=8.0, power=1.3)
    px, py = vector_sum((radiated,), events=events)
    pt, angle = rng.gamma(2.2, 50.0, events), rng.uniform(-np.pi, np.pi, events)
    both = LEPTONIC / (2 - LEPTONIC)
    leptonic = np.stack([rng.random(events) < 0.5] * 2, axis=1) ^ np.array([False, True])
    leptonic |= (rng.random(events) < both)[:, None]

    every = np.arange(events)
    partons, leptons = [radiated], []
    for which, sign in enumerate((1.0, -1.0)):
        kick_x, kick_y = sign * pt * np.cos(angle), sign * pt * np.sin(angle)
        mass = _w_masses(rng, events)
        top_mass = np.full(events, TOP_MASS)
        top = _moving(kick_x - px / 2, kick_y - py / 2, mass=top_mass, rapidity=rng.normal(0.0, 1.0, events))
        boson, bottom = unequal_decay(rng, top, mass=top_mass, daughter_masses=(mass, 4.8))
        first, second = unequal_decay(rng, boson, mass=mass, daughter_masses=(0.0, 0.0))
        lepton = leptonic[:, which]
        charmed = np.where(rng.random(events) < 0.5, CHARM, 0)
        partons += [
            _partons(every, bottom, np.full(events, BEAUTY)),
            _partons(every[~lepton], first[~lepton], charmed[~lepton]),
            _partons(every[~lepton], second[~lepton], np.zeros((~lepton).sum(), dtype=np.int64)),
        ]
        leptons.append(_bare(rng, every[lepton], first[lepton], np.full(lepton.sum(), sign > 0)))
    return Hard(events, joined(*partons), joined(*leptons))


def _qcd(rng: np.random.Generator, events: int) -> Hard:
    """Two heavy quarks back to back, one of which gives most of what it has to a lepton and a neutrino."""
    radiated = _radiated(rng, events, mean=1.8, softest=8.0, power=1.4)
    px, py = vector_sum((radiated,), events=events)
    pt = 38.0 * rng.random(events) ** (-1 / 4.2)
    angle = rng.uniform(-np.pi, np.pi, events)
    flavour = np.where(rng.random(events) < 0.8, BEAUTY, CHARM)
    centre = rng.normal(0.0, 1.2, events)
    every = np.arange(events)
    quarks = []
    for sign in (1.0, -1.0):
        kick_x, kick_y = sign * pt * np.cos(angle) - px / 2, sign * pt * np.sin(angle) - py / 2
        momentum = np.stack(
            [kick_x, kick_y, np.hypot(kick_x, kick_y) * np.sinh(centre + rng.normal(0, 0.8, events))], 1
        )
        quarks.append(_partons(every, momentum, flavour))

    decaying, other = quarks
    unseen = rng.beta(1.6, 5.0, events)
    lepton_share = (1 - unseen) * rng.beta(4.0, 1.3, events)
    rest = Flavoured(every, decaying.pt * (1 - unseen - lepton_share), decaying.eta, decaying.phi, decaying.flavour)
    lepton_pt = decaying.pt * lepton_share
    spread = 0.8 / lepton_pt  # [GeV] across the flight of the hadron
    eta = decaying.eta + spread * rng.standard_normal(events)
    phi = wrapped(decaying.phi + spread * rng.standard_normal(events))
    lepton = Bare(every, lepton_pt, eta, phi, _lepton_pid(rng, rng.random(events) < 0.5))
    return Hard(events, joined(radiated, rest, other), lepton)


_PROCESSES: Final = {Process.QCD: _qcd, Process.TTBAR: _ttbar, Process.WJETS: _wjets}


def _radiated(rng: np.random.Generator, events: int, *, mean: float, softest: float, power: float) -> Flavoured:
    """Light partons radiated before the collision: so many on average, whose spectrum falls as pt**-(1 + power)."""
    counts = rng.poisson(mean, events)
    size = counts.sum()
    pt = np.minimum(softest * rng.random(size) ** (-1 / power), 1000.0)
    flavour = rng.choice(np.array([0, CHARM, BEAUTY]), size, p=[0.92, 0.05, 0.03])
    eta = np.clip(rng.normal(0.0, _RADIATED_ETA, size), -4.5, 4.5)
    return Flavoured(np.repeat(np.arange(events), counts), pt, eta, rng.uniform(-np.pi, np.pi, size), flavour)


def _w_masses(rng: np.random.Generator, number: int) -> Floats:
    """Masses [GeV] of a Breit-Wigner, by the inverse of the distribution function."""
    most = np.arctan(2 * _WIDTHS)
    return W_MASS + 0.5 * W_WIDTH * np.tan(rng.uniform(-most, most, number))


def _moving(px: Floats, py: Floats, *, mass: Floats, rapidity: Floats) -> Floats:
    """Momenta [GeV], ``(n, 3)``."""
    return np.stack([px, py, np.sqrt(mass**2 + px**2 + py**2) * np.sinh(rapidity)], axis=1)


def _partons(event: Integers, momentum: Floats, flavour: Integers) -> Flavoured:
    return Flavoured(event, *_direction(momentum), flavour)


def _bare(rng: np.random.Generator, event: Integers, momentum: Floats, positive: Flags) -> Bare:
    return Bare(event, *_direction(momentum), _lepton_pid(rng, positive))


def _direction(momentum: Floats) -> tuple[Floats, Floats, Floats]:
    """Pt [GeV], eta and phi [rad] of momenta, ``(n, 3)``."""
    px, py, pz = momentum.T
    pt = np.hypot(px, py)
    return pt, pseudorapidity(pt, pz), np.arctan2(py, px)


def _lepton_pid(rng: np.random.Generator, positive: Flags) -> Integers:
    """As many electrons as muons; the negative ones are the particles."""
    kind = rng.choice(np.array([ELECTRON_ID, MUON_ID]), positive.size)
    return np.where(positive, -kind, kind)

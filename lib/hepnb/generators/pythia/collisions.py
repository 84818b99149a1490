"""What flies out of proton–proton collisions at 13 TeV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import awkward as ak
import numpy as np

from hepnb.events import Process
from hepnb.generators.cms import ELECTRON_ID, MUON_ID
from hepnb.generators.flat import Flavoured, Particles, pseudorapidity
from hepnb.generators.pythia.packages import pythia8
from hepnb.physics.candidates import Flags, Floats, Integers

MIN_PT: Final = 0.1  # [GeV]: the tracker and, in a magnetic field, the calorimeters see nothing softer
MAX_ETA: Final = 5.0
NEUTRINOS: Final = (12, 14, 16)

HEAVY_PT: Final = 5.0  # [GeV] of a hadron that makes its jet a heavy one

LEPTON_PT: Final = {ELECTRON_ID: 20.0, MUON_ID: 21.5}
"""[GeV]: hardly any softer lepton is measured to be as hard as the trigger asks; muons are measured better."""
LEPTON_ETA: Final = 2.6

MINIMUM_BIAS: Final = ("SoftQCD:nonDiffractive = on",)

# Multiparton interactions would be most of the work; soft collisions laid over the hard one stand for them.
_HARD: Final = ("PartonLevel:MPI = off",)
_LEPTONIC_W: Final = ("24:onMode = off", "24:onIfAny = 11 13")
SETTINGS: Final = {
    Process.QCD: (*_HARD, "HardQCD:hardbbbar = on", "HardQCD:hardccbar = on", "PhaseSpace:pTHatMin = 40."),
    Process.TTBAR: (*_HARD, "Top:gg2ttbar = on", "Top:qqbar2ttbar = on"),
    Process.WJETS: (*_HARD, "WeakSingleBoson:ffbar2W = on", *_LEPTONIC_W),
}
_ALWAYS: Final = (
    "Print:quiet = on",
    "Beams:eCM = 13000.",
    "ParticleDecays:limitTau0 = on",  # what flies further than 10 mm decays in the detector, if at all
    "ParticleDecays:tau0Max = 10.",
    "Random:setSeed = on",
)
_SEEDS: Final = 900_000_000  # Pythia's largest


@dataclass(frozen=True)
class Collisions:
    """What came out of some collisions."""

    events: int
    particles: Particles
    heavy: Flavoured  # hadrons with a heavy quark

    def of_events(self, kept: Flags) -> "Collisions":
        """Some of them; a flag for each."""
        return Collisions(int(kept.sum()), self.particles.of_events(kept), self.heavy.of_events(kept))


def start(settings: Sequence[str], *, seed: int) -> Any:
    """A Pythia (arXiv:2203.11601) ready to collide.

    Raises:
        MissingPackageError: there is no Pythia.
    """
    pythia = pythia8().Pythia("", False)  # no banner
    for line in (*_ALWAYS, f"Random:seed = {seed % _SEEDS + 1}", *settings):
        pythia.readString(line)
    pythia.init()
    return pythia


def collide(pythia: Any, *, chunk: int) -> Iterator[Collisions]:
    """Collisions without end, so many at a time."""
    while True:
        yield _flattened(pythia.nextBatch(chunk).prt, pythia.particleData)


def heavy_flavour(pid: Integers) -> Integers:
    """The heaviest quark in hadrons, from their PDG numbers: 4, 5, or 0 for all other particles.

    The hundreds and thousands of a hadron's number are the quarks in it (PDG, Monte Carlo numbering scheme).
    """
    number = np.abs(pid)
    heaviest = np.maximum(number // 100 % 10, number // 1000 % 10)
    return np.where((number > 100) & (number < 10_000) & (heaviest >= 4) & (heaviest <= 5), heaviest, 0)


def elementary_charge(pid: Integers, particle_data: Any) -> Floats:
    """Charges [e] from PDG numbers."""
    kinds, places = np.unique(pid, return_inverse=True)
    thirds = np.array([particle_data.chargeType(int(kind)) for kind in kinds], dtype=np.float64)
    return np.asarray(thirds[places] / 3)


def visible(status: Integers, pid: Integers, pt: Floats, eta: Floats) -> Flags:
    """Stable particles that the detector could see, from Pythia's status, PDG numbers, pt [GeV] and eta."""
    return (status > 0) & ~np.isin(np.abs(pid), NEUTRINOS) & (pt > MIN_PT) & (np.abs(eta) < MAX_ETA)


def collisions(
    number: int,
    event: Integers,
    status: Integers,
    pid: Integers,
    momentum: Sequence[Floats],
    vertex: Sequence[Floats],
    particle_data: Any,
) -> Collisions:
    """What is worth keeping of collisions.

    Args:
        number: how many there are.
        event: of each particle of Pythia's, by rising event, ``(n,)`` as the next.
        status: Pythia's; above 0 for stable particles.
        pid: PDG numbers.
        momentum: px, py, pz, and energy [GeV].
        vertex: x, y and z of where each particle began [mm].
        particle_data: Pythia's, which knows the charges.
    """
    px, py, pz, energy = momentum
    pt, phi = np.hypot(px, py), np.arctan2(py, px)
    eta = pseudorapidity(pt, pz)
    kept = np.flatnonzero(visible(status, pid, pt, eta))
    charge = elementary_charge(pid[kept], particle_data)
    begin = (values[kept] for values in vertex)
    seen = Particles(event[kept], pt[kept], eta[kept], phi[kept], energy[kept], pid[kept], charge, *begin)
    flavour = heavy_flavour(pid)
    hard = np.flatnonzero((flavour > 0) & (pt > HEAVY_PT))
    return Collisions(number, seen, Flavoured(event[hard], pt[hard], eta[hard], phi[hard], flavour[hard]))


def _flattened(particles: ak.Array, particle_data: Any) -> Collisions:
    counts = ak.to_numpy(ak.num(particles))
    return collisions(
        counts.size,
        np.repeat(np.arange(counts.size), counts),
        _flat(particles.status).astype(np.int64),
        _flat(particles.id).astype(np.int64),
        [_flat(particles.p[name]) for name in ("px", "py", "pz", "e")],
        [np.nan_to_num(_flat(ak.fill_none(particles.vProd[name], 0.0))) for name in ("px", "py", "pz")],
        particle_data,
    )


def _flat(values: ak.Array) -> Any:
    return ak.to_numpy(ak.flatten(values))

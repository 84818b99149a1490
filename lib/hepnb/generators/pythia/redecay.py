"""QCD events with a hard, lonely lepton, which are too rare to wait for.

One collision in thousands has a heavy hadron that gives nearly all it has to a lepton. So collisions are made up to
their hadrons, and the heavy ones among these decay again and again until a lepton is what the trigger asks for. About
one decay of a hard hadron in a hundred pleases, so that even these collisions count nearly as they should.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from hepnb.generators.pythia.collisions import LEPTON_ETA, LEPTON_PT, Collisions, collisions
from hepnb.physics.candidates import wrapped
from hepnb.physics.isolation import CONE

TRIES: Final = 30
MOST_AROUND: Final = 0.55  # relative to the lepton's pt; the trigger measures what is left of it
PARENT_PT: Final = 1.5 * min(LEPTON_PT.values())  # softer ones hardly ever make such a lepton

WEAKLY_DECAYING: Final = (411, 421, 431, 4122, 4132, 4232, 4332, 511, 521, 531, 541, 5122, 5132, 5232, 5332)
"""PDG numbers of the heavy hadrons that fly before they decay."""


def collide_until_lepton(pythia: Any, *, chunk: int) -> Iterator[Collisions]:
    """Collisions with such a lepton without end, so many at a time."""
    while True:
        yield _joined([_next(pythia) for _ in range(chunk)], pythia.particleData)


def _next(pythia: Any) -> np.ndarray:
    """The particles of the next collision that has such a lepton, a row each, see `_row`."""
    while True:
        _let_decay(pythia, False)
        if not pythia.next():
            continue
        event = pythia.event
        parents = [place for place in range(event.size()) if event[place].status() > 0 and _flies(event[place])]
        if not any(event[place].pT() > PARENT_PT for place in parents):
            continue
        if _decay_until_lepton(pythia, parents):
            return np.array([_row(particle) for particle in event if particle.status() > 0 or _flies(particle)])


def _let_decay(pythia: Any, allowed: bool) -> None:
    for number in WEAKLY_DECAYING:
        pythia.particleData.mayDecay(number, allowed)


def _flies(particle: Any) -> bool:
    return abs(particle.id()) in WEAKLY_DECAYING


def _decay_until_lepton(pythia: Any, parents: list[int]) -> bool:
    event = pythia.event
    before, states = event.size(), [event[place].status() for place in parents]
    rest: np.ndarray | None = None
    _let_decay(pythia, True)
    for _ in range(TRIES):
        pythia.moreDecays()
        leptons = [place for place in range(before, event.size()) if _is_hard_lepton(event[place])]
        if leptons:
            if rest is None:
                rest = _momenta(event, 0, before)
            around = np.concatenate([rest, _momenta(event, before, event.size())])
            if any(_stands_alone(event[place], around) for place in leptons):
                return True
        event.popBack(event.size() - before)
        for place, state in zip(parents, states, strict=True):
            event[place].status(state)
            event[place].daughters(0, 0)
    return False


def _is_hard_lepton(particle: Any) -> bool:
    return (
        abs(particle.id()) in LEPTON_PT  # asked first, because most are none
        and particle.status() > 0
        and particle.pT() > LEPTON_PT[abs(particle.id())]
        and abs(particle.eta()) < LEPTON_ETA
    )


def _momenta(event: Any, first: int, last: int) -> np.ndarray:
    """Pt [GeV], eta and phi [rad] of what can be seen, ``(n, 3)``."""
    particles = (event[place] for place in range(first, last))
    rows = [(one.pT(), one.eta(), one.phi()) for one in particles if one.status() > 0 and one.isVisible()]
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _stands_alone(lepton: Any, around: np.ndarray) -> bool:
    """Whether there is little in the trigger's cone; the lepton itself is among what is around it."""
    pt, eta, phi = around.T
    near = (eta - lepton.eta()) ** 2 + wrapped(phi - lepton.phi()) ** 2 < CONE**2
    return bool(pt[near].sum() / lepton.pT() - 1 < MOST_AROUND)


def _row(particle: Any) -> tuple[float, ...]:
    """Status, PDG number, px, py, pz, E [GeV], and x, y, z [mm]."""
    return (
        particle.status(),
        particle.id(),
        particle.px(),
        particle.py(),
        particle.pz(),
        particle.e(),
        particle.xProd(),
        particle.yProd(),
        particle.zProd(),
    )


def _joined(rows: list[np.ndarray], particle_data: Any) -> Collisions:
    event = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    status, pid, px, py, pz, energy, x, y, z = np.concatenate(rows).T
    status, pid = status.astype(np.int64), pid.astype(np.int64)
    return collisions(len(rows), event, status, pid, (px, py, pz, energy), (x, y, z), particle_data)

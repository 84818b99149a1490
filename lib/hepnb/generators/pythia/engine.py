"""Events of the topology classifier from Pythia."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import awkward as ak
import numpy as np

from hepnb.events import Process
from hepnb.generators import delphes
from hepnb.generators.delphes import Seen
from hepnb.generators.pythia.collisions import LEPTON_ETA, LEPTON_PT, SETTINGS, Collisions, collide, start
from hepnb.generators.pythia.packages import fastjet, pythia8
from hepnb.generators.pythia.pileup import Pool, make_pool, overlaid
from hepnb.generators.pythia.redecay import collide_until_lepton
from hepnb.generators.pythia.simulation import triggered
from hepnb.generators.request import Batch, Request
from hepnb.physics.candidates import Flags
from hepnb.runners.local import InProcess
from hepnb.runners.runner import Progress, Runner, Silent
from hepnb.runners.settle import settle

_BATCH: Final = 250  # events
_WAVE: Final = 32  # batches that are in memory together: 100 MB
_CHUNK: Final = {Process.QCD: 20, Process.TTBAR: 100, Process.WJETS: 100}
"""Collisions that are looked at together; those of QCD, which cost most, are wasted least."""


def generate(
    process: Process,
    events: int,
    *,
    seed: int,
    pileup: float = 0.0,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> Iterator[ak.Array]:
    """Generate events that pass the trigger, with Pythia 8.3 (arXiv:2203.11601) and a fast simulation.

    Args:
        process: what happens in them.
        events: how many.
        seed: the same seed gives the same events, with one version of Pythia and NumPy, wherever they are made.
        pileup: mean number of other collisions in an event.
        runner: where the work runs; in this process unless told otherwise.
        progress: is told how many events are done.

    Yields:
        Batches of records as `hepnb.generators.delphes.record` describes them.

    Raises:
        InputError: less than one event, or a negative seed or pile-up.
        MissingPackageError: Pythia or FastJet is not installed.
    """
    pythia8(), fastjet()  # what is missing is said before the work begins
    request = Request(process, events, seed, pileup)
    work = partial(_make, request=request, pool=make_pool(seed))
    batches = request.batches(_BATCH)
    for first in range(0, len(batches), _WAVE):
        told = _Told(progress or Silent(), first, len(batches))
        yield from (runner or InProcess()).map(work, batches[first : first + _WAVE], progress=told)


@dataclass(frozen=True)
class _Told:
    """Tells of one wave as a part of all of them."""

    progress: Progress
    before: int  # batches that are done
    total: int

    def step(self, description: str) -> None:
        self.progress.step(description)

    def tasks(self, done: int, total: int) -> None:  # noqa: ARG002  # those of the wave
        self.progress.tasks(self.before + done, self.total)


def _make(batch: Batch, *, request: Request, pool: Pool) -> ak.Array:
    """The events of a batch, as records."""
    settle()
    return delphes.gathered(_triggered(request, request.seeds(batch), pool), batch)


def _triggered(request: Request, seeds: np.random.SeedSequence, pool: Pool) -> Iterator[Seen]:
    rng = np.random.default_rng(seeds)
    pythia = start(SETTINGS[request.process], seed=int(seeds.generate_state(1)[0]))
    collide_on = collide_until_lepton if request.process is Process.QCD else collide
    for found in collide_on(pythia, chunk=_CHUNK[request.process]):
        hopeful = found.of_events(_has_lepton(found))
        particles = overlaid(rng, hopeful.particles, pool, events=hopeful.events, pileup=request.pileup)
        yield triggered(rng, particles, hopeful.heavy, events=hopeful.events)


def _has_lepton(found: Collisions) -> Flags:
    """Which collisions have a chance."""
    particles = found.particles
    hard = np.zeros(len(particles), dtype=np.bool_)
    for number, least in LEPTON_PT.items():
        hard |= (np.abs(particles.pid) == number) & (particles.pt > least)
    return particles.taken(hard & (np.abs(particles.eta) < LEPTON_ETA)).occupied(found.events)

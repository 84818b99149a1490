"""Are Pythia's events reproducible, triggered, and what their class is known for."""

import awkward as ak
import numpy as np
import pytest

from hepnb.errors import InputError
from hepnb.events import Process
from hepnb.generators.pythia import engine
from hepnb.generators.pythia.engine import generate
from hepnb.generators.pythia.pileup import make_pool
from hepnb.runners.local import Processes
from tests.generators.samples import assert_events_are_sound, jets_over_surroundings

pytest.importorskip("pythia8mc", reason="it has no wheels for this platform")
pytest.importorskip("fastjet", reason="it has no wheels for this platform")

EVENTS = 40


@pytest.fixture(scope="module")
def samples() -> dict[Process, ak.Array]:
    return {process: one(process, EVENTS) for process in Process}


def one(process: Process, events: int, **options) -> ak.Array:
    return ak.concatenate(list(generate(process, events, **{"seed": 1, **options})))


@pytest.mark.parametrize("process", Process)
def test_exactly_as_many_events_as_asked_pass_the_trigger_and_hold_together(samples, process):
    assert len(samples[process]) == EVENTS
    assert ak.flatten(samples[process].Event.Number).to_list() == list(range(EVENTS))
    assert_events_are_sound(samples[process])


def test_jets_are_what_is_around_them(samples):
    ratios = jets_over_surroundings(ak.concatenate([samples[process] for process in Process]))
    assert 0.85 < np.median(ratios) < 1.02


def test_classes_look_like_themselves(samples):
    jets = [float(np.mean(ak.sum(samples[process].Jet.PT > 30, axis=1))) for process in Process]
    met = [float(np.mean(samples[process].MissingET.MET)) for process in Process]
    tags = [float(np.mean(ak.sum(samples[process].Jet.BTag, axis=1))) for process in Process]
    assert jets[Process.WJETS] < jets[Process.QCD] < jets[Process.TTBAR]
    assert met[Process.QCD] < met[Process.WJETS]
    assert tags[Process.WJETS] < 0.2 < tags[Process.QCD]


def test_fewer_events_are_the_first_ones_of_more(samples):
    assert one(Process.WJETS, 10).to_list() == samples[Process.WJETS][:10].to_list()


def test_the_seed_decides(samples, monkeypatch):
    monkeypatch.setattr(engine, "make_pool", lambda _seed: make_pool(1))  # another one takes its time
    other = one(Process.WJETS, 10, seed=2)
    assert other.Jet.PT.to_list() != samples[Process.WJETS][:10].Jet.PT.to_list()
    assert other.EFlowTrack.PID.to_list() != samples[Process.WJETS][:10].EFlowTrack.PID.to_list()


def test_workers_change_nothing_and_batches_come_in_order(monkeypatch):
    monkeypatch.setattr(engine, "_BATCH", 6)
    monkeypatch.setattr(engine, "_WAVE", 2)
    told = []

    class Watching:
        def step(self, description):
            raise AssertionError(description)

        def tasks(self, done, total):
            told.append((done, total))

    here = one(Process.TTBAR, 16, progress=Watching())
    assert told == [(0, 3), (1, 3), (2, 3), (2, 3), (3, 3)]
    assert one(Process.TTBAR, 16, runner=Processes(2)).to_list() == here.to_list()


def test_pile_up_adds_half_an_underlying_event_per_collision(samples):
    quiet = np.mean(ak.num(samples[Process.WJETS].EFlowTrack))
    busy = np.mean(ak.num(one(Process.WJETS, EVENTS, pileup=8.0).EFlowTrack))
    # Below the hard collision, whose own particles are about as many as those of a soft one, lie two.
    assert 0.2 < (busy - quiet) / 8 / quiet < 0.5


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="at least one event"):
        next(generate(Process.QCD, 0, seed=1))

"""Are events from formulas reproducible, triggered, and what their class is known for."""

import awkward as ak
import numpy as np
import pytest

from hepnb.errors import InputError
from hepnb.events import Process
from hepnb.generators.topology import generate
from tests.generators.samples import assert_events_are_sound, isolations, jets_over_surroundings

EVENTS = 1000


@pytest.fixture(scope="module")
def samples() -> dict[Process, ak.Array]:
    return {process: ak.concatenate(list(generate(process, EVENTS, seed=1))) for process in Process}


def one(process: Process = Process.TTBAR, events: int = 50, **options) -> ak.Array:
    return ak.concatenate(list(generate(process, events, **{"seed": 1, **options})))


@pytest.mark.parametrize("process", Process)
def test_events_pass_the_trigger_and_hold_together(samples, process):
    assert_events_are_sound(samples[process][:100])


@pytest.mark.parametrize("process", Process)
def test_jets_are_what_is_around_them(samples, process):
    ratios = jets_over_surroundings(samples[process][:100])
    assert np.quantile(ratios, 0.95) < 1.01
    assert np.median(ratios) > 0.9


def test_the_seed_decides():
    assert one().to_list() == one().to_list()
    assert one().EFlowTrack.PT.to_list() != one(seed=2).EFlowTrack.PT.to_list()


def test_fewer_events_are_the_first_ones_of_more():
    assert one(events=20).to_list() == one(events=50)[:20].to_list()


def test_batches_hold_2000_events_and_are_numbered_on():
    sizes, numbers = [], []
    for batch in generate(Process.WJETS, 4100, seed=1):
        sizes.append(len(batch))
        numbers += ak.flatten(batch.Event.Number).to_list()
    assert sizes == [2000, 2000, 100]
    assert numbers == list(range(4100))


def test_no_two_batches_are_alike():
    first, second = generate(Process.WJETS, 4000, seed=1)
    assert not np.isin(ak.to_numpy(first.MissingET.MET[:, 0]), ak.to_numpy(second.MissingET.MET[:, 0])).all()


@pytest.mark.parametrize(("events", "seed", "pileup"), [(0, 1, 0.0), (1, -1, 0.0), (1, 1, -1.0)])
def test_nonsense_is_refused(events, seed, pileup):
    with pytest.raises(InputError):
        next(generate(Process.QCD, events, seed=seed, pileup=pileup))


def test_pile_up_adds_half_an_underlying_event_per_collision():
    # An event of a W boson is one lepton and the two soft collisions below it, so each further one adds nearly half.
    tracks = [np.mean(ak.num(one(Process.WJETS, 400, pileup=mean).EFlowTrack)) for mean in (0.0, 4.0, 8.0)]
    assert tracks[2] - tracks[1] == pytest.approx(tracks[1] - tracks[0], rel=0.15)
    assert 0.3 < (tracks[1] - tracks[0]) / 4 / tracks[0] < 0.5


def test_pile_up_comes_from_other_places_along_the_beam():
    assert spread(one(Process.WJETS, 200, pileup=8.0)) > 3 * spread(one(Process.WJETS, 200))


def spread(events: ak.Array) -> float:
    """Mean standard deviation of the places of an event's tracks along the beam [mm]."""
    return float(np.mean(ak.std(events.EFlowTrack.Z, axis=1)))


def _means(samples, of) -> list[float]:
    return [float(np.mean(of(samples[process]))) for process in Process]


def _hard_jets(events):
    return events.Jet[(events.Jet.PT > 30) & (abs(events.Jet.Eta) < 2.6)]


def test_top_quarks_have_the_most_jets_and_w_bosons_the_fewest(samples):
    qcd, ttbar, wjets = _means(samples, lambda events: ak.num(_hard_jets(events)))
    assert ttbar > 2.5
    assert wjets < 0.5
    assert wjets < qcd < ttbar


def test_top_quarks_have_the_most_b_jets_and_w_bosons_hardly_any(samples):
    qcd, ttbar, wjets = _means(samples, lambda events: ak.sum(_hard_jets(events).BTag, axis=1))
    assert ttbar > 0.9
    assert wjets < 0.05
    assert wjets < qcd < ttbar


def test_only_neutrinos_of_w_bosons_leave_much_missing(samples):
    qcd, ttbar, wjets = _means(samples, lambda events: events.MissingET.MET[:, 0])
    assert qcd < 0.6 * wjets < 0.6 * ttbar


def test_leptons_of_qcd_are_less_isolated(samples):
    qcd, ttbar, wjets = (
        np.mean([min(isolations(event)) for event in samples[process][:200].to_list()]) for process in Process
    )
    assert qcd > 3 * max(ttbar, wjets)


def test_the_transverse_mass_of_w_bosons_peaks_near_80_gev(samples):
    events = samples[Process.WJETS]
    leptons = ak.concatenate([events.Electron, events.MuonTight], axis=1)
    lepton = leptons[ak.argmax(leptons.PT, axis=1, keepdims=True)][:, 0]
    met, phi = events.MissingET.MET[:, 0], events.MissingET.Phi[:, 0]
    mass = np.sqrt(2 * met * lepton.PT * (1 - np.cos(phi - lepton.Phi)))
    counts, edges = np.histogram(ak.to_numpy(mass), bins=10, range=(0, 150))
    assert edges[counts.argmax()] in (60.0, 75.0)

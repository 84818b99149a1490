"""Are records what readers of Delphes files expect."""

import awkward as ak
import numpy as np
import pytest

from hepnb.generators.delphes import as_written, gathered, record
from hepnb.generators.request import Batch
from tests.generators.samples import seen

EVENT_TYPE = (
    "{Event: var * {Number: int64, Weight: float32}, MissingET: var * {MET: float32, Phi: float32}, "
    "EFlowTrack: var * {PT: float32, Eta: float32, Phi: float32, PID: int32, Charge: int32, X: float32, Y: float32, "
    "Z: float32}, EFlowPhoton: var * {ET: float32, Eta: float32, Phi: float32}, "
    "EFlowNeutralHadron: var * {ET: float32, Eta: float32, Phi: float32}, "
    "Electron: var * {PT: float32, Eta: float32, Phi: float32, Charge: int32}, "
    "MuonTight: var * {PT: float32, Eta: float32, Phi: float32, Charge: int32}, "
    "Jet: var * {PT: float32, Eta: float32, Phi: float32, Mass: float32, BTag: uint32}}"
)


@pytest.mark.parametrize("events", [0, 3])
def test_records_have_the_widths_of_genuine_files(events):
    assert str(record(seen(events=events), first=0).type) == f"{events} * {EVENT_TYPE}"


def test_everything_stands_in_its_event():
    events = record(seen(events=3, tracks=[(0, 1.0, 0, 0), (2, 2.0, 0, 0)], photons=[(1, 3.0, 0, 0)]), first=5)
    assert events.EFlowTrack.PT.to_list() == [[1.0], [], [2.0]]
    assert events.EFlowPhoton.ET.to_list() == [[], [3.0], []]
    assert events.Event.Number.to_list() == [[5], [6], [7]]


def test_what_is_missing_balances_what_was_seen():
    events = seen(tracks=[(0, 3.0, 0.0, 0.0)], photons=[(0, 4.0, 1.0, np.pi / 2)], neutral_hadrons=[(0, 0.0, 0, 0)])
    met, phi = events.missing()
    assert met == pytest.approx([5.0])
    assert phi == pytest.approx([np.arctan2(-4, -3)])


def test_a_batch_takes_as_many_events_as_it_needs_and_numbers_them():
    parts = (seen(events=3, muons=[(0, 30.0 + part, 0, 0), (2, 60.0, 0, 0)]) for part in range(100))
    events = gathered(parts, Batch(number=1, first=10, size=7))
    assert ak.flatten(events.Event.Number).to_list() == list(range(10, 17))
    assert events.MuonTight.PT.to_list() == [[30], [], [60], [31], [], [60], [32]]
    assert next(parts).muons.pt[0] == 33.0, "more was made than was needed"


def test_what_is_decided_is_decided_from_what_is_written():
    assert as_written(np.array([0.1]))[0] == float(np.float32(0.1)) != 0.1


@pytest.mark.parametrize("kind", ["tracks", "photons", "neutral_hadrons"])
@pytest.mark.parametrize(("around", "kept"), [(44.0, True), (46.0, False)])
def test_the_trigger_counts_all_that_is_seen_around_a_lepton(kind, around, kept):
    assert seen(muons=[(0, 100.0, 1.0, 0.0)], **{kind: [(0, around, 1.2, 0.2)]}).triggering().tolist() == [kept]


def test_the_trigger_does_not_count_soft_things():
    tracks, photons = [(0, 0.5, 0.0, 0.1)] * 100, [(0, 1.0, 0.0, 0.1)] * 50
    assert seen(muons=[(0, 100.0, 0.0, 0.0)], tracks=tracks, photons=photons).triggering().all()
    assert not seen(muons=[(0, 100.0, 0.0, 0.0)], tracks=[(0, 0.51, 0.0, 0.1)] * 100).triggering().any()


def test_one_good_lepton_is_enough_and_each_event_is_on_its_own():
    events = seen(
        events=4,
        electrons=[(0, 30.0, 0.0, 0.0), (3, 30.0, 0.0, 0.0)],
        muons=[(0, 30.0, 2.0, 0.0), (2, 20.0, 0.0, 0.0)],
        tracks=[(0, 30.0, 0.0, 0.1), (3, 30.0, 0.0, 0.1)],
    )
    assert events.triggering().tolist() == [True, False, False, False]

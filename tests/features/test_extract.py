from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from hepnb.errors import MissingNameError, WrongTypeError
from hepnb.features.extract import extract
from hepnb.physics.conventions import HEPNB, SPARKDLTRIGGER
from tests.features import delphes_files
from tests.features.reference import features


@pytest.fixture(scope="module")
def genuine(real_data: Path) -> pa.RecordBatch:
    """300 events of W bosons through Delphes."""
    path = str(real_data / "delphes_W.root")
    (batch,) = delphes_files.read(path, 300)
    return batch


# The padding of the published pipeline is tested where the sequence is made.
UNPADDED = replace(SPARKDLTRIGGER, padding_among_particles=False)


@pytest.mark.parametrize("conventions", [HEPNB, UNPADDED], ids=["hepnb", "sparkdltrigger"])
def test_genuine_events_have_the_features_that_plain_python_finds(genuine: pa.RecordBatch, conventions):
    found = extract(genuine, conventions=conventions)
    expected = {
        entry: answer
        for entry, event in enumerate(genuine.to_pylist())
        if (answer := features(event, published=conventions is UNPADDED)) is not None
    }
    assert found.read == 300
    assert found.entry.tolist() == list(expected)
    assert np.allclose(found.hlf, [hlf for hlf, _ in expected.values()], rtol=1e-9, atol=1e-9)
    assert found.particles.counts.tolist() == [len(rows) for _, rows in expected.values()]
    rows = np.array([row for _, rows in expected.values() for row in rows])
    assert np.allclose(found.particles.rows, rows, rtol=1e-5, atol=1e-5)


def test_genuine_events_that_pass_the_trigger(genuine: pa.RecordBatch):
    """Of 300 W bosons 205 pass; the published pipeline drops those without a photon or a neutral hadron, too."""
    assert len(extract(genuine).entry) == 205
    assert len(extract(genuine, conventions=SPARKDLTRIGGER).entry) == 198


def test_features_do_not_depend_on_how_events_are_cut_into_batches(genuine: pa.RecordBatch):
    whole = extract(genuine)
    halves = [extract(genuine.slice(0, 123)), extract(genuine.slice(123))]
    assert np.array_equal(whole.hlf, np.concatenate([half.hlf for half in halves]))
    assert np.array_equal(whole.particles.rows, np.concatenate([half.particles.rows for half in halves]))
    assert np.array_equal(whole.keys, np.concatenate([half.keys for half in halves]))


def test_the_places_of_events_count_through_a_large_batch(genuine: pa.RecordBatch):
    table = pa.Table.from_batches([genuine] * 3)
    thrice = extract(table.combine_chunks().to_batches()[0]).entry
    once = extract(genuine).entry
    assert thrice.tolist() == [*once, *(once + 300), *(once + 600)]


def test_no_events_have_no_features(genuine: pa.RecordBatch):
    nothing = extract(genuine.slice(0, 0))
    assert (nothing.read, len(nothing.entry), nothing.hlf.shape, nothing.particles.rows.shape) == (
        0,
        0,
        (0, 14),
        (0, 19),
    )


def test_no_two_events_have_one_key(genuine: pa.RecordBatch):
    keys = extract(genuine).keys
    assert len(np.unique(keys)) == len(keys)


def test_without_the_charges_of_tracks_they_follow_from_their_numbers(genuine: pa.RecordBatch):
    without = genuine.drop_columns(["EFlowTrack.Charge"])
    assert np.array_equal(extract(without).particles.rows, extract(genuine).particles.rows)


def test_muons_may_be_called_muon(genuine: pa.RecordBatch):
    renamed = genuine.rename_columns([name.replace("MuonTight", "Muon") for name in genuine.schema.names])
    assert np.array_equal(extract(renamed).hlf, extract(genuine).hlf)


def test_an_event_without_missing_energy_has_features_that_are_not_finite(genuine: pa.RecordBatch):
    empty = pa.array([[] for _ in range(300)], pa.list_(pa.float32()))
    names = genuine.schema.names
    changed = genuine.set_column(names.index("MissingET.MET"), "MissingET.MET", empty)
    changed = changed.set_column(names.index("MissingET.Phi"), "MissingET.Phi", empty)
    assert np.isnan(extract(changed).hlf[:, 1]).all()


def test_a_missing_branch_is_named(genuine: pa.RecordBatch):
    with pytest.raises(MissingNameError, match=r"need the branch 'Jet\.BTag', which the batch lacks"):
        extract(genuine.drop_columns(["Jet.BTag"]))


def test_missing_muons_are_named(genuine: pa.RecordBatch):
    with pytest.raises(MissingNameError, match=r"MuonTight\.PT, \.Eta, \.Phi and \.Charge, or the same of Muon"):
        extract(genuine.drop_columns(["MuonTight.PT"]))


def test_a_branch_that_is_no_list_of_numbers_is_refused(genuine: pa.RecordBatch):
    place = genuine.schema.names.index("Jet.PT")
    flat = genuine.set_column(place, "Jet.PT", pa.array([1.0] * 300))
    with pytest.raises(WrongTypeError, match=r"list of numbers in 'Jet\.PT', but in the batch it is double"):
        extract(flat)


def test_branches_of_a_collection_must_be_of_one_length(genuine: pa.RecordBatch):
    place = genuine.schema.names.index("Jet.PT")
    longer = genuine.set_column(place, "Jet.PT", pa.array([[1.0] * 40] * 300))
    with pytest.raises(WrongTypeError, match=r"'Jet\.Eta' has other numbers of elements than 'Jet\.PT'"):
        extract(longer)

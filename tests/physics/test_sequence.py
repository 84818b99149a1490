from dataclasses import replace

import numpy as np
import pytest

from hepnb.events import PARTICLE_FEATURES
from hepnb.physics.conventions import HEPNB
from hepnb.physics.sequence import particle_sequences
from tests.physics.particles import candidates, leptons, surroundings, tracks

ETA = np.log(2)  # cosh 1.25, sinh 0.75
LEPTON = (0, 40, 0, 0, -1, 1, 0.1, 0.02, 0.05)  # an electron
MUON = (0, 40, 0, 0, 1, 0, 0.1, 0.02, 0.05)

BESIDE = surroundings(
    tracks(
        (0, 40, 0, 0, -1, 0, 0, 0),  # the lepton's own
        (0, 2, ETA, np.pi / 2, 1, 0.1, -0.2, 30),
        (0, 3, ETA + 0.2, np.pi / 2, -1, 0, 0, 0),
    ),
    neutral=candidates((0, 8, ETA, -np.pi / 2), (0, 4, ETA, 1.4)),
    photons=candidates((0, 4, -ETA, np.pi), (0, 1.5, ETA, 1.6)),
)
# Around the first track (2 GeV): the second (3 GeV), the second neutral hadron (4 GeV), the second photon (1.5 GeV).
TRACK = {
    "Energy": 2.5,
    "Px": 0,
    "Py": 2,
    "Pz": 1.5,
    "Pt": 2,
    "Eta": ETA,
    "Phi": np.pi / 2,
    "vtxX": 0.1,
    "vtxY": -0.2,
    "vtxZ": 30,
    "ChPFIso": 1.5,
    "GammaPFIso": 0.75,
    "NeuPFIso": 2,
    "isChHad": 1,
    "isNeuHad": 0,
    "isGamma": 0,
    "isEle": 0,
    "isMu": 0,
    "Charge": 1,
}
NEUTRAL_HADRON = TRACK | {
    "Energy": 10,
    "Py": -8,
    "Pz": 6,
    "Pt": 8,
    "Phi": -np.pi / 2,
    "vtxX": 0,
    "vtxY": 0,
    "vtxZ": 0,
    "ChPFIso": 0,
    "GammaPFIso": 0,
    "NeuPFIso": 0,
    "isChHad": 0,
    "isNeuHad": 1,
    "Charge": 0,
}
PHOTON = NEUTRAL_HADRON | {
    "Energy": 5,
    "Px": -4,
    "Py": 0,
    "Pz": -3,
    "Pt": 4,
    "Eta": -ETA,
    "Phi": np.pi,
    "isNeuHad": 0,
    "isGamma": 1,
}
ELECTRON = PHOTON | {
    "Energy": 40,
    "Px": 40,
    "Pz": 0,
    "Pt": 40,
    "Eta": 0,
    "Phi": 0,
    "ChPFIso": 0.1,
    "GammaPFIso": 0.02,
    "NeuPFIso": 0.05,
    "isGamma": 0,
    "isEle": 1,
    "Charge": -1,
}


def rows(lepton=LEPTON, beside=BESIDE, **switches) -> list[dict[str, float]]:
    """The particles of one event."""
    found = particle_sequences(leptons(lepton), beside, conventions=replace(HEPNB, **switches))
    assert found.rows.dtype == np.float32
    assert found.counts.tolist() == [len(found.rows)]
    return [dict(zip(PARTICLE_FEATURES, map(float, row), strict=True)) for row in found.rows]


def particle(flag: str, pt: float, **switches) -> dict[str, float]:
    (row,) = (row for row in rows(**switches) if row[flag] == 1 and row["Pt"] == pt)
    return row


def test_there_are_the_19_features_of_the_paper_in_its_order():
    assert len(PARTICLE_FEATURES) == 19
    assert tuple(TRACK) == PARTICLE_FEATURES


@pytest.mark.parametrize("name", PARTICLE_FEATURES)
@pytest.mark.parametrize(
    ("flag", "expected"),
    [("isChHad", TRACK), ("isNeuHad", NEUTRAL_HADRON), ("isGamma", PHOTON), ("isEle", ELECTRON)],
    ids=["track", "neutral hadron", "photon", "electron"],
)
def test_a_feature_is_what_one_finds_by_hand(flag: str, expected: dict[str, float], name: str):
    assert particle(flag, expected["Pt"])[name] == pytest.approx(expected[name], abs=1e-5)


def test_a_muon_is_flagged_as_one():
    (row,) = (row for row in rows(MUON) if row["isMu"])
    assert (row["isEle"], row["Charge"], row["Pt"]) == (0, 1, 40)


def test_the_lepton_comes_last_and_the_farthest_particle_first():
    """Distances: 3.22, 1.81, 1.74, 1.72 twice, 1.56 and 0."""
    assert [row["Pt"] for row in rows()] == [4, 3, 1.5, 2, 8, 4, 40]


def test_the_lepton_is_the_last_also_where_a_photon_has_its_direction():
    found = rows(beside=surroundings(photons=candidates((0, 5, 0, 0), (0, 6, 0, 0.1))))
    assert [row["Pt"] for row in found] == [6, 5, 40]


def test_the_track_of_the_lepton_is_no_particle_of_its_own():
    found = rows(beside=surroundings(tracks((0, 40, 0, 0.00009), (0, 30, 0, 0.00011))))
    assert [row["Pt"] for row in found] == [30, 40]


def test_distance_is_measured_across_pi():
    lepton = (0, 40, 0, 3.1, -1, 1, 0, 0, 0)
    near_and_far = surroundings(photons=candidates((0, 5, 0, -3.1), (0, 6, 0, 2)))
    assert [row["Pt"] for row in rows(lepton, near_and_far)] == [6, 5, 40]


def crowd(kind: str, number: int):
    momenta = [(0, 2.0 + index, 2, 1) for index in range(number)]  # ever harder
    if kind == "isChHad":
        return surroundings(tracks(*momenta))
    if kind == "isGamma":
        return surroundings(photons=candidates(*momenta))
    return surroundings(neutral=candidates(*momenta))


@pytest.mark.parametrize(("kind", "most"), [("isChHad", 450), ("isGamma", 150), ("isNeuHad", 200)])
def test_of_too_many_particles_the_hardest_are_kept(kind: str, most: int):
    kept = [row["Pt"] for row in rows(beside=crowd(kind, most + 10)) if row[kind]]
    assert sorted(kept) == [12.0 + index for index in range(most)]


@pytest.mark.parametrize(("kind", "most"), [("isChHad", 450), ("isGamma", 150), ("isNeuHad", 200)])
def test_the_published_pipeline_keeps_the_first_of_them(kind: str, most: int):
    kept = [row["Pt"] for row in rows(beside=crowd(kind, most + 10), caps_in_file_order=True) if row[kind]]
    assert sorted(kept) == [2.0 + index for index in range(most)]


@pytest.mark.parametrize(("kind", "most"), [("isChHad", 450), ("isGamma", 150), ("isNeuHad", 200)])
def test_as_many_as_are_allowed_are_all_kept(kind: str, most: int):
    assert len(rows(beside=crowd(kind, most))) == most + 1


def test_a_crowd_in_one_event_does_not_crowd_out_the_next():
    many = [(0, 2.0, 2, 1)] * 160 + [(1, 1.5, 2, 1)] * 3
    found = particle_sequences(
        leptons(LEPTON, (1, *LEPTON[1:])), surroundings(photons=candidates(*many)), conventions=HEPNB
    )
    assert found.counts.tolist() == [151, 4]


def test_the_published_isolation_of_neutral_particles_counts_themselves_and_takes_one_off_the_charged():
    photon = particle("isGamma", 4.0, charged_isolation_less_one=True)
    assert (photon["ChPFIso"], photon["GammaPFIso"], photon["NeuPFIso"]) == (-1, 1, 0)
    hadron = particle("isNeuHad", 8.0, charged_isolation_less_one=True)
    assert (hadron["ChPFIso"], hadron["GammaPFIso"], hadron["NeuPFIso"]) == (-1, 0, 1)
    assert particle("isChHad", 2.0, charged_isolation_less_one=True)["ChPFIso"] == pytest.approx(1.5)


def test_the_published_cones_of_particles_end_at_pi():
    beside = surroundings(photons=candidates((0, 2, 0, 3.0), (0, 4, 0, -3.1)))
    assert [row["GammaPFIso"] for row in rows(beside=beside)][:2] == [0.5, 2]
    assert [row["GammaPFIso"] for row in rows(beside=beside, cones_cut_at_pi=True)][:2] == [0, 0]


def test_the_published_padding_stands_among_the_particles_and_is_scaled_with_them():
    """A lepton at phi = 2, a photon 0.5 from it: the padding at eta = phi = 0 is farther than both and comes first."""
    lepton = (0, 40, 0, 2, -1, 1, 0, 0, 0)
    beside = surroundings(photons=candidates((0, 10, 0, 2.5)))
    found = np.array([list(row.values()) for row in rows(lepton, beside, padding_among_particles=True)])
    assert found.shape == (801, 19)
    column = PARTICLE_FEATURES.index("Pt")
    mean, deviation = 50 / 801, np.sqrt(1700 / 801 - (50 / 801) ** 2)
    assert found[:799, column] == pytest.approx(-mean / deviation)
    assert found[799:, column] == pytest.approx([(10 - mean) / deviation, (40 - mean) / deviation])
    assert found.mean(axis=0) == pytest.approx(0, abs=1e-6)
    assert np.unique(found.std(axis=0).round(5)).tolist() == [0, 1]  # 0 for what never changes


def test_no_events_have_no_particles():
    found = particle_sequences(leptons(), surroundings(), conventions=HEPNB)
    assert found.rows.shape == (0, 19)
    assert found.counts.tolist() == []

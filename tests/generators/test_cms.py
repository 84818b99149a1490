"""Are efficiencies and resolutions those of the card."""

from math import sqrt, tanh

import numpy as np
import pytest

from hepnb.generators import cms

HADRON, ELECTRON, MUON = 211, -11, 13


def one(function, *arguments):
    return float(function(*(np.array([argument]) for argument in arguments))[0])


@pytest.mark.parametrize(
    ("pid", "pt", "eta", "expected"),
    [
        (HADRON, 0.1, 0.0, 0.0),
        (HADRON, 0.5, 1.5, 0.70),
        (HADRON, 0.5, -1.6, 0.60),
        (HADRON, 1.1, 0.0, 0.95),
        (HADRON, 200.0, 2.5, 0.85),
        (HADRON, 200.0, 2.6, 0.0),
        (ELECTRON, 100.0, 0.0, 0.95),
        (ELECTRON, 101.0, 0.0, 0.99),
        (ELECTRON, 101.0, -2.0, 0.90),
        (ELECTRON, 50.0, 2.0, 0.83),
        (MUON, 50.0, 0.0, 0.99),
        (MUON, 0.5, 2.0, 0.70),
    ],
)
def test_tracks_are_found_as_often_as_the_card_says(pid, pt, eta, expected):
    assert one(cms.tracking_efficiency, pid, pt, eta) == expected


@pytest.mark.parametrize(
    ("pid", "pt", "eta", "expected"),
    [
        (HADRON, 100.0, 0.0, sqrt(0.01**2 + 0.015**2)),
        (HADRON, 10.0, -1.0, sqrt(0.015**2 + 0.0025**2)),
        (ELECTRON, 10.0, 2.0, sqrt(0.15**2 + 0.031**2)),
        (MUON, 100.0, 0.5, sqrt(0.01**2 + 0.01**2)),
    ],
)
def test_tracks_are_measured_as_well_as_the_card_says(pid, pt, eta, expected):
    assert one(cms.track_resolution, pid, pt, eta) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pid", "pt", "eta", "expected"),
    [
        (ELECTRON, 10.0, 0.0, 0.0),
        (ELECTRON, 10.1, 0.0, 0.95),
        (ELECTRON, 30.0, 2.45, 0.85),
        (MUON, 30.0, -2.0, 0.95),
        (MUON, 30.0, 2.45, 0.0),
        (HADRON, 30.0, 0.0, 0.0),
    ],
)
def test_leptons_are_recognised_as_often_as_the_card_says(pid, pt, eta, expected):
    assert one(cms.identification_efficiency, pid, pt, eta) == expected


@pytest.mark.parametrize(
    ("energy", "eta", "expected"),
    [
        (100.0, 0.0, sqrt(0.8**2 + 1.1**2 + 0.4**2)),
        (100.0, 1.5, (1 + 0.64 * 2.25) * sqrt(0.8**2 + 1.1**2 + 0.4**2)),
        (100.0, -2.0, 2.16 * sqrt(0.8**2 + 1.1**2 + 0.4**2)),
        (100.0, 3.0, sqrt(10.7**2 + 20.8**2)),
    ],
)
def test_the_first_calorimeter_is_as_good_as_the_card_says(energy, eta, expected):
    assert one(cms.ecal_resolution, energy, eta) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("energy", "eta", "expected"), [(100.0, 3.0, sqrt(5**2 + 15**2)), (100.0, -3.1, sqrt(13**2 + 27**2))]
)
def test_the_second_calorimeter_is_as_good_as_the_card_says(energy, eta, expected):
    assert one(cms.hcal_resolution, energy, eta) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("flavour", "eta", "expected"),
    [
        (cms.BEAUTY, 0.0, 0.85 * tanh(0.25) * 25 / 7.3),
        (cms.CHARM, 0.0, 0.25 * tanh(1.8) / 1.13),
        (0, 0.0, 0.0138),
        (cms.BEAUTY, 2.6, 0.0),
    ],
)
def test_jets_of_100_gev_are_tagged_as_often_as_the_card_says(flavour, eta, expected):
    assert one(cms.b_tag_efficiency, flavour, 100.0, eta) == pytest.approx(expected)


def test_measured_values_scatter_about_the_true_one_as_widely_as_they_should():
    values = np.full(100_000, 50.0)
    measured = cms.smeared(np.random.default_rng(1), values, 0.1 * values)
    assert measured.mean() == pytest.approx(50.0, abs=5 * 5.0 / sqrt(100_000))
    assert measured.std() == pytest.approx(5.0, rel=0.02)
    assert measured.min() > 0

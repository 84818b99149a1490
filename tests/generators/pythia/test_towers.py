"""Do the calorimeters show what tracks do not explain, and nothing else."""

import numpy as np
import pytest

from hepnb.generators.calorimeter import ECAL, HCAL, ecal_share, hcal_share
from hepnb.generators.pythia.towers import Deposits, unexplained

NONE = np.empty(0)


def deposits(*rows) -> Deposits:
    """Event, eta, phi and energy of each."""
    event, eta, phi, energy = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return Deposits(event.astype(np.int64), eta, phi, energy)


def left(calorimeter, arriving, tracked=(), seed=1):
    return unexplained(np.random.default_rng(seed), calorimeter, deposits(*arriving), deposits(*tracked))


def test_a_photon_shows_in_its_tower_with_nearly_its_energy():
    (shown,) = [left(ECAL, [(3, 0.8, 1.0, 100.0)])]
    assert shown.event.tolist() == [3]
    # (1 + 0.64·0.8²)·sqrt(0.8² + 1.1² + 0.4²) = 2.0 GeV
    assert shown.pt[0] * np.cosh(shown.eta[0]) == pytest.approx(100.0, abs=5 * 2.0)
    assert abs(shown.eta[0] - 0.8) <= 0.0174
    assert abs(shown.phi[0] - 1.0) <= 2 * np.pi / 360


def test_energies_of_one_tower_are_added_and_of_two_events_are_not():
    shown = left(ECAL, [(0, 0.800, 1.0, 50.0), (0, 0.801, 1.0, 50.0), (1, 0.800, 1.0, 50.0)])
    assert shown.event.tolist() == [0, 1]
    assert (shown.pt * np.cosh(shown.eta)).tolist() == pytest.approx([100.0, 50.0], rel=0.15)


def test_a_tracked_particle_shows_nothing():
    shows = [left(HCAL, [(0, 0.5, 0.0, 20.0)], [(0, 0.5, 0.0, 20.0)], seed).pt.size for seed in range(200)]
    # A rest is shown when it is above two standard deviations: 2.3 % of the time, or less, for a shifted normal.
    assert sum(shows) <= 15


def test_what_is_beside_a_tracked_particle_shows_alone():
    arriving = [(0, 0.5, 0.0, 20.0), (0, 0.5, 0.0, 200.0)]
    (shown,) = left(HCAL, arriving, [(0, 0.5, 0.0, 20.0)]).pt * np.cosh(0.5)
    assert shown == pytest.approx(200.0, abs=5 * np.hypot(0.05 * 220, 1.5 * np.sqrt(220)))


@pytest.mark.parametrize(("calorimeter", "least"), [(ECAL, 0.5), (HCAL, 1.0)])
def test_only_what_was_measured_to_be_significant_shows(calorimeter, least):
    energies = np.linspace(0.1, 30.0, 400)
    shown = left(calorimeter, [(event, 0.0, 0.0, energy) for event, energy in enumerate(energies)])
    measured = shown.pt * np.cosh(shown.eta)
    assert measured.min() > least
    assert (measured > 2 * calorimeter.resolution(measured, shown.eta) - 1e-3).all()
    assert 0.3 < measured.size / energies.size < 1


def test_the_ends_of_the_detector_have_towers():
    shown = left(ECAL, [(0, 4.9999, np.pi, 500.0), (0, -4.9999, -np.pi, 500.0)])
    assert shown.pt.size == 2
    assert np.abs(shown.phi).max() <= np.pi + 1e-6


def test_the_azimuth_ends_where_it_begins():
    shown = left(ECAL, [(0, 0.5, np.pi, 50.0), (0, 0.5, -np.pi, 50.0)])
    assert (shown.pt * np.cosh(shown.eta)).tolist() == pytest.approx([100.0], rel=0.15)


def test_no_deposits_show_nothing():
    assert left(ECAL, []).pt.size == 0


@pytest.mark.parametrize(
    ("pid", "ecal", "hcal"),
    [(22, 1, 0), (-11, 1, 0), (13, 0, 0), (211, 0, 1), (130, 0, 1), (310, 0.3, 0.7), (-3122, 0.3, 0.7)],
)
def test_particles_leave_their_energy_where_the_card_says(pid, ecal, hcal):
    number = np.array([pid])
    assert (ecal_share(number)[0], hcal_share(number)[0]) == (ecal, pytest.approx(hcal))

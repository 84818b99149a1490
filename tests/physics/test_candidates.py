import numpy as np
import pytest

from hepnb.physics.candidates import charge_of, numbers_within, wrapped
from tests.physics.particles import candidates, tracks


def test_particles_are_numbered_anew_in_each_event():
    assert numbers_within(np.array([0, 0, 0, 2, 2, 5])).tolist() == [0, 1, 2, 0, 1, 0]


@pytest.mark.parametrize(
    ("angle", "same"), [(0, 0), (3, 3), (4, 4 - 2 * np.pi), (-4, 2 * np.pi - 4), (-np.pi, -np.pi), (7, 7 - 2 * np.pi)]
)
def test_an_angle_is_brought_between_minus_pi_and_pi(angle: float, same: float):
    assert wrapped(np.array(angle)) == pytest.approx(same)


@pytest.mark.parametrize(
    ("pid", "charge"),
    [
        (211, 1),  # pi+
        (-211, -1),
        (321, 1),  # K+
        (2212, 1),  # p
        (11, -1),  # e-
        (-11, 1),
        (13, -1),  # mu-
        (-13, 1),
        (3222, 1),  # Sigma+
        (3112, -1),  # Sigma-
        (3312, -1),  # Xi-
        (-3334, 1),  # anti-Omega
    ],
)
def test_charges_follow_from_the_numbers_of_the_particle_data_group(pid: int, charge: int):
    assert charge_of(np.array([pid])) == [charge]


def test_some_particles_keep_their_columns():
    some = tracks((0, 1, 2, 3, 1, 4, 5, 6), (1, 7, 8, 9, -1, 10, 11, 12)).taken(np.array([1]))
    assert (some.event, some.pt, some.charge, some.z) == ([1], [7], [-1], [12])


def test_events_that_are_kept_are_numbered_anew():
    kept = candidates((0, 1, 0, 0), (2, 2, 0, 0), (2, 3, 0, 0), (3, 4, 0, 0)).of_events(
        np.array([False, True, True, True])
    )
    assert kept.event.tolist() == [1, 1, 2]
    assert kept.pt.tolist() == [2, 3, 4]

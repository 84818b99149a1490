import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hepnb.physics.candidates import charge_of, joined, numbers_within, spans, wrapped
from tests.physics.particles import candidates, tracks


def test_particles_are_numbered_anew_in_each_event():
    assert numbers_within(np.array([0, 0, 0, 2, 2, 5])).tolist() == [0, 1, 2, 0, 1, 0]


def test_spans_count_on_from_each_beginning():
    assert spans(np.array([10, 5, 7]), np.array([3, 0, 2])).tolist() == [10, 11, 12, 7, 8]


@given(st.floats(-100, 100))
@example(-np.pi)
def test_a_wrapped_angle_is_the_same_direction_between_minus_pi_and_pi(angle: float):
    small = float(wrapped(np.array(angle)))
    assert abs(small) <= np.pi + 1e-9
    assert np.exp(1j * small) == pytest.approx(np.exp(1j * angle), abs=1e-9)


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


def test_an_event_is_occupied_where_there_is_something():
    assert candidates((1, 1, 0, 0), (1, 2, 0, 0), (3, 3, 0, 0)).occupied(5).tolist() == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_parts_are_joined_by_event_and_keep_their_order_there():
    one, other = candidates((0, 1, 0, 0), (1, 2, 0, 0)), candidates((0, 3, 0, 0), (2, 4, 0, 0))
    assert joined(one, other).event.tolist() == [0, 0, 1, 2]
    assert joined(one, other).pt.tolist() == [1, 3, 2, 4]


def test_four_momenta_have_no_mass_and_the_direction_of_the_particle():
    energy, px, py, pz = candidates((0, 3, 1.2, 0.5)).four_momenta()
    assert energy**2 - px**2 - py**2 - pz**2 == pytest.approx([0])
    assert (np.hypot(px, py), np.arctan2(py, px)) == (pytest.approx([3]), pytest.approx([0.5]))
    assert np.arctanh(pz / energy) == pytest.approx([1.2])

"""Do flat arrays keep together what belongs to one event."""

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.generators.flat import companions, neighbours, pseudorapidity, sums, vector_sum
from tests.physics.particles import candidates

EVENTS = st.lists(st.integers(0, 4), max_size=12).map(sorted)


@given(EVENTS, EVENTS)
def test_companions_are_all_pairs_of_one_event(one, other):
    pairs = companions(
        candidates(*((event, 1, 0, 0) for event in one)), candidates(*((event, 1, 0, 0) for event in other))
    )
    expected = [(i, j) for i, left in enumerate(one) for j, right in enumerate(other) if left == right]
    assert list(zip(*(places.tolist() for places in pairs), strict=True)) == expected


def test_neighbours_are_found_across_the_end_of_the_azimuth():
    one, other = candidates((0, 1, 0, pi - 0.1)), candidates((0, 1, 0, -pi + 0.1), (0, 1, 0, 0), (0, 1, 0.3, pi - 0.1))
    assert neighbours(one, other, radius=0.25)[1].tolist() == [0]
    assert neighbours(one, other, radius=0.35)[1].tolist() == [0, 2]


def test_sums_of_nothing_are_zeros():
    empty = np.empty(0, dtype=np.int64)
    assert sums(empty, np.empty(0), 2).tolist() == [0.0, 0.0]
    assert sums(np.array([1, 1]), np.array([2.0, 3.0]), 3).tolist() == [0.0, 5.0, 0.0]


def test_opposite_momenta_cancel_within_their_event_only():
    px, py = vector_sum((candidates((0, 5, 1, 0), (0, 5, -2, pi)), candidates((1, 3, 0, pi / 2))), events=2)
    np.testing.assert_allclose(px, [0, 0], atol=1e-12)
    np.testing.assert_allclose(py, [0, 3], atol=1e-12)


def test_pseudorapidity_is_that_of_the_angle_to_the_beam():
    # tan(theta/2) = exp(-eta), and theta is 45° where pt = pz.
    assert pseudorapidity(np.array([1.0]), np.array([1.0]))[0] == pytest.approx(-np.log(np.tan(pi / 8)))

"""Do flat arrays keep together what belongs to one event."""

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.generators.flat import companions, joined, neighbours, pseudorapidity, spans, sums, vector_sum, wrapped
from tests.generators.samples import things

EVENTS = st.lists(st.integers(0, 4), max_size=12).map(sorted)


def test_some_events_are_numbered_anew():
    some = things((0, 1, 0, 0), (1, 2, 0, 0), (3, 3, 0, 0)).of(np.array([True, False, True, True]))
    assert some.event.tolist() == [0, 2]
    assert some.pt.tolist() == [1, 3]


def test_parts_are_joined_by_event_and_keep_their_order_there():
    one, other = things((0, 1, 0, 0), (1, 2, 0, 0)), things((0, 3, 0, 0), (2, 4, 0, 0))
    assert joined(one, other).event.tolist() == [0, 0, 1, 2]
    assert joined(one, other).pt.tolist() == [1, 3, 2, 4]


def test_spans_count_on_from_each_beginning():
    assert spans(np.array([10, 5, 7]), np.array([3, 0, 2])).tolist() == [10, 11, 12, 7, 8]


@given(EVENTS, EVENTS)
def test_companions_are_all_pairs_of_one_event(one, other):
    pairs = companions(things(*((event, 1, 0, 0) for event in one)), things(*((event, 1, 0, 0) for event in other)))
    expected = [(i, j) for i, left in enumerate(one) for j, right in enumerate(other) if left == right]
    assert list(zip(*(places.tolist() for places in pairs), strict=True)) == expected


def test_neighbours_are_found_across_the_end_of_the_azimuth():
    one, other = things((0, 1, 0, pi - 0.1)), things((0, 1, 0, -pi + 0.1), (0, 1, 0, 0), (0, 1, 0.3, pi - 0.1))
    assert neighbours(one, other, radius=0.25)[1].tolist() == [0]
    assert neighbours(one, other, radius=0.35)[1].tolist() == [0, 2]


@given(st.floats(-100, 100))
def test_a_wrapped_angle_is_the_same_direction(angle):
    small = float(wrapped(np.array(angle)))
    assert abs(small) <= pi + 1e-9
    assert np.exp(1j * small) == pytest.approx(np.exp(1j * angle), abs=1e-9)


def test_sums_of_nothing_are_zeros():
    empty = np.empty(0, dtype=np.int64)
    assert sums(empty, np.empty(0), 2).tolist() == [0.0, 0.0]
    assert sums(np.array([1, 1]), np.array([2.0, 3.0]), 3).tolist() == [0.0, 5.0, 0.0]


def test_opposite_momenta_cancel_within_their_event_only():
    px, py = vector_sum((things((0, 5, 1, 0), (0, 5, -2, pi)), things((1, 3, 0, pi / 2))), events=2)
    np.testing.assert_allclose(px, [0, 0], atol=1e-12)
    np.testing.assert_allclose(py, [0, 3], atol=1e-12)


def test_pseudorapidity_is_that_of_the_angle_to_the_beam():
    # tan(theta/2) = exp(-eta), and theta is 45° where pt = pz.
    assert pseudorapidity(np.array([1.0]), np.array([1.0]))[0] == pytest.approx(-np.log(np.tan(pi / 8)))

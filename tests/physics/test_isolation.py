import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.physics.isolation import MomentumMap
from tests.physics.particles import candidates, surroundings, tracks

directions = st.tuples(
    st.integers(0, 2),
    st.floats(0.25, 64, width=32),
    st.floats(-8, 8, width=32) | st.sampled_from([-6.0, -0.3, 0.0, 0.3, 0.6, 6.0]),
    st.floats(-np.pi, np.pi) | st.sampled_from([-np.pi, 0.0, np.pi, 3.0, -3.0]),
)


def momentum_nearby(around, beside, *, across_pi: bool = True):
    return MomentumMap(beside, across_pi=across_pi).around(around)


def test_what_is_within_the_cone_is_summed_up_by_kind():
    near = momentum_nearby(
        candidates((0, 50, 0, 0)),
        surroundings(
            tracks((0, 50, 0, 0), (0, 5, 0.1, 0), (0, 7, 0.31, 0)),
            neutral=candidates((0, 3, 0, -0.29), (0, 9, 0.22, 0.22)),
            photons=candidates((0, 2, -0.2, 0.2), (0, 4, 0, 1)),
        ),
    )
    assert (near.charged, near.neutral, near.photons) == ([55], [3], [2])


def test_the_edge_of_the_cone_is_outside():
    near = momentum_nearby(candidates((0, 50, 0, 0)), surroundings(tracks((0, 1, 0.3, 0), (0, 2, 0, 0.2999))))
    assert near.charged == [2]


def test_events_are_kept_apart():
    near = momentum_nearby(
        candidates((0, 50, 0, 0), (2, 50, 0, 0)), surroundings(tracks((0, 1, 0, 0), (1, 2, 0, 0), (2, 4, 0, 0)))
    )
    assert near.charged.tolist() == [1, 4]


@pytest.mark.parametrize(("across_pi", "charged"), [(True, 8), (False, 3)])
def test_a_cone_reaches_across_pi_unless_it_is_cut_there(across_pi: bool, charged: float):
    beside = surroundings(tracks((0, 5, 0, -3.1), (0, 3, 0, 3.0)))
    assert momentum_nearby(candidates((0, 50, 0, 3.1)), beside, across_pi=across_pi).charged == [charged]


def test_pi_and_minus_pi_are_the_same_direction():
    beside = surroundings(tracks((0, 5, 0, np.float32(np.pi))))
    assert momentum_nearby(candidates((0, 50, 0, -np.pi)), beside).charged == [5]


def test_a_particle_without_a_direction_has_no_sum_and_adds_to_none():
    near = momentum_nearby(
        candidates((0, 50, np.nan, 0), (0, 50, 0, 0), (0, 50, 0, np.inf)),
        surroundings(tracks((0, 5, 0, np.nan), (0, 3, np.inf, 0), (0, 2, 0.1, 0))),
    )
    assert near.charged.tolist() == pytest.approx([np.nan, 2, np.nan], nan_ok=True)


def test_nobody_around_is_no_momentum():
    assert momentum_nearby(candidates((0, 50, 0, 0)), surroundings()).charged == [0]
    assert len(momentum_nearby(candidates(), surroundings(tracks((0, 5, 0, 0)))).charged) == 0


@given(st.lists(directions, max_size=12), st.lists(directions, max_size=12), st.booleans())
def test_cells_find_the_same_pairs_as_comparing_all_with_all(around: list, others: list, across_pi: bool):
    around, others = sorted(around, key=lambda row: row[0]), sorted(others, key=lambda row: row[0])
    found = momentum_nearby(candidates(*around), surroundings(tracks(*others)), across_pi=across_pi).charged

    def near(one: tuple, other: tuple) -> bool:
        d_phi = other[3] - one[3]
        if across_pi:
            d_phi = (d_phi + np.pi) % (2 * np.pi) - np.pi
        return one[0] == other[0] and (other[2] - one[2]) ** 2 + d_phi**2 < 0.09

    expected = [sum(other[1] for other in others if near(one, other)) for one in around]
    assert found.tolist() == pytest.approx(expected, abs=1e-9)

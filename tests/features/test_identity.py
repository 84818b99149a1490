import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.features.identity import balance_ranks, event_keys, order_ranks, splits_of

MANY = event_keys(np.arange(100_000), np.linspace(0, 1, 100_000))


def test_70_10_and_20_percent_of_the_events_are_for_training_validation_and_test():
    shares = np.bincount(splits_of(MANY)) / len(MANY)
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.005)


def test_the_split_of_an_event_depends_on_nothing_but_its_content():
    alone = event_keys(np.array([7]), np.linspace(0, 1, 100_000)[7:8])
    assert alone == MANY[7:8]
    assert splits_of(alone) == splits_of(MANY)[7:8]


def test_keys_and_splits_never_change_from_version_to_version():
    """So that models can be compared on the test events of long ago."""
    keys = event_keys(np.array([1, 2]), np.array([0.5, 0.5]))
    assert [hex(key) for key in keys] == ["0xe56bb878d3641064", "0x3baabe32bcf6515b"]
    assert splits_of(keys).tolist() == [0, 0]


@given(st.integers(0, 2**53), st.integers(0, 2**53))
def test_events_that_differ_have_different_keys(one: int, other: int):
    same = event_keys(np.array([one]), np.array([1.0])) == event_keys(np.array([other]), np.array([1.0]))
    assert same == (one == other)


def test_the_order_depends_on_the_seed_and_not_on_the_split():
    assert not np.array_equal(order_ranks(MANY, seed=1), order_ranks(MANY, seed=2))
    assert np.array_equal(order_ranks(MANY, seed=1), order_ranks(MANY, seed=1))
    train = splits_of(MANY) == 0
    assert np.median(order_ranks(MANY, seed=1)[train] / 2.0**64) == pytest.approx(0.5, abs=0.01)


def test_balancing_and_order_know_nothing_of_each_other():
    ranks = [balance_ranks(MANY, seed=1) / 2.0**63, order_ranks(MANY, seed=1) / 2.0**64]
    assert np.corrcoef(ranks)[0, 1] == pytest.approx(0, abs=0.01)

"""Intervals hold what they promise, also where there is nothing to see."""

import numpy as np
import pytest

from hepnb.evaluation.estimates import Estimate, difference, ratio, share
from hepnb.evaluation.metrics import WorkingPoint, upper_limit

LEVELS = (0.68, 0.95)


def point(false_positives, negatives=1000):
    return WorkingPoint(0.99, 0.5, 0.99, false_positives, negatives)


def test_an_interval_holds_the_middle_replicas():
    found = share(0.5, np.append(np.arange(100) / 100, np.nan), trials=10)
    assert found == Estimate(0.5, (0.15, 0.84), (0.02, 0.97))


def test_a_share_of_none_reaches_to_the_limit_of_counting():
    found = share(0.0, np.zeros(100), trials=300)
    assert found.interval68 == (0, upper_limit(300, 0.68))
    assert found.interval95 == (0, upper_limit(300, 0.95))
    assert found.interval95[1] == pytest.approx(0.01, rel=0.01)


def test_a_share_of_all_reaches_to_the_limit_of_counting():
    assert share(1.0, np.ones(100), trials=300).interval95 == (1 - upper_limit(300, 0.95), 1)


def test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(1)
    truth, trials = 0.03, 400
    held = dict.fromkeys(LEVELS, 0)
    for count in random.binomial(trials, truth, size=1000):
        # What Poisson weights of the events do to the share, without the events.
        passing, failing = random.poisson(count, 300), random.poisson(trials - count, 300)
        found = share(count / trials, passing / (passing + failing), trials=trials)
        for level, (low, high) in zip(LEVELS, (found.interval68, found.interval95), strict=True):
            held[level] += low <= truth <= high
    assert held[0.68] / 1000 == pytest.approx(0.68, abs=0.05)
    assert held[0.95] / 1000 == pytest.approx(0.95, abs=0.03)


def test_a_difference_is_paired():
    replicas = np.linspace(0.4, 0.6, 101)
    one, other = share(0.5, replicas, trials=100), share(0.4, replicas - 0.1, trials=100)
    found = difference(one, other, replicas, replicas - 0.1)
    assert found.value == pytest.approx(0.1)
    assert found.interval95 == pytest.approx((0.1, 0.1))
    assert difference(one, other, replicas, replicas[::-1] - 0.1).interval95 == pytest.approx((-0.096, 0.296), abs=0.01)


def test_the_difference_of_two_that_make_no_mistake_is_not_certain():
    perfect = share(1.0, np.ones(50), trials=300)
    found = difference(perfect, perfect, np.ones(50), np.ones(50))
    assert found.value == 0
    assert found.interval95 == pytest.approx((-0.01, 0.01), rel=0.01)


def test_a_ratio_is_paired():
    replicas = np.linspace(0.01, 0.03, 101)
    found = ratio(point(20), point(10), replicas, replicas / 2)
    assert found == Estimate(2.0, (2.0, 2.0), (2.0, 2.0))
    unpaired = ratio(point(20), point(10), replicas, replicas[::-1] / 2)
    assert unpaired.interval68[1] - unpaired.interval68[0] > 2


def test_a_ratio_to_none_has_no_upper_end():
    zeros, some = np.zeros(100), np.full(100, 0.01)
    found = ratio(point(10), point(0), some, zeros)
    assert found.value == np.inf
    assert found.interval95[1] == np.inf
    # Of 10 false positives none is of the second model: its share of both is below p, so the ratio above (1 - p) / p.
    limit = upper_limit(10, 0.95)
    assert found.interval95[0] == pytest.approx((1 - limit) / limit)


def test_a_ratio_of_none_reaches_as_far_as_counting_allows():
    limit = upper_limit(10, 0.95)
    found = ratio(point(0), point(10), np.zeros(100), np.full(100, 0.01))
    assert found.value == 0
    assert found.interval95 == (0, pytest.approx(limit / (1 - limit)))


def test_none_over_none_may_be_anything():
    found = ratio(point(0), point(0), np.zeros(100), np.zeros(100))
    assert np.isnan(found.value)
    assert found.interval68 == found.interval95 == (0, np.inf)

"""Curves, areas and rates of events that one can count by hand, and of any others by counting pairs."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.evaluation.metrics import confusion, needed, roc, upper_limit

# From the highest score: + + - + + - - +  and five positives.
SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2], np.float32)
POSITIVE = np.array([1, 1, 0, 1, 1, 0, 0, 1], bool)


@st.composite
def samples(draw):
    """Events of both kinds, with scores that are often the same."""
    kinds = [True, False, *draw(st.lists(st.booleans(), max_size=30))]
    values = draw(st.lists(st.integers(0, 6), min_size=len(kinds), max_size=len(kinds)))
    order = draw(st.permutations(range(len(kinds))))
    return np.array(values, np.float64)[order], np.array(kinds)[order]


def pairs_in_order(scores, positive):
    """P(s+ > s-) + P(s+ = s-) / 2, pair by pair."""
    pairs = [(plus, minus) for plus in scores[positive] for minus in scores[~positive]]
    return float(sum(Fraction((plus > minus) * 2 + (plus == minus), 2) for plus, minus in pairs) / len(pairs))


def test_the_area_is_the_share_of_pairs_in_order():
    # The negatives stand below 2, 4 and 4 of the five positives: 10 of 15 pairs.
    assert roc(SCORES, POSITIVE).auc == pytest.approx(10 / 15, abs=1e-15)


def test_a_pair_of_one_score_counts_half():
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    # Two positives at 0.9 and 0.5, negatives at 0.5 and 0.1: three pairs in order, one tied.
    assert roc(scores, np.array([True, True, False, False])).auc == 3.5 / 4
    assert roc(np.ones(4), np.array([True, False, False, True])).auc == 0.5


@given(samples())
def test_the_area_is_that_of_mann_and_whitney(sample):
    assert roc(*sample).auc == pytest.approx(pairs_in_order(*sample), abs=1e-12)


@given(samples())
def test_the_area_depends_on_the_order_of_scores_alone(sample):
    scores, positive = sample
    assert roc(np.exp(3 * scores) - 7, positive).auc == roc(scores, positive).auc
    assert roc(-scores, positive).auc == pytest.approx(1 - roc(scores, positive).auc, abs=1e-12)


@given(samples())
def test_the_area_under_the_corners_is_the_area(sample):
    curve = roc(*sample)
    fpr, tpr = curve.corners()
    assert np.trapezoid(tpr, fpr) == pytest.approx(curve.auc, abs=1e-12)
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)


def test_corners_leave_out_what_lies_on_a_line():
    curve = roc(SCORES, POSITIVE)
    fpr, tpr = curve.corners()
    assert (fpr * 3).round(9).tolist() == [0, 0, 1, 1, 3, 3]
    assert (tpr * 5).round(9).tolist() == [0, 2, 2, 4, 4, 5]


def test_few_corners_still_show_the_first_false_positives():
    random = np.random.default_rng(1)
    positive = random.random(200_000) < 0.5
    curve = roc((random.normal(size=positive.size) + 3 * positive).astype(np.float32), positive)
    fpr, tpr = curve.corners(500)
    assert fpr.size <= 500
    assert np.isin([1, 2, 3, 4, 5], (fpr * curve.negatives).round()).all()
    assert (np.diff(fpr) >= 0).all()
    assert (np.diff(tpr) >= 0).all()
    assert np.trapezoid(tpr, fpr) == pytest.approx(curve.auc, abs=2e-4)


@pytest.mark.parametrize(
    ("target", "false", "reached", "threshold"),
    [(0.4, 0, 0.4, 0.8), (0.41, 1, 0.6, 0.6), (0.8, 1, 0.8, 0.5), (0.81, 3, 1, 0.2), (1, 3, 1, 0.2), (0, 0, 0.2, 0.9)],
)
def test_a_working_point_reaches_its_rate_with_the_highest_threshold(target, false, reached, threshold):
    point = roc(SCORES, POSITIVE).at(target)
    assert (point.false_positives, point.negatives) == (false, 3)
    assert point.fpr == false / 3
    assert point.tpr == pytest.approx(reached)
    assert point.threshold == pytest.approx(threshold)


def test_events_of_one_score_pass_together():
    # Half of the positives are above; the other half shares its score with all the negatives.
    scores, positive = np.array([0.9, 0.5, 0.5, 0.5]), np.array([True, True, False, False])
    assert roc(scores, positive).at(0.5).fpr == 0
    assert roc(scores, positive).at(0.6).fpr == 1


@given(samples(), st.floats(0.01, 1), st.floats(0.01, 1))
def test_more_true_positives_never_cost_fewer_false_ones(sample, one, other):
    curve = roc(*sample)
    low, high = curve.at(min(one, other)), curve.at(max(one, other))
    assert low.false_positives <= high.false_positives
    assert low.threshold >= high.threshold


@given(samples(), st.floats(0.01, 1))
def test_a_working_point_is_what_counting_finds(sample, target):
    scores, positive = sample
    point = roc(scores, positive).at(target)
    passing = [value for value in np.unique(scores) if (scores[positive] >= value).mean() >= target - 1e-12]
    assert point.threshold == max(passing)
    assert point.false_positives == (scores[~positive] >= point.threshold).sum()


def test_a_rate_of_whole_events_asks_for_no_more_than_those():
    assert 0.07 * 100 > 7
    hundreds = np.arange(1, 20_000)
    for percent in range(1, 101):
        assert (needed(percent / 100, 100 * hundreds) == percent * hundreds).all()


def test_none_of_three_hundred_is_at_most_one_percent():
    assert upper_limit(300, 0.95) == pytest.approx(3 / 300, rel=0.01)  # the rule of three
    assert (1 - upper_limit(7, 0.68)) ** 7 == pytest.approx(0.32)


def test_confusion_has_the_truth_in_its_rows():
    scores = np.array([[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.4, 0.2, 0.4]])
    found = confusion(scores, np.array([0, 0, 2, 2]))
    assert found.tolist() == [[1, 1, 0], [0, 0, 0], [1, 1, 0]]

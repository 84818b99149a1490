"""Do weighted events give what counting them several times gives, and do intervals hold what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.evaluation.bootstrap import rank, resample, weighted
from hepnb.evaluation.metrics import roc

from .test_metrics import samples

RATES = (0.5, 0.9, 0.99)


def two_classes(score):
    """Scores of a class 1 and of the other, ``(n, 2)``."""
    score = np.asarray(score, np.float32)
    return np.stack([1 - score, score], axis=1)


@given(samples(), st.integers(0, 2**32))
def test_a_weight_is_so_many_copies_of_an_event(sample, seed):
    scores, positive = sample
    weights = np.random.default_rng(seed).poisson(1, scores.size).astype(np.uint8)
    # One of each kind at least, otherwise there is nothing to compare with.
    weights[[np.argmax(positive), np.argmin(positive)]] += 1
    area, rates = weighted(rank(scores, positive), weights, RATES)
    copied = roc(np.repeat(scores, weights), np.repeat(positive, weights))
    assert area == pytest.approx(copied.auc, abs=1e-12)
    assert rates.tolist() == pytest.approx([copied.at(rate).fpr for rate in RATES], abs=1e-12)


def test_a_shared_score_is_cut_from_the_rows_around_it():
    # From the highest score: + + - (+ - -) - - +
    scores = np.array([9, 8, 7, 6, 6, 6, 5, 4, 3])
    positive = np.array([1, 1, 0, 1, 0, 0, 0, 0, 1], bool)
    ranking = rank(scores, positive)
    assert ranking.ends.tolist() == [1, 2, 3, 5, 7, 8]
    assert ranking.positive.tolist() == [True, False, True, False, False, True]
    assert ranking.tied.tolist() == [3]


def test_separated_events_make_two_rows():
    assert rank(np.linspace(0, 1, 100), np.arange(100) >= 40).ends.tolist() == [59, 99]


def test_replicas_without_events_of_a_kind_have_no_numbers():
    area, rates = weighted(rank(np.array([0.9, 0.1]), np.array([True, False])), np.array([0, 1], np.uint8), RATES)
    assert np.isnan([area, *rates]).all()
    area, rates = weighted(rank(np.array([0.9, 0.1]), np.array([True, False])), np.array([1, 0], np.uint8), RATES)
    assert np.isnan([area, *rates]).all()


def test_models_share_their_replicas():
    random = np.random.default_rng(1)
    labels = (random.random(500) < 0.5).astype(np.int32)
    score = np.clip(random.normal(0.4 + 0.2 * labels, 0.2), 0, 1)
    scores = {"one": two_classes(score), "same": two_classes(score), "other": two_classes(random.random(500))}
    moved = resample(scores, labels, rates=RATES, replicas=30, seed=5)
    for name in ("accuracy", "auc", "fpr"):
        assert np.array_equal(getattr(moved["one"], name), getattr(moved["same"], name))
        assert not np.array_equal(getattr(moved["one"], name), getattr(moved["other"], name))
    alone = resample({"one": scores["one"]}, labels, rates=RATES, replicas=30, seed=5)
    assert np.array_equal(alone["one"].fpr, moved["one"].fpr)
    other_seed = resample({"one": scores["one"]}, labels, rates=RATES, replicas=30, seed=6)
    assert not np.array_equal(other_seed["one"].fpr, moved["one"].fpr)


def test_the_spread_of_a_share_is_binomial():
    labels = np.repeat([0, 1], 2000).astype(np.int32)
    score = np.where(np.arange(4000) % 10 < 8, labels, 1 - labels).astype(np.float32)  # 80 % are right
    moved = resample({"model": two_classes(score)}, labels, rates=(0.5,), replicas=2000, seed=3)["model"]
    assert moved.accuracy.mean() == pytest.approx(0.8, abs=0.001)
    assert moved.accuracy.std() == pytest.approx(np.sqrt(0.8 * 0.2 / 4000), rel=0.05)
    # Half of the true positives pass with the two of ten negatives that look the same.
    assert moved.fpr[:, 1, 0].mean() == pytest.approx(0.2, abs=0.001)
    assert moved.fpr[:, 1, 0].std() == pytest.approx(np.sqrt(0.8 * 0.2 / 2000), rel=0.05)


def test_progress_counts_replicas():
    told = []
    scores = {"model": two_classes([0.1, 0.9, 0.2])}
    resample(
        scores, np.array([0, 1, 0]), rates=RATES, replicas=3, seed=1, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]

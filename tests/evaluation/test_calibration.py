import numpy as np
import pytest

from hepnb.evaluation.calibration import brier, calibration_error, reliability

THIRDS = np.full((6, 3), 1 / 3)


def test_reliability_compares_what_was_said_with_what_was_found():
    said = np.array([0.1, 0.3, 0.9, 0.7, 0.7])
    found = reliability(said, np.array([False, True, True, True, False]), bins=2)
    assert found.events.tolist() == [2, 3]
    assert found.predicted.tolist() == pytest.approx([0.2, 2.3 / 3])
    assert found.found.tolist() == pytest.approx([0.5, 2 / 3])
    assert found.error == pytest.approx((2 * 0.3 + 3 * 0.1) / 5)


def test_bins_without_events_count_nothing_and_certainty_has_its_bin():
    found = reliability(np.array([0.0, 1.0]), np.array([False, True]), bins=4)
    assert found.events.tolist() == [1, 0, 0, 1]
    assert found.error == 0


def test_the_error_is_that_of_the_class_that_scores_highest():
    scores = np.array([[0.8, 0.2, 0.0], [0.8, 0.1, 0.1], [0.8, 0.0, 0.2], [0.8, 0.1, 0.1]])
    assert calibration_error(scores, np.array([0, 0, 0, 1])) == pytest.approx(0.05)
    assert calibration_error(scores, np.array([1, 1, 2, 0])) == pytest.approx(0.55)


def test_the_brier_score_is_0_for_an_oracle_2_for_a_liar_and_two_thirds_for_a_shrug():
    labels = np.array([0, 1, 2, 0, 1, 2])
    assert brier(np.eye(3)[labels], labels) == 0
    assert brier(np.eye(3)[(labels + 1) % 3], labels) == 2
    assert brier(THIRDS, labels) == pytest.approx(2 / 3)
    assert brier(THIRDS.astype(np.float32), labels.astype(np.int32)) == pytest.approx(2 / 3)

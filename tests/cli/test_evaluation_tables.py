from math import inf, nan

import pytest

from hepnb.cli import evaluation_tables as tables
from hepnb.evaluation.comparison import evaluate
from hepnb.evaluation.estimates import Estimate
from tests.evaluation.predictions import gaussian


def estimate(value, low, high):
    return Estimate(value, (low, high), (low, high))


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (estimate(0.0123, 0.0117, 0.013), "1.23 (1.17–1.30)"),
        (estimate(0.9596, 0.9594, 0.9598), "95.960 (95.940–95.980)"),
        (estimate(0.5, 0.1, 0.9), "50.0 (10.0–90.0)"),
    ],
)
def test_a_share_has_the_digits_that_its_interval_is_worth(found, text):
    assert tables._percent(found) == text


def test_an_area_has_four_digits_and_more_where_they_are_known():
    assert tables._area(estimate(0.9956, 0.9944, 0.9968)) == "0.9956 ± 0.0012"
    assert tables._area(estimate(0.99564, 0.99562, 0.99566)) == "0.995640 ± 0.000020"
    assert tables._area(estimate(1.0, 0.998, 1.0)) == "> 0.9980"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (estimate(3.2, 2.9, 3.6), "3.20 (2.90–3.60)"),
        (estimate(inf, 4.5, inf), "∞ (4.50–∞)"),
        (estimate(nan, 0, inf), "? (0.00–∞)"),
    ],
)
def test_a_ratio_without_end_says_so(found, text):
    assert tables._ratio(found) == text


def test_one_model_is_compared_with_nothing(capsys):
    evaluation = evaluate({"alone": gaussian(60, distance=2.0)}, replicas=40)
    tables.print_models(evaluation, parameters={"alone": 12353})
    before = capsys.readouterr().out
    tables.print_comparisons(evaluation)
    assert "12\u00a0353" in before
    assert capsys.readouterr().out == ""

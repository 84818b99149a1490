import numpy as np
import pytest

from hepnb.errors import InputError
from hepnb.evaluation.comparison import RATES, evaluate
from hepnb.events import Process

from .predictions import gaussian, predictions

# Two events of each process; the last one is mistaken for QCD.
LABELS = [0, 0, 1, 1, 2, 2]
SCORES = [[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8], [0.75, 0.0, 0.25]]


def test_six_events_give_the_numbers_that_one_counts():
    found = evaluate({"hlf": predictions(SCORES, LABELS)}, replicas=50)
    assert found.events == dict.fromkeys(Process, 2)
    (model,) = found.models
    assert (model.name, model.seconds) == ("hlf", 0.5)
    assert model.accuracy.value == pytest.approx(5 / 6)
    assert model.confusion.tolist() == [[2, 0, 0], [0, 2, 0], [1, 0, 1]]
    qcd, ttbar, wjets = model.classes
    assert [one.process for one in model.classes] == list(Process)
    # Of 8 pairs, the mistaken one stands above one QCD event.
    assert [one.auc.value for one in model.classes] == pytest.approx([7 / 8, 1, 1])
    assert [operation.fpr.value for operation in qcd.operations] == [1 / 4] * 3
    assert [operation.point.target for operation in ttbar.operations] == list(RATES)
    assert wjets.reliability.events.sum() == 6
    assert found.comparisons == ()


def test_a_perfect_model_has_limits_and_no_zero_plus_minus_zero():
    (model,) = evaluate({"oracle": predictions(np.eye(3)[LABELS], LABELS)}, replicas=50).models
    fpr = model.classes[0].operations[-1].fpr
    assert (fpr.value, fpr.interval95) == (0, (0, pytest.approx(1 - 0.05 ** (1 / 4))))
    auc = model.classes[0].auc
    assert (auc.value, auc.interval95) == (1, (pytest.approx(0.05 ** (1 / 2)), 1))
    assert model.accuracy.interval95 == (pytest.approx(0.05 ** (1 / 6)), 1)


def test_intervals_of_two_models_are_paired():
    better, worse = gaussian(6000, distance=3.0), gaussian(6000, distance=3.0, blur=0.3)
    found = evaluate({"gru": worse, "pfn-hlf": better}, replicas=200)
    (comparison,) = found.comparisons
    assert (comparison.first, comparison.second) == ("gru", "pfn-hlf")
    gru, pfn = found.models
    for one, of_gru, of_pfn in zip(comparison.classes, gru.classes, pfn.classes, strict=True):
        assert one.auc_difference.value == of_gru.auc.value - of_pfn.auc.value
        low, high = one.auc_difference.interval95
        unpaired = np.hypot(*(np.subtract(*reversed(auc.interval95)) for auc in (of_gru.auc, of_pfn.auc)))
        assert high - low < 0.7 * unpaired
        assert high < 0
        for ratio, a, b in zip(one.fpr_ratios, of_gru.operations, of_pfn.operations, strict=True):
            assert ratio.value == a.point.false_positives / b.point.false_positives
            relative = [np.log(fpr.interval68[1] / fpr.interval68[0]) for fpr in (a.fpr, b.fpr)]
            assert np.log(ratio.interval68[1] / ratio.interval68[0]) < np.hypot(*relative)


def test_one_seed_gives_one_result():
    models = {"one": gaussian(300, distance=1.0)}
    first, again, other = (evaluate(models, replicas=40, seed=seed) for seed in (7, 7, 8))
    assert first.models[0].accuracy == again.models[0].accuracy != other.models[0].accuracy


@pytest.mark.parametrize("other", [{"event_ids": np.arange(6) + 1}, {"labels": LABELS[::-1]}])
def test_models_on_different_events_are_not_compared(other):
    models = {"a": predictions(SCORES, LABELS), "b": predictions(**({"scores": SCORES, "labels": LABELS} | other))}
    with pytest.raises(InputError, match=r"^Runs 'a' and 'b' have predictions for different events, .*same ones only"):
        evaluate(models)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.1, 1.1, 0.5])
def test_what_is_no_probability_is_refused(wrong):
    scores = np.array(SCORES)
    scores[2, 2] = wrong
    with pytest.raises(InputError, match="The scores of run 'a' are no probabilities"):
        evaluate({"a": predictions(scores, LABELS)})


def test_scores_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"Run 'a' has scores of shape \(6, 2\) for 6 events of 3 processes"):
        evaluate({"a": predictions(np.array(SCORES)[:, :2], LABELS)})


def test_a_process_without_events_is_named():
    with pytest.raises(InputError, match="There is no event of wjets among these 4"):
        evaluate({"a": predictions(SCORES[:4], LABELS[:4])})


def test_one_event_of_each_process_is_enough():
    (model,) = evaluate({"a": predictions(SCORES[::2], LABELS[::2])}, replicas=40).models
    assert model.accuracy.value == 1

"""Does a search find the best of its trials, and train none twice?"""

import json
import math

import pytest

from hepnb.classifiers import search as module
from hepnb.classifiers.catalogue import find_classifier
from hepnb.classifiers.run import open_run
from hepnb.classifiers.search import Outcome, Trial, search
from hepnb.errors import InputError, OutputError
from hepnb.runners.local import InProcess
from hepnb.runners.runner import Silent
from hepnb.spark.runner import SparkRunner

pytestmark = pytest.mark.usefixtures("keras_here")


def searched(features, output, *, runner=None, **options) -> list[Outcome]:
    return search("hlf", features, output, epochs=2, runner=runner or InProcess(), progress=Silent(), **options)


def test_the_best_run_is_kept_and_none_is_trained_twice(features, tmp_path, monkeypatch):
    outcomes = searched(features, tmp_path / "search", trials=3)
    losses = [outcome.validation_loss for outcome in outcomes]
    assert losses == sorted(losses)
    assert open_run(tmp_path / "search" / "best").content["configuration"]["learning_rate"] == (
        outcomes[0].trial.learning_rate
    )
    table = json.loads((tmp_path / "search" / "trials.json").read_text())
    assert [row["validation_loss"] for row in table] == losses
    monkeypatch.setattr(module, "train", None)
    assert searched(features, tmp_path / "search", trials=3) == outcomes


def test_spark_finds_the_same(spark, features, tmp_path):
    wanted = searched(features, tmp_path / "here", trials=2)
    found = searched(features, tmp_path / "spark", trials=2, runner=SparkRunner(spark), threads=1)
    assert [outcome.trial for outcome in found] == [outcome.trial for outcome in wanted]
    losses = [[outcome.validation_loss for outcome in outcomes] for outcomes in (found, wanted)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)  # sums in another order, on another number of cores
    assert open_run(tmp_path / "spark" / "best").path.exists()


def test_an_interrupted_search_goes_on(features, tmp_path, monkeypatch):
    done = []

    def counted(*arguments, **options):
        done.append(options["learning_rate"])
        if len(done) == 2:
            raise KeyboardInterrupt
        return train(*arguments, **options)

    train = module.train
    monkeypatch.setattr(module, "train", counted)
    with pytest.raises(KeyboardInterrupt):
        searched(features, tmp_path / "search", trials=3)
    assert len(searched(features, tmp_path / "search", trials=3)) == 3
    assert len(done) == 4  # the one that was interrupted began again, and the first did not


def test_a_trial_that_fails_is_the_last_in_the_table(features, tmp_path, monkeypatch):
    monkeypatch.setitem(module._SPACES, "random", lambda *_: [Trial(1e38, 64, None, None), Trial(1e-3, 64, None, None)])
    good, bad = searched(features, tmp_path / "search")
    assert good.validation_loss < bad.validation_loss == math.inf
    assert "no number any more" in bad.error
    assert json.loads((tmp_path / "search" / "trials.json").read_text())[1]["validation_loss"] is None


def test_a_search_in_which_all_fail_says_why(features, tmp_path, monkeypatch):
    monkeypatch.setitem(module._SPACES, "random", lambda *_: [Trial(1e38, 64, None, None)])
    with pytest.raises(InputError, match=r"Every trial failed.*no number any more"):
        searched(features, tmp_path / "search")


def test_settings_follow_from_the_seed_and_begin_the_same_however_many():
    network = find_classifier("pfn-hlf")
    ten = module._random(network, 10**6, 1, 10)
    assert module._random(network, 10**6, 1, 4) == ten[:4]
    assert module._random(network, 10**6, 2, 10) != ten
    assert all(1e-3 / 3 * 0.99 < trial.learning_rate < 1e-2 * 1.01 for trial in ten)
    assert {trial.batch_size for trial in module._random(network, 100, 1, 50)} == {64}


def test_a_grid_has_all_combinations():
    trials = module._grid(find_classifier("pfn-hlf"), 10**6, 0, 100)
    assert len(set(trials)) == len(trials) == 3 * 2 * 3  # widths, batch sizes, learning rates
    assert len(module._grid(find_classifier("trees"), 10**6, 0, 100)) == 3


def test_a_search_of_something_else_is_not_continued(features, tmp_path):
    searched(features, tmp_path / "search", trials=1)
    with pytest.raises(InputError, match="a search of another classifier or of other features"):
        search("trees", features, tmp_path / "search", runner=InProcess(), progress=Silent())
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(OutputError, match="holds no search"):
        searched(features, tmp_path)

"""Does a run say the same of events, however their features were scaled?"""

from dataclasses import replace

import numpy as np
import pytest

from hepnb.classifiers.run import open_run
from hepnb.classifiers.training import train
from hepnb.errors import FormatError, InputError, MissingInputError
from hepnb.features.scaling import HLF_CURVES, PARTICLE_CURVES, Scaling
from tests.classifiers.synthetic import make_folder

pytestmark = pytest.mark.usefixtures("keras_here")

CENTER, WIDTH = 0.5, 2.0


@pytest.fixture(scope="module")
def trained(features, tmp_path_factory):
    """A run of trees, one of an inclusive network and one of high-level features."""
    folder = tmp_path_factory.mktemp("runs")
    for name, epochs in (("trees", 10), ("pfn-hlf", 10), ("hlf", 1)):
        train(name, features, folder / name, epochs=epochs, batch_size=20)
    return folder


def rescaled(path):
    """The same events, scaled with constants of no meaning."""
    other = {
        "hlf_scaling": Scaling(HLF_CURVES, (CENTER,) * 14, (WIDTH,) * 14),
        "particle_scaling": Scaling(PARTICLE_CURVES, (CENTER,) * 13 + (0.0,) * 6, (WIDTH,) * 13 + (1.0,) * 6),
    }
    sizes = {"train": 300, "validation": 100, "test": 150}
    return make_folder(path, events=sizes, shards=3, **other)


@pytest.mark.parametrize("name", ["trees", "pfn-hlf"])
def test_predictions_come_in_the_order_of_the_files(name, trained, features):
    found = open_run(trained / name).predict(features, "test")
    assert found.event_ids.tolist() == list(range(400, 550))
    assert found.scores.dtype == np.float32
    assert found.scores.shape == (150, 3)
    assert found.scores.sum(axis=1) == pytest.approx(np.ones(150), abs=1e-5)
    assert (found.scores.argmax(axis=1) == found.labels).mean() > 0.6
    assert found.seconds > 0


@pytest.mark.parametrize("name", ["trees", "pfn-hlf", "hlf"])
def test_features_of_another_scaling_give_the_same_predictions(name, trained, features, tmp_path):
    run = open_run(trained / name)
    wanted = run.predict(features, "test")
    found = run.predict(rescaled(tmp_path), "test")
    assert found.labels.tolist() == wanted.labels.tolist()
    if name == "trees":  # a feature that lies on a border may fall on either side of it
        assert (np.abs(found.scores - wanted.scores).max(axis=1) < 1e-4).mean() > 0.95
    else:
        assert found.scores == pytest.approx(wanted.scores, abs=1e-4)


def test_particles_scaled_event_by_event_do_not_fit_a_run_with_constants(trained, features):
    with pytest.raises(InputError, match="are not scaled in the same way"):
        open_run(trained / "pfn-hlf").predict(replace(features, particle_scaling=None), "test")
    open_run(trained / "hlf").predict(replace(features, particle_scaling=None), "test")


def test_what_is_no_run_is_told(tmp_path):
    with pytest.raises(MissingInputError, match=r"is no run: it has no run\.json"):
        open_run(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(FormatError, match=r"run\.json is damaged"):
        open_run(tmp_path)


def test_trees_are_repeatable_and_stop_when_nothing_gets_better(features, tmp_path):
    result = train("trees", features, tmp_path / "run", epochs=500, learning_rate=1.0)
    assert result.best_epoch < result.epochs < 500
    again = train("trees", features, tmp_path / "again", epochs=500, learning_rate=1.0)
    assert (tmp_path / "run" / "model.json").read_bytes() == (tmp_path / "again" / "model.json").read_bytes()
    assert again.validation_loss == result.validation_loss


def test_trees_know_neither_resuming_nor_workers(features, tmp_path):
    with pytest.raises(InputError, match="cannot be resumed: train them anew with --overwrite"):
        train("trees", features, tmp_path / "run", resume=True)
    with pytest.raises(InputError, match="leave --workers out"):
        train("trees", features, tmp_path / "run", workers=2)
    with pytest.raises(InputError, match="XGBoost finds no GPU"):
        train("trees", features, tmp_path / "run", device="gpu")

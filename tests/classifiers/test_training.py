"""Does the same seed give the same classifier, whatever happens on the way?"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hepnb.classifiers import fitting, run_folder
from hepnb.classifiers.checkpoint import CHECKPOINT, Checkpoint, Epoch, best_of, load_checkpoint
from hepnb.classifiers.run import open_run
from hepnb.classifiers.training import train
from hepnb.errors import FormatError, InputError, OutputError
from hepnb.features.folder import FeatureFolder
from tests.classifiers.synthetic import make_folder
from tests.cli.running import left_behind

pytestmark = pytest.mark.usefixtures("keras_here")


def digests(run: Path) -> list[str]:
    return [epoch["digest"] for epoch in json.loads((run / "history.json").read_text())]


def content(run: Path, name: str = "run.json") -> dict:
    return json.loads((run / name).read_text())


class InterruptingError(Exception):
    """Stands for a power cut."""


def interrupted(features: FeatureFolder, run: Path, *, after: int, monkeypatch, name: str, **options) -> None:
    """Train, and stop after some epochs."""
    save = Checkpoint.save

    def saved_and_stopped(self: Checkpoint, folder: Path) -> None:
        save(self, folder)
        if len(self.epochs) == after:
            raise InterruptingError

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", saved_and_stopped)
        with pytest.raises(InterruptingError):
            train(name, features, run, **options)


@pytest.mark.parametrize("name", ["hlf", "inclusive"])
def test_a_resumed_run_is_the_same_bit_for_bit(name, features, tmp_path, monkeypatch):
    options = {"epochs": 2, "batch_size": 64, "seed": 5}
    train(name, features, tmp_path / "whole", **options)
    interrupted(features, tmp_path / "halves", after=1, monkeypatch=monkeypatch, name=name, **options)
    assert sorted(path.name for path in (tmp_path / "halves").iterdir()) == [CHECKPOINT, "run.json"]
    assert content(tmp_path / "halves")["state"] == "training"
    train(name, features, tmp_path / "halves", resume=True, **options)
    assert digests(tmp_path / "halves") == digests(tmp_path / "whole")
    assert len(set(digests(tmp_path / "whole"))) == 2


def test_another_seed_gives_another_classifier(features, tmp_path):
    for seed in (1, 2):
        train("hlf", features, tmp_path / str(seed), epochs=1, seed=seed)
    assert digests(tmp_path / "1") != digests(tmp_path / "2")


@pytest.mark.parametrize(("name", "least"), [("hlf", 0.6), ("particles", 0.8), ("pfn-hlf", 0.9)])
def test_classes_that_differ_are_told_apart(name, least, features, tmp_path):
    result = train(name, features, tmp_path / "run", epochs=12, batch_size=20, learning_rate=5e-3)
    assert result.validation_accuracy > least
    assert result.validation_loss < np.log(3)


def test_the_model_has_the_weights_of_the_best_epoch(features, tmp_path):
    import keras

    from hepnb.classifiers.models import NETWORK

    result = train("hlf", features, tmp_path / "run", epochs=12, batch_size=20, learning_rate=0.2)
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    losses = [epoch["validation_loss"] for epoch in history]
    assert result.best_epoch == 1 + int(np.argmin(losses)) < 12
    network = keras.saving.load_model(tmp_path / "run" / "model.keras").get_layer(NETWORK)
    assert fitting._digest(network.get_weights()) == history[result.best_epoch - 1]["digest"]


def test_a_run_says_what_it_was_made_of(features, tmp_path):
    result = train("hlf", features, tmp_path / "run", epochs=1)
    said = content(tmp_path / "run")
    assert said["state"] == "finished"
    assert said["configuration"]["epochs"] == 1
    assert said["features"]["events"] == {"train": 300, "validation": 100}
    assert tuple(said["features"]["hlf_scaling"]["center"]) == features.hlf_scaling.center
    assert {"hepnb", "keras", "numpy", "python"} <= said["versions"].keys()
    assert result.parameters == said["parameters"] == 2013
    assert content(tmp_path / "run", "metrics.json")["validation_loss"] == result.validation_loss
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "history.json",
        "metrics.json",
        "model.keras",
        "run.json",
        "summary.json",
    ]


def test_a_run_that_exists_is_kept_unless_it_is_to_be_replaced(features, tmp_path):
    train("hlf", features, tmp_path / "run", epochs=1)
    with pytest.raises(OutputError, match=r"holds a run already.*--resume.*--overwrite"):
        train("hlf", features, tmp_path / "run", epochs=1)
    with pytest.raises(InputError, match="is complete: there is nothing to resume"):
        train("hlf", features, tmp_path / "run", epochs=1, resume=True)
    train("hlf", features, tmp_path / "run", epochs=2, overwrite=True)
    assert len(digests(tmp_path / "run")) == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    with pytest.raises(OutputError, match="is not empty and holds no run"):
        train("hlf", features, tmp_path / "other", overwrite=True)


def test_a_run_is_replaced_only_by_one_that_learns(features, tmp_path, monkeypatch):
    output = tmp_path / "run"
    train("hlf", features, output, epochs=1)
    before = digests(output)
    with pytest.raises(InputError, match="XGBoost finds no GPU"):
        train("trees", features, output, device="gpu", overwrite=True)
    assert digests(output) == before
    # A process that was killed before its first epoch was over could not clean up.
    with monkeypatch.context() as patch:
        patch.setattr(run_folder, "abandon", lambda _: None)
        patch.setattr(fitting, "_epoch", None)
        with pytest.raises(TypeError):
            train("hlf", features, output, epochs=1, overwrite=True)
    with pytest.raises(InputError, match="no number any more"):
        train("hlf", features, output, learning_rate=1e38, overwrite=True)
    assert digests(output) == before
    interrupted(features, output, after=1, monkeypatch=monkeypatch, name="hlf", epochs=2, seed=2, overwrite=True)
    assert left_behind(tmp_path) == ["run"]
    assert content(output)["state"] == "training"
    train("hlf", features, output, epochs=2, overwrite=True)
    assert left_behind(tmp_path) == ["run"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 6}, "its seed was 5, and now it is 6"),
        ({"batch_size": 32}, "its batch size was 64, and now it is 32"),
        ({"name": "pfn"}, "its classifier was hlf, and now it is pfn"),
        ({"features": 1}, "with other features"),
    ],
)
def test_a_run_is_not_resumed_as_another_one(change, said, features, tmp_path, monkeypatch):
    options = {"name": "hlf", "epochs": 2, "batch_size": 64, "seed": 5}
    interrupted(features, tmp_path / "run", after=1, monkeypatch=monkeypatch, **options)
    other = make_folder(tmp_path / "other", events=100) if change.pop("features", None) else features
    changed = {**options, **change}
    with pytest.raises(InputError, match=said):
        train(changed.pop("name"), other, tmp_path / "run", resume=True, **changed)


def test_features_that_moved_are_the_same(features, tmp_path, monkeypatch):
    interrupted(features, tmp_path / "run", after=1, monkeypatch=monkeypatch, name="hlf", epochs=2)
    shutil.copytree(features.path, tmp_path / "moved")
    train("hlf", replace(features, path=tmp_path / "moved"), tmp_path / "run", epochs=2, resume=True)


def test_a_training_that_learned_nothing_leaves_nothing(features, tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "_epoch", None)
    with pytest.raises(TypeError):
        train("hlf", features, tmp_path / "run", epochs=1)
    assert not (tmp_path / "run").exists()


def test_a_class_without_events_is_named(tmp_path):
    folder = make_folder(tmp_path / "features", events=60, classes=(0, 2))
    with pytest.raises(InputError, match="no event of the process 'ttbar' in its split 'train'"):
        train("hlf", folder, tmp_path / "run", batch_size=10)


def test_a_run_inside_its_features_is_refused(features):
    with pytest.raises(InputError, match="lies inside the features"):
        train("hlf", features, features.path / "run")
    assert not (features.path / "run").exists()


def test_a_loss_that_is_no_number_is_told(features, tmp_path):
    with pytest.raises(InputError, match="no number any more in epoch 1: choose a smaller --learning-rate"):
        train("hlf", features, tmp_path / "run", learning_rate=1e38)


def test_a_gpu_that_is_not_there_is_told(features, tmp_path):
    with pytest.raises(InputError, match="finds no GPU on this machine: choose --device cpu or auto"):
        train("hlf", features, tmp_path / "run", device="gpu")
    assert not (tmp_path / "run").exists()


def test_a_damaged_checkpoint_is_told(features, tmp_path, monkeypatch):
    interrupted(features, tmp_path / "run", after=1, monkeypatch=monkeypatch, name="hlf", epochs=2)
    path = tmp_path / "run" / CHECKPOINT
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(FormatError, match=r"checkpoint\.npz is damaged"):
        train("hlf", features, tmp_path / "run", epochs=2, resume=True)


def test_a_checkpoint_is_read_as_it_was_written(tmp_path):
    epochs = tuple(Epoch(number, 1.0, 0.5, loss, 0.5, 1.0, 0.1, "") for number, loss in ((1, 0.3), (2, 0.2), (3, 0.4)))
    arrays = [np.arange(3, dtype=np.int64), np.float32(2.5), np.eye(2, dtype=np.uint32)]
    Checkpoint(epochs, arrays, arrays[:1]).save(tmp_path)
    found = load_checkpoint(tmp_path)
    assert found.epochs == epochs
    assert [(one.dtype, one.tolist()) for one in found.variables] == [(np.asarray(a).dtype, a.tolist()) for a in arrays]
    assert len(found.best) == 1
    assert best_of(epochs).number == 2
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]


def test_an_unfinished_run_is_not_opened(features, tmp_path, monkeypatch):
    interrupted(features, tmp_path / "run", after=1, monkeypatch=monkeypatch, name="hlf", epochs=2)
    with pytest.raises(InputError, match="is not finished: continue it"):
        open_run(tmp_path / "run")
    assert (tmp_path / "run" / run_folder.RUN).exists()


OTHER_BACKEND = """
import sys, json
from pathlib import Path
from hepnb.classifiers.run import open_run
from hepnb.classifiers.training import train
from hepnb.errors import InputError
from hepnb.features.folder import open_folder
folder, run = open_folder(Path(sys.argv[1])), Path(sys.argv[2])
for name in ("a", "b"):
    train("pfn-hlf", folder, run / name, epochs=2, batch_size=60, seed=5)
scores = open_run(Path(sys.argv[3])).predict(folder, "test").scores.tolist()
try:
    train("pfn-hlf", folder, Path(sys.argv[2]) / "c", workers=2)
except InputError as error:
    sentence = str(error)
Path(sys.argv[4]).write_text(json.dumps({"scores": scores, "sentence": sentence}))
"""


def test_jax_trains_repeatably_and_says_the_same_of_a_network(features, tmp_path):
    train("pfn-hlf", features, tmp_path / "here", epochs=2, batch_size=60, seed=5)
    arguments = [features.path, tmp_path / "jax", tmp_path / "here", tmp_path / "answer.json"]
    subprocess.run(
        [sys.executable, "-c", OTHER_BACKEND, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        check=True,
        timeout=200,
    )
    answer = content(tmp_path, "answer.json")
    assert digests(tmp_path / "jax" / "a") == digests(tmp_path / "jax" / "b")
    scores = open_run(tmp_path / "here").predict(features, "test").scores
    assert np.array(answer["scores"]) == pytest.approx(scores, abs=1e-5)
    assert "KERAS_BACKEND=jax trains in one process" in answer["sentence"]
    losses = [content(run, "metrics.json")["validation_loss"] for run in (tmp_path / "here", tmp_path / "jax" / "a")]
    assert losses[0] == pytest.approx(losses[1], abs=0.15)  # the weights they begin with differ

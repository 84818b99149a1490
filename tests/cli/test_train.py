"""What ``hepnb train`` and ``hepnb search`` say and leave behind."""

import json
import os
import signal
import subprocess

import pytest

from hepnb.classifiers.checkpoint import CHECKPOINT
from hepnb.classifiers.run import open_run
from tests.classifiers.synthetic import make_folder
from tests.cli.running import COMMAND, called, hepnb, refused, sentence
from tests.waiting import until


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    path = tmp_path_factory.mktemp("features")
    make_folder(path, events={"train": 200, "validation": 60, "test": 60})
    return path


def test_a_trained_classifier_can_be_opened(features, tmp_path):
    result = hepnb("train", "trees", "--features", features, "--output", tmp_path / "run", "--epochs", 20, "--json")
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert said["classifier"] == "trees"
    assert open_run(tmp_path / "run").content["seconds"] == said["seconds"]


def test_an_interrupted_network_is_resumed_and_stderr_has_its_epochs_alone(features, tmp_path):
    arguments = ["train", "hlf", "--features", features, "--output", tmp_path / "run", "--epochs", 3000]
    process = subprocess.Popen([*COMMAND, *map(str, arguments)], stderr=subprocess.PIPE, text=True)
    until((tmp_path / "run" / CHECKPOINT).exists, within=120, what="a checkpoint")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    *_, how, end = [line for line in said.splitlines() if line]
    assert how.endswith("holds what was learned so far: go on with the same command and --resume.")
    assert end.startswith("hepnb: interrupted")
    assert said.startswith("Epoch 1 of 3000")
    assert "oneDNN" not in said
    assert "absl" not in said


def test_what_cannot_be_is_one_sentence(features, tmp_path):
    nothing, another = tmp_path / "nothing", tmp_path / "another"
    nothing.mkdir()
    another.mkdir()
    (another / "features.json").write_text('{"format": 99}')
    wanted = [
        (["train", "pfn_hlf"], features, "There is no classifier 'pfn_hlf': the nearest are 'pfn-hlf'"),
        (["search", "tree"], features, "There is no classifier 'tree': the nearest is 'trees'"),
        (
            ["train", "hlf", "--batch-size", 512],
            features,
            "200 events in its split 'train', fewer than one batch of 512",
        ),
        (["train", "hlf", "--workers", 3], features, "128 events cannot be split evenly among 3 workers"),
        (["train", "hlf", "--resume", "--overwrite"], features, "choose one of them"),
        (["train", "trees", "--workers", 2], features, "leave --workers out"),
        (["train", "hlf"], nothing, "is no folder of features: it has no features.json"),
        (["search", "hlf"], nothing, "is no folder of features: it has no features.json"),
        (["train", "hlf"], another, "holds features of format 99"),
        (["train", "hlf", "--output", features / "run"], features, "lies inside the features"),
    ]
    output = ["--output", tmp_path / "run"]
    results = refused([[*command, "--features", folder, *output, *command[2:]] for command, folder, _ in wanted])
    for result, (_, _, said) in zip(results, wanted, strict=True):
        assert result.returncode == 1
        assert said in sentence(result)
    assert not (tmp_path / "run").exists()
    assert not (features / "run").exists()


def test_jax_and_workers_do_not_go_together(features, tmp_path):
    arguments = ["train", "hlf", "--features", features, "--output", tmp_path / "run", "--workers", "2"]
    result = hepnb(*arguments, environment={**os.environ, "KERAS_BACKEND": "jax"})
    assert "KERAS_BACKEND=jax trains in one process" in sentence(result)


def test_the_help_recommends_one():
    result = called("train", "--help")
    assert [line for line in result.stdout.splitlines() if "pfn-hlf" in line and "recommended" in line]


def test_a_search_prints_its_trials(features, tmp_path):
    result = hepnb(
        *("search", "trees", "--features", features, "--output", tmp_path / "search"),
        *("--trials", 2, "--epochs", 5, "--json"),
    )
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert len(said["trials"]) == 2
    assert (tmp_path / "search" / "best" / "model.json").exists()

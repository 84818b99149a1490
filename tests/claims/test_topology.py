"""What the topology classifier promises on Pythia's collisions: ten minutes on two cores, so run by ``make claims``.

2,500 collisions of each class with six others in each are enough to learn from; 4,000 others tell who is better.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import COMMAND

BUILD = Path(__file__).parents[2] / "build" / "claims"
"""Kept, so that a second run takes minutes; ``make clean`` removes it."""

MODELS = ("hlf", "particles", "inclusive", "pfn-hlf")
PROCESSES = ("qcd", "ttbar", "wjets")


def made(output: Path, *command: object) -> Path:
    """The folder that a command makes, if it was not made before."""
    if not output.exists():
        subprocess.run([*COMMAND, *map(str, command), "--output", str(output)], check=True, stdout=sys.stderr)
    return output


def features(name: str, *, events: int, seed: int) -> Path:
    options = ("--engine", "pythia", "--pileup", 6, "--workers", 2)
    collisions = made(BUILD / name, "generate", "topology", "--events-per-class", events, "--seed", seed, *options)
    inputs = (word for process in PROCESSES for word in (f"--{process}", collisions / f"{process}.root"))
    return made(BUILD / f"{name}-features", "features", *inputs)


@pytest.fixture(scope="module")
def found() -> dict[str, dict]:
    """What the evaluation says, on collisions that have nothing to do with those for training."""
    to_learn_from = features("learn", events=2500, seed=1)
    to_judge_by = features("judge", events=4000, seed=2)
    runs = [made(BUILD / model, "train", model, "--features", to_learn_from, "--seed", 1) for model in MODELS]
    judged = BUILD / "comparison"
    command = ("evaluate", *runs, "--features", to_judge_by, "--split", "train", "--overwrite", "--output", judged)
    subprocess.run([*COMMAND, *map(str, command)], check=True, stdout=sys.stderr)
    return json.loads((judged / "summary.json").read_text())


def areas(found: dict, model: str) -> np.ndarray:
    return np.array([found["runs"][model]["classes"][process]["auc"]["value"] for process in PROCESSES])


def test_high_level_features_alone_are_as_good_as_published(found):
    assert (areas(found, "hlf") >= 0.975).all()


def test_particles_add_to_the_high_level_features(found):
    assert (areas(found, "inclusive") >= areas(found, "hlf")).all()


def test_the_recommended_network_is_the_best(found):
    best = areas(found, "pfn-hlf")
    assert all((best > areas(found, model)).all() for model in MODELS if model != "pfn-hlf")


def test_where_triggers_work_it_has_less_than_half_of_the_false_positives_of_the_recurrent_network(found):
    (pair,) = (one for one in found["comparisons"] if (one["run"], one["against"]) == ("particles", "pfn-hlf"))
    ratios = [pair["classes"][process]["fpr_ratio_at_tpr"]["99"] for process in PROCESSES]
    assert all(ratio["value"] >= 2 for ratio in ratios)
    assert all(ratio["interval95"][0] > 1 for ratio in ratios)

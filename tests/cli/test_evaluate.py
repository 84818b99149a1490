"""The command on runs whose quality is known, because nobody trained them."""

import csv
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli import fake_runs
from tests.cli.fake_runs import make_features, make_run
from tests.cli.running import called, left_behind, sentence

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from hepnb.cli import main
from tests.cli import fake_runs

sys.modules[fake_runs.DOOR] = fake_runs.door()
main()
"""
COMMAND = [sys.executable, "-c", SCRIPT]
PICTURES = ["calibration.png", "confusion.png", "history.png", "roc.png", "scores.png"]


def evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    """In a process of its own, where the fake runs stand behind the door of the real ones."""
    command = [*COMMAND, "evaluate", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=240, check=False)


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in the process of the tests, until the test ends."""
    monkeypatch.setitem(sys.modules, fake_runs.DOOR, fake_runs.door())


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Splits of 3000 events each."""
    return make_features(tmp_path_factory.mktemp("features") / "features", [0, 1, 2] * 1000)


@pytest.fixture(scope="module")
def result(features: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    folder = tmp_path_factory.mktemp("result")
    runs = [make_run(folder / "gru", blur=0.5), make_run(folder / "pfn-hlf")]
    done = evaluate(*runs, "--features", features, "--output", folder / "out", "--bootstrap", 100, "--json")
    assert done.returncode == 0, done.stderr
    assert "Predicting with pfn-hlf" in done.stderr
    return json.loads(done.stdout), folder / "out"


def test_the_summary_is_what_json_prints_and_the_folder_is_complete(result):
    printed, output = result
    assert json.loads((output / "summary.json").read_text()) == printed
    predictions = [f"predictions-{name}.parquet" for name in ("gru", "pfn-hlf")]
    assert left_behind(output) == sorted([*PICTURES, *predictions, "summary.json", "table.csv"])
    assert all((output / name).read_bytes().startswith(b"\x89PNG") for name in PICTURES)


def test_the_claim_that_one_model_is_better_is_read_from_the_summary(result):
    printed, _ = result
    assert printed["events"] == {"qcd": 1000, "ttbar": 1000, "wjets": 1000}
    assert printed["runs"]["gru"]["model"] == "pfn"
    assert printed["runs"]["gru"]["events_per_second"] == 3000 / 0.25
    (pair,) = printed["comparisons"]
    assert (pair["run"], pair["against"]) == ("gru", "pfn-hlf")
    ratio = pair["classes"]["ttbar"]["fpr_ratio_at_tpr"]["99"]
    rates = [printed["runs"][run]["classes"]["ttbar"]["at_tpr"]["99"]["fpr"]["value"] for run in ("gru", "pfn-hlf")]
    assert ratio["value"] == pytest.approx(rates[0] / rates[1])
    assert 1 < ratio["interval95"][0] < ratio["value"] < ratio["interval95"][1]


def test_the_table_has_every_number_once(result):
    printed, output = result
    with (output / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["run"], row["against"], row["process"], row["metric"]) for row in rows]
    # Of a run: 4 numbers, and 4 of each process; of a pair: 1, and 4 of each process.
    assert len(set(keys)) == len(keys) == 2 * (4 + 3 * 4) + 1 + 3 * 4
    (auc,) = [row for row in rows if (row["run"], row["process"], row["metric"]) == ("gru", "wjets", "auc")]
    found = printed["runs"]["gru"]["classes"]["wjets"]["auc"]
    assert [float(auc[name]) for name in ("value", "low68", "high68", "low95", "high95")] == [
        found["value"],
        *found["interval68"],
        *found["interval95"],
    ]


def test_predictions_are_kept_in_the_order_of_the_files(result):
    table = pq.read_table(result[1] / "predictions-gru.parquet")
    assert table.column_names == ["event_id", "label", "score_qcd", "score_ttbar", "score_wjets"]
    assert table["event_id"].to_pylist()[:3] == [6000, 6001, 6002]
    assert table["event_id"].to_pylist()[-1] == 8999
    assert sum(table[name][0].as_py() for name in table.column_names[2:]) == pytest.approx(1)


@pytest.mark.usefixtures("faked")
def test_a_terminal_shows_tables_and_trees_have_no_history(tmp_path: Path):
    features = make_features(tmp_path / "features", [0, 1, 2] * 20)
    runs = [make_run(tmp_path / "sharp", distance=9.0, model="trees")]
    options = ("--features", features, "--output", tmp_path / "out", "--bootstrap", 40, "--split", "train")
    done = called("evaluate", *runs, *options)
    assert done.returncode == 0, done.stderr
    assert "FPR [%] at TPR 99 %" in done.stdout
    assert "< 2.8 " in done.stdout  # 1 - 0.32 ** (1 / 40)
    assert "history.png" not in left_behind(tmp_path / "out")
    assert "60 events of split 'train'" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()[:-1]) <= 120


DIFFERENT = (
    "Runs 'pfn' and 'short' have predictions for different events, and are compared on the same ones only; "
    "evaluate them on one folder of features."
)
MISTAKES = {
    "no such run": (["{0}/nowhere"], [], "{0}/nowhere is no run: there is no such folder."),
    "unfinished": (["{0}/unfinished"], [], "{0}/unfinished is not finished; train on."),
    "one name": (
        ["{0}/a/pfn", "{0}/b/pfn"],
        [],
        "{0}/a/pfn and {0}/b/pfn would have one name in the results, 'pfn'; rename a folder.",
    ),
    "other events": (
        ["{0}/a/pfn", "{0}/short"],
        [],
        DIFFERENT,
    ),
    "split": (["{0}/a/pfn"], ["--split", "tset"], "{1} has no split 'tset'; the nearest is 'test'."),
    "features": (
        ["{0}/a/pfn"],
        ["--features", "{0}/none"],
        "{0}/none is no folder of features: it has no features.json. Make one with 'hepnb features'.",
    ),
    "process": (
        ["{0}/a/pfn"],
        ["--features", "{0}/few"],
        "Split 'test' of {0}/few has no event of wjets; evaluate on another one.",
    ),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name in ("a/pfn", "b/pfn"):
        make_run(folder / name)
    make_run(folder / "short", skip=1)
    make_features(folder / "few", [0, 1, 0, 1])
    (folder / "unfinished").mkdir()
    return folder


@pytest.mark.usefixtures("faked")
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_and_leaves_nothing(mistake: str, runs: Path, features: Path, tmp_path: Path):
    names, options, told = MISTAKES[mistake]
    arguments = [text.format(runs, features) for text in (*names, "--features", str(features), *options)]
    # What is wrong at once is said by a process of its own, the rest by the function.
    run = evaluate if mistake == "no such run" else partial(called, "evaluate")
    done = run(*arguments, "--output", tmp_path / "out", "--bootstrap", 40)
    assert done.returncode == 1
    assert sentence(done) == told.format(runs, features)
    assert left_behind(tmp_path) == []


def test_too_few_replicas_are_a_usage_error(features: Path, tmp_path: Path):
    done = called("evaluate", "x", "--features", features, "--output", tmp_path / "out", "--bootstrap", 39)
    assert done.returncode == 2
    assert "39 is not in the range x>=40" in " ".join(done.stderr.split())

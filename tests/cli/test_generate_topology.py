"""Does ``hepnb generate topology`` make the whole folder or nothing."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
import uproot

from hepnb.events import Process
from hepnb.loaders.batches import iterate
from hepnb.loaders.catalogue import describe
from tests.cli.running import COMMAND, called, hepnb, left_behind, sentence
from tests.cli.stopping import wait_for_work

CLASSES = ("qcd", "ttbar", "wjets")


def topology(output: Path, *more: object, events: int = 30, seed: int = 7):
    return called("generate", "topology", "--events-per-class", events, "--seed", seed, "--output", output, *more)


def contents(folder: Path) -> list:
    return [uproot.open(folder / f"{name}.root")["Delphes"].arrays().to_list() for name in CLASSES]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("topology") / "sample"
    options = ("--events-per-class", 30, "--seed", 7, "--pileup", 2)
    result = hepnb("generate", "topology", *options, "--output", output)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert f"Wrote 90 events to {output}" in result.stderr
    return output


def test_the_folder_has_a_file_for_each_class_and_says_what_was_asked(made: Path):
    assert left_behind(made) == ["qcd.root", "summary.json", "ttbar.root", "wjets.root"]
    assert json.loads((made / "summary.json").read_text()) == {
        "engine": "numpy",
        "seed": 7,
        "pileup": 2.0,
        "events_per_class": 30,
        "events": {"qcd": 30, "ttbar": 30, "wjets": 30},
    }


@pytest.mark.parametrize("name", CLASSES)
def test_files_have_the_names_and_widths_of_delphes(made: Path, name: str, real_data: Path):
    genuine = describe(str(real_data / "delphes_W.root"), tree="Delphes").schema
    ours = describe(str(made / f"{name}.root"), tree="Delphes").schema
    assert {field.name: field.type for field in ours} == {field.name: genuine.field(field.name).type for field in ours}
    assert {"EFlowTrack.PT", "EFlowTrack_size", "Jet.BTag", "MissingET.MET", "Event.Number"} <= set(ours.names)


def test_our_reader_and_uproot_read_the_same(made: Path):
    (batch,) = iterate(str(made / "ttbar.root"), tree="Delphes", columns=["EFlowTrack.PT", "Jet.BTag"])
    expected = uproot.open(made / "ttbar.root")["Delphes"]
    for column in ("EFlowTrack.PT", "Jet.BTag"):
        assert batch.column(column).to_pylist() == expected[column].array().to_list()


def test_one_seed_gives_one_content(made: Path, tmp_path: Path):
    assert topology(tmp_path / "again", "--pileup", 2).returncode == 0
    assert contents(tmp_path / "again") == contents(made)
    assert topology(tmp_path / "other", "--pileup", 2, seed=8).returncode == 0
    assert contents(tmp_path / "other") != contents(made)


def test_an_existing_folder_is_kept_unless_told_otherwise(tmp_path: Path):
    output = tmp_path / "sample"
    assert topology(output, events=2).returncode == 0
    refused = topology(output, events=3)
    assert refused.returncode == 1
    assert sentence(refused) == f"{output} exists already; name another folder, or add --overwrite to replace it."
    assert topology(output, "--overwrite", events=3).returncode == 0
    assert json.loads((output / "summary.json").read_text())["events_per_class"] == 3
    assert left_behind(tmp_path) == ["sample"]


@pytest.mark.parametrize(
    "options",
    [
        ("--pileup", "-1"),
        ("--engine", "geant"),
        ("--seed", "-1"),
        ("--events-per-class", "0"),
        ("--workers", "2"),
        ("--engine", "pythia", "--workers", "0"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_a_usage_error(tmp_path: Path, options: tuple[str, ...]):
    result = topology(tmp_path / "sample", *options)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("pileup", ["nan", "inf"])
def test_a_pile_up_that_is_no_number_is_refused(tmp_path: Path, pileup: str):
    result = topology(tmp_path / "sample", "--pileup", pileup)
    assert result.returncode in (1, 2)
    assert "Traceback" not in result.stderr
    assert left_behind(tmp_path) == []


def test_pythia_says_what_to_install(tmp_path: Path):
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "pythia8mc.py").write_text("raise ModuleNotFoundError('gone', name='pythia8mc')")
    result = hepnb(
        "generate",
        "topology",
        "--engine",
        "pythia",
        "--events-per-class",
        1,
        "--seed",
        1,
        "--output",
        tmp_path / "x",
        environment={"PYTHONPATH": f"{tmp_path / 'shadow'}:{Path(__file__).parents[2] / 'lib'}"},
    )
    assert result.returncode == 1
    assert sentence(result) == ("The package 'pythia8mc' is missing; install it with: pip install 'hepnb[pythia]'")
    assert left_behind(tmp_path) == ["shadow"]


@pytest.mark.parametrize("options", [(), ("--engine", "pythia", "--workers", "2")], ids=["numpy", "pythia"])
def test_an_interrupt_leaves_nothing(tmp_path: Path, options: tuple[str, ...]):
    if options:
        pytest.importorskip("pythia8mc", reason="it has no wheels for this platform")
    command = [*COMMAND, "generate", "topology", "--events-per-class", "1000000", "--seed", "1", *options]
    running = subprocess.Popen(
        [*command, "--output", str(tmp_path / "x")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    assert "Generating qcd" in running.stderr.readline()
    wait_for_work(running, seconds=2)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert errors.splitlines()[-1] == "hepnb: interrupted; nothing was left half-written."
    assert "Traceback" not in errors
    assert left_behind(tmp_path) == []


def test_pythia_makes_the_same_in_several_processes_and_prints_nothing_of_its_own(tmp_path: Path):
    pytest.importorskip("pythia8mc", reason="it has no wheels for this platform")
    from hepnb.generators.pythia.engine import generate

    options = ("--events-per-class", 4, "--seed", 1, "--engine", "pythia", "--workers", 2)
    result = hepnb("generate", "topology", *options, "--output", tmp_path / "x")
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert "FastJet" not in result.stderr
    (expected,) = generate(Process.WJETS, 4, seed=1)
    tree = uproot.open(tmp_path / "x" / "wjets.root")["Delphes"]
    for collection, leaf in (("EFlowTrack", "PT"), ("EFlowPhoton", "ET"), ("MissingET", "MET")):
        assert tree[f"{collection}.{leaf}"].array().to_list() == expected[collection][leaf].to_list()

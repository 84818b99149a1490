import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.running import called, hepnb, left_behind, sentence
from tests.features import delphes_files


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of QCD with 60 events each, one of top pairs with 80."""
    folder = tmp_path_factory.mktemp("delphes")
    for seed, (name, number) in enumerate((("qcd1", 60), ("qcd2", 60), ("ttbar", 80))):
        delphes_files.write(folder / f"{name}.root", delphes_files.events(number, seed=seed))
    return folder


def test_genuine_delphes_files_go_through_unchanged(real_data: Path, tmp_path: Path):
    output = tmp_path / "features"
    result = hepnb("features", "--wjets", real_data / "delphes_W.root", "--output", output, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert json.loads((output / "summary.json").read_text()) == found
    assert found["classes"]["wjets"] | {"train": 0, "validation": 0, "test": 0} == {
        "files": 1,
        "events": 300,
        "passed": 205,
        "kept": 205,
        "train": 0,
        "validation": 0,
        "test": 0,
    }
    assert sum(found["events"].values()) == 205
    assert found["mean_particles"] == pytest.approx(55.10, abs=0.01)
    train = pq.read_table(output / "train")
    assert len(train) == found["events"]["train"]
    assert set(train.schema.names) >= {"HLF_input", "GRU_input", "encoded_label", "label", "split", "event_id"}


def test_an_option_takes_several_files(files: Path, tmp_path: Path):
    output = tmp_path / "features"
    options = ("--ttbar", files / "ttbar.root", "--output", output, "--balance", "--seed", "3")
    result = called("features", "--qcd", files / "qcd1.root", files / "qcd2.root", *options)
    assert result.returncode == 0, result.stderr
    summary = json.loads((output / "summary.json").read_text())
    assert summary["classes"]["qcd"]["files"] == 2
    assert summary["classes"]["qcd"]["events"] == 120
    assert (summary["balanced"], summary["seed"], summary["conventions"]) == (True, 3, "hepnb")
    kept = [summary["classes"][key]["kept"] for key in ("qcd", "ttbar")]
    assert kept[0] == kept[1] > 40
    for word in ("qcd", "ttbar", "train", "validation", "test", "particles per event"):
        assert word in result.stdout


def test_repeating_the_option_is_the_same(files: Path, tmp_path: Path):
    both = [
        ("--qcd", files / "qcd1.root", files / "qcd2.root"),
        ("--qcd", files / "qcd1.root", "--qcd", files / "qcd2.root"),
    ]
    found = []
    for number, options in enumerate(both):
        result = called("features", *options, "--output", tmp_path / str(number), "--json")
        assert result.returncode == 0, result.stderr
        found.append(json.loads(result.stdout) | {"seconds": 0, "output": ""})
    assert found[0] == found[1]


def test_the_published_conventions_pad_and_scale_each_event(files: Path, tmp_path: Path):
    output = tmp_path / "features"
    result = called("features", "--qcd", files / "qcd1.root", "--compat", "sparkdltrigger", "--output", output)
    assert result.returncode == 0, result.stderr
    assert json.loads((output / "features.json").read_text())["conventions"] == "sparkdltrigger"
    assert set(map(len, pq.read_table(output / "train")["GRU_input"].to_numpy())) == {801 * 19}


def broken(folder: Path) -> Path:
    made = delphes_files.events(20, seed=1)
    made["MissingET"]["MET"] = made["MissingET"]["MET"] * np.nan
    return delphes_files.write(folder / "broken.root", made)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--qcd", "{files}/missing.root"], "There is no file"),
        (["--qcd", "{files}/empty.root"], "The class qcd has no events"),
        (["--qcd", "{files}/soft.root"], "None of the 20 events of the class qcd"),
        (["--qcd", "{files}/broken.root"], "NaN or infinite: MET in"),
        (["--qcd", "{files}/bare.root"], "There is no branch 'Jet.PT'"),
        (["--qcd", "{files}/flat.root"], "was not written by Delphes: it has no tree 'Delphes'."),
        (["--published", "{files}/qcd1.root"], "is no Parquet file"),
    ],
)
def test_a_bad_input_is_one_sentence_and_leaves_nothing(options: list[str], says: str, files: Path, tmp_path: Path):
    delphes_files.write(files / "empty.root", delphes_files.events(0, seed=1))
    delphes_files.write(files / "soft.root", delphes_files.events(20, seed=1, lepton_pt=-100))
    delphes_files.write(files / "flat.root", delphes_files.events(5, seed=1), tree="Events")
    without = {name: some for name, some in delphes_files.events(5, seed=1).items() if name != "Jet"}
    delphes_files.write(files / "bare.root", without)
    broken(files)
    result = called("features", *(option.format(files=files) for option in options), "--output", tmp_path / "features")
    assert result.returncode == 1
    assert says in sentence(result)
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "Name the Delphes files of at least one class"),
        (["--qcd", "a.root", "--published", "b.parquet"], "Name the Delphes files of at least one class"),
        (["--published", "b.parquet", "--compat", "sparkdltrigger"], "--compat is for Delphes files"),
        (["--qcd", "a.root", "--compat", "cms"], "Invalid value for '--compat'"),
        (["--qcd", "a.root", "--profile", "small"], "--profile is the size of Spark"),
    ],
)
def test_options_that_make_no_sense_are_explained(options: list[str], says: str, tmp_path: Path):
    result = called("features", *options, "--output", tmp_path / "features")
    assert result.returncode == 2
    assert says in result.stderr


def test_events_left_out_are_told(files: Path, tmp_path: Path):
    options = ("--drop-nonfinite", "--output", tmp_path / "features")
    result = hepnb("features", "--qcd", broken(files), files / "qcd1.root", *options)
    assert result.returncode == 0, result.stderr
    assert "left out 20 events with features that are not finite" in sentence(result).replace("\N{NO-BREAK SPACE}", " ")


def test_copies_are_told(files: Path, tmp_path: Path):
    result = hepnb("features", "--qcd", files / "qcd1.root", "--ttbar", files / "qcd1.root", "--output", tmp_path / "f")
    assert result.returncode == 0, result.stderr
    assert "are copies of others; was a file given twice?" in sentence(result)


def test_an_earlier_result_is_replaced_only_if_told(files: Path, tmp_path: Path):
    command = ("features", "--qcd", files / "qcd1.root", "--output", tmp_path / "features")
    assert called(*command).returncode == 0
    again = hepnb(*command)
    assert again.returncode == 1
    assert "exists" in sentence(again)
    assert called(*command, "--overwrite").returncode == 0
    assert left_behind(tmp_path) == ["features"]

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import uproot

from tests.cli.running import called, hepnb, left_behind, sentence
from tests.files import muon, write_muons

PAIR = [muon(5), muon(5, phi=3.141592653589793, charge=-1)]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three events with a pair of 10 GeV each."""
    return write_muons(tmp_path_factory.mktemp("pairs") / "pairs.root", [PAIR] * 3)


def test_real_collisions_give_one_json_object_with_the_published_numbers(double_mu_parked: Path, tmp_path: Path):
    output = tmp_path / "results" / "2012"
    result = hepnb("reduce", double_mu_parked, "--output", output, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["mean_mass_gev"] == pytest.approx(33.0394, abs=1e-4)
    assert found | {"seconds": 0, "mean_mass_gev": 0, "bytes_read": 0} == {
        "files": 1,
        "events": 100_000,
        "cutflow": [
            {"cut": "events", "events": 100_000},
            {"cut": "two muons", "events": 48_976},
            {"cut": "opposite charge", "events": 37_183},
        ],
        "mean_mass_gev": 0,
        "seconds": 0,
        "bytes_read": 0,
        "dataset_bytes": double_mu_parked.stat().st_size,
        "output": str(output),
    }
    assert json.loads((output / "summary.json").read_text()) == found
    assert left_behind(output) == ["counts.parquet", "events.parquet", "spectrum.png", "spectrum.root", "summary.json"]
    assert (output / "spectrum.png").read_bytes().startswith(b"\x89PNG")


BACKENDS = {
    "small": ["--profile", "small"],
    "local": ["--backend", "spark"],
    "process": ["--backend", "process"],
    "two": ["--backend", "process", "--workers", "2"],
}


def contents(result: Path) -> dict[str, object]:
    """What a result says, but for when and where it was made."""
    summary = json.loads((result / "summary.json").read_text())
    tables = {name: (result / f"{name}.parquet").read_bytes() for name in ("events", "counts")}
    with uproot.open(result / "spectrum.root") as file:
        histograms = {name: file[name].to_numpy(flow=True) for name in file.keys(cycle=False)}
    values = {name: [array.tolist() for array in pair] for name, pair in histograms.items()}
    return {"summary": summary | {"seconds": 0, "output": ""}, "histograms": values, **tables}


def test_the_result_does_not_depend_on_where_the_work_runs(generated: Path, tmp_path: Path):
    # Clusters of 100,000 events, and files enough for several pieces of work.
    files = [tmp_path / f"{number}.root" for number in range(6)]
    for file in files:
        file.hardlink_to(generated)
    for name, options in BACKENDS.items():
        result = hepnb("reduce", *files, "--output", tmp_path / name, "--selection", "cms2012", "--no-plot", *options)
        assert result.returncode == 0, result.stderr
        assert "opposite charge" in result.stdout
        assert not (tmp_path / name / "spectrum.png").exists()
    first, *others = (contents(tmp_path / name) for name in BACKENDS)
    assert first["summary"]["events"] == 1_500_000
    assert all(first.keys() == other.keys() for other in others)
    assert [key for other in others for key in first if first[key] != other[key]] == []
    numbers = pq.read_table(tmp_path / "process" / "events.parquet")["event"].to_numpy()
    assert (numbers[1:] < numbers[:-1]).sum() == 5  # they rise, and begin anew with each file


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--backend", "process", "--profile", "small"], "--profile is the size of Spark"),
        (["--workers", "2"], "--workers are those of --backend process"),
        (["--backend", "process", "--workers", "0"], "0 is not in the range x>=1"),
        (["--backend", "sparc"], "'sparc' is not one of 'spark', 'process'"),
    ],
)
def test_options_of_the_other_backend_are_a_usage_error(pairs: Path, tmp_path: Path, arguments: list[str], told: str):
    result = called("reduce", pairs, "--output", tmp_path / "out", *arguments)
    assert result.returncode == 2
    assert told in " ".join(result.stderr.split())
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_spark_no_java_is_needed_and_pyspark_is_not_imported(pairs: Path, tmp_path: Path, workers: str):
    nowhere = {"PATH": str(tmp_path), "JAVA_HOME": "", "PYTHONPROFILEIMPORTTIME": "1"}
    options = ["--backend", "process", "--workers", workers, "--output", tmp_path / "out"]
    result = hepnb("reduce", pairs, *options, environment=nowhere)
    assert result.returncode == 0, result.stderr
    imported = {
        line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")
    }
    assert {"uproot", "pyarrow", "matplotlib"} <= imported
    assert {name for name in imported if name.partition(".")[0] in {"pyspark", "py4j"}} == set()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_skipped_files_are_listed_with_reasons_and_the_exit_code_is_3(pairs: Path, tmp_path: Path, workers: str):
    bad, output = tmp_path / "bad.root", tmp_path / "out"
    bad.write_text("this is not a ROOT file")
    options = ["--backend", "process", "--workers", workers, "--on-error", "skip", "--json", "--no-plot"]
    result = hepnb("reduce", bad, pairs, "--output", output, *options)
    assert result.returncode == 3
    assert json.loads(result.stdout)["files"] == 1
    told = f"{bad} is not a ROOT file: it begins with b'this' and not with b'root'."
    assert sentence(result) == f"skipped: {told}"
    assert json.loads((output / "skipped.json").read_text()) == [{"file": str(bad), "reason": told}]
    assert pq.read_table(output / "events.parquet")["dimuon_mass"].to_pylist() == pytest.approx([10.0] * 3)


def bad_inputs(folder: Path, good: Path) -> dict[str, tuple[list[object], str]]:
    (folder / "empty").mkdir()
    (folder / "text.root").write_text("this is text")
    (folder / "short.root").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (folder / "list.txt").write_text("# nothing here\n")
    with uproot.recreate(folder / "other.root") as file:
        file.mktree("Events", {"Muon_Pt": "var * float32"})
        file.mktree("Runs", {"run": "int32"})
    return {
        "missing path": ([folder / "pairz.root"], "There is no file"),
        "no match": ([folder / "x*.root"], "No file matches"),
        "empty folder": ([folder / "empty"], "holds no .root file"),
        "empty list": ([f"@{folder / 'list.txt'}"], "names no file"),
        "not ROOT": ([folder / "text.root"], "is not a ROOT file: it begins with b'this'"),
        "truncated": ([folder / "short.root"], "is truncated: its header announces"),
        "wrong tree": ([good, "--tree", "Event"], "There is no tree 'Event'"),
        "missing branch": ([folder / "other.root"], "There is no branch 'Muon_pt'"),
        "unknown profile": ([good, "--profile", "smal"], "There is no profile 'smal'; the nearest is 'small'."),
        "dead server": (["http://127.0.0.1:9/a.root"], "cannot be opened as a ROOT file"),
    }


@pytest.mark.parametrize(
    "case",
    [
        "missing path",
        "no match",
        "empty folder",
        "empty list",
        "not ROOT",
        "truncated",
        "wrong tree",
        "missing branch",
        "unknown profile",
        "dead server",
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(case: str, pairs: Path, tmp_path: Path):
    arguments, expected = bad_inputs(tmp_path, pairs)[case]
    before = left_behind(tmp_path)
    # A profile is looked up where Spark is started, which is stopped at the end.
    run = hepnb if case in ("not ROOT", "unknown profile") else called
    result = run("reduce", *arguments, "--output", tmp_path / "out")
    assert result.returncode == 1
    assert expected in sentence(result)
    assert result.stdout == ""
    assert left_behind(tmp_path) == before


def test_an_existing_result_is_kept_unless_told_otherwise(pairs: Path, tmp_path: Path):
    output = tmp_path / "out"
    output.mkdir()
    (output / "summary.json").write_text("{}")
    command = ["reduce", pairs, "--backend", "process", "--output", output]
    refused = called(*command)
    assert refused.returncode == 1
    assert sentence(refused) == f"{output} exists already; name another folder, or add --overwrite to replace it."
    assert left_behind(output) == ["summary.json"]
    assert called(*command, "--overwrite").returncode == 0
    assert "spectrum.png" in left_behind(output)
    assert left_behind(tmp_path) == ["out"]
    (output / "summary.json").unlink()
    foreign = called(*command, "--overwrite")
    assert "is not an earlier result and is not replaced" in sentence(foreign)


def java_that_says(version: str, folder: Path) -> dict[str, str]:
    java = folder / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return {"JAVA_HOME": str(folder / "jdk")}


def test_without_java_one_sentence_says_how_to_get_it(pairs: Path, tmp_path: Path):
    result = hepnb("reduce", pairs, "--output", tmp_path / "out", environment={"JAVA_HOME": "", "PATH": str(tmp_path)})
    assert result.returncode == 1
    assert sentence(result).startswith(
        "Spark needs Java 17 or newer, but there is no java command here; install one with:"
    )
    assert left_behind(tmp_path) == []


def test_an_old_java_is_named_with_its_version(pairs: Path, tmp_path: Path):
    result = hepnb("reduce", pairs, "--output", tmp_path / "out", environment=java_that_says("1.8.0_402", tmp_path))
    assert result.returncode == 1
    assert "is Java 8; install one with:" in sentence(result)

"""The benchmarks work, and all contestants find the same; how fast they are is no matter of tests."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.rows import Row, at_least, at_most, faster, markdown, near, skipped, to_json
from benchmarks.spectrum import DisagreementError, Spectrum, check_agreement

REPOSITORY = Path(__file__).parents[2]


def run(module: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"benchmarks.{module}", "--quick", "--folder", str(folder)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize(("module", "claim"), [("ttree_lz4", "TTree LZ4"), ("rntuple_zstd", "RNTuple ZSTD")])
def test_a_benchmark_prints_the_rows_of_peers_that_agree(module: str, claim: str, tmp_path: Path):
    result = run(module, tmp_path)
    assert result.returncode == 0, result.stderr
    rows = [line for line in result.stdout.splitlines() if claim in line]
    assert [row for row in rows if "uproot + awkward" in row]
    assert [row for row in rows if "decompression alone" in row]
    assert [row for row in rows if "RDataFrame" in row]


def test_a_wide_file_has_seventy_branches(tmp_path: Path):
    import uproot

    result = run("wide_file", tmp_path)
    assert result.returncode == 0, result.stderr
    (path,) = tmp_path.glob("wide-*.root")
    with uproot.open(path) as file:
        assert len(file["Events"].keys()) == 70


def test_a_training_is_measured_from_start_to_end(tmp_path: Path):
    result = run("training_start_to_end", tmp_path)
    assert result.returncode == 0, result.stderr
    (row,) = [line for line in result.stdout.splitlines() if "HLF, 2000 events" in line]
    assert "published, one executor" in row


def test_contestants_that_find_different_pairs_are_not_compared():
    one = Spectrum(2, 180.0, np.array([0.0, 2.0]))
    check_agreement({"one": one, "same": Spectrum(2, 180.0 + 1e-8, np.array([0.0, 2.0])), "less": Spectrum(2)})
    for other, what in (
        (Spectrum(3, 180.0), "number of pairs"),
        (Spectrum(2, 180.0001), "sum of masses"),
        (Spectrum(2, 180.0, np.array([1.0, 1.0])), "histogram"),
    ):
        with pytest.raises(DisagreementError, match=f"one and other differ in the {what}"):
            check_agreement({"one": one, "other": other})


def test_a_row_says_whether_its_target_is_met():
    assert faster("read", 100.0, peer="uproot", peer_figure=250.0, times=2.5).met is True
    assert faster("read", 100.0, peer="uproot", peer_figure=249.0, times=2.5).met is False
    assert near("read", 140.0, peer="limit", peer_figure=100.0, times=1.35).met is False
    assert at_most("memory", 400.0, unit="MB", bound=500.0).met is True
    assert at_least("wide", 1.5, unit="GB/s", bound=2.0).met is False


def test_tables_say_the_same_to_people_and_programs():
    rows: list[Row] = [
        faster("read", 100.0, peer="uproot", peer_figure=300.0, times=2.5),
        skipped("read", peer="RDataFrame", note="no ROOT"),
    ]
    assert "| read | 100 ns/event | uproot | 300 ns/event | 3.00 | ≥ 2.5× faster | ✓ |" in markdown(rows)
    assert "skipped: no ROOT" in markdown(rows)
    assert [row["ratio"] for row in json.loads(to_json(rows))] == [3.0, None]

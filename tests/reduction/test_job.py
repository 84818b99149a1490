"""Does the job make the right folder of the files it is given, wherever the work runs."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot
from pyspark.sql import SparkSession

from hepnb.errors import MissingNameError, SessionError, UnreadableFileError, WrongTypeError
from hepnb.generators.dimuon import generate
from hepnb.reduction.job import reduce_files
from hepnb.reduction.part import Part
from hepnb.runners.local import InProcess, Processes
from hepnb.runners.runner import Runner
from hepnb.spark.runner import SparkRunner
from tests.files import muon, write_muons

PI = math.pi
PAIR = [muon(5), muon(5, phi=PI, charge=-1)]


def pair(pt: float) -> list:
    return [muon(pt), muon(pt, phi=PI, charge=-1)]


def masses(folder: Path) -> list[float]:
    return pq.read_table(folder / "events.parquet")["dimuon_mass"].to_pylist()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "a folder with [brackets]"
    path.mkdir()
    return path


@pytest.fixture(params=["in process", "processes", "spark"])
def runner(request: pytest.FixtureRequest) -> Runner:
    if request.param == "spark":
        return SparkRunner(request.getfixturevalue("spark"))
    return Processes(2) if request.param == "processes" else InProcess()


def damaged_copy(source: Path, target: Path) -> Path:
    """Flip bytes inside the compressed values of Muon_pt."""
    content = bytearray(source.read_bytes())
    branch = uproot.open(source)["Events"]["Muon_pt"]
    start = branch.member("fBasketSeek")[0] + branch.member("fBasketBytes")[0] // 2
    for position in range(start, start + 64):
        content[position] ^= 0xFF
    target.write_bytes(content)
    return target


def test_the_results_are_in_the_order_of_files_and_events(runner: Runner, tmp_path: Path, folder: Path):
    first = write_muons(tmp_path / "2.root", [pair(pt) for pt in (4, 3, 2)], cluster=1)
    empty = write_muons(tmp_path / "empty.root", [])
    last = write_muons(tmp_path / "1.root", [pair(1), [muon(9)]])
    result = reduce_files(runner, [str(path) for path in (first, empty, last)], folder)
    assert masses(folder) == pytest.approx([8, 6, 4, 2])
    assert [line.events for line in result.cutflow] == [5, 4, 4]
    assert result.mean_mass == pytest.approx(5.0)
    counts = pq.read_table(folder / "counts.parquet").to_pydict()
    assert counts == {"file": [str(first), str(empty), str(last)], "count": [3, 0, 2]}
    assert sorted(path.name for path in folder.iterdir()) == ["counts.parquet", "events.parquet", "spectrum.root"]


def test_the_bytes_do_not_depend_on_the_runner(spark: SparkSession, generated: Path, tmp_path: Path):
    runners = {"one": InProcess(), "two": Processes(2), "spark": SparkRunner(spark)}
    means = []
    for name, runner in runners.items():
        (tmp_path / name).mkdir()
        means.append(reduce_files(runner, [str(generated)], tmp_path / name, selection="cms2012").mean_mass)
    for file in ("events.parquet", "counts.parquet"):
        assert len({(tmp_path / name / file).read_bytes() for name in runners}) == 1
    assert len(set(means)) == 1


def tampered(change: Callable[[Part], Part | None]) -> Any:
    """A runner that changes what its workers answer."""

    def changed(answers: list[list[Part]]) -> list[list[Part]]:
        parts = [[change(part) for part in answer] for answer in answers]
        return [[part for part in answer if part is not None] for answer in parts]

    return SimpleNamespace(map=lambda *work, progress: changed(InProcess().map(*work, progress=progress)))


def without_file(part: Part) -> Part:
    assert part.rows is not None
    part.rows.unlink()
    return part


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: None, "passed on 0 of 3 events"),
        (lambda part: replace(part, passed=(2, 2, 2)), "passed on 2 of 3 events"),
        (lambda part: replace(part, passed=(3, 3, 2)), "wrote 3 of 2 rows"),
        (lambda part: replace(part, rows=None), "wrote 0 of 3 rows"),
        (without_file, "Rows of the workers are lost; do all of them see"),
    ],
    ids=["answer", "events", "more rows", "no rows", "file"],
)
def test_what_a_worker_loses_is_missed_and_gives_no_result(
    tmp_path: Path, folder: Path, change: Callable[[Part], Part | None], told: str
):
    path = write_muons(tmp_path / "three.root", [PAIR] * 3)
    with pytest.raises(SessionError, match=told):
        reduce_files(tampered(change), [str(path)], folder)
    assert not (folder / "counts.parquet").exists()
    assert len(reduce_files(InProcess(), [str(path)], folder).files) == 1  # the same folder can be used again


def test_an_event_number_beyond_the_integers_of_sql_is_refused_with_its_file(tmp_path: Path, folder: Path):
    def write(name: str, number: int) -> str:
        events = next(generate(100, seed=1))
        with uproot.recreate(tmp_path / name) as file:
            columns = {key: events[key] for key in ak.fields(events) if key != "event"}
            file["Events"] = columns | {"event": np.full(100, number, dtype=np.uint64)}
        return str(tmp_path / name)

    large, largest = write("large.root", 2**63 - 1), write("largest.root", 2**63)
    reduce_files(InProcess(), [large], folder)
    assert set(pq.read_table(folder / "events.parquet")["event"].to_pylist()) == {2**63 - 1}
    with pytest.raises(
        WrongTypeError, match=r"'event' in the pairs of .*largest\.root is uint64 and does not fit int64"
    ):
        reduce_files(InProcess(), [largest], folder)
    result = reduce_files(InProcess(), [large, largest], folder, on_error="skip")
    assert [failure.path for failure in result.skipped] == [largest]


def test_progress_is_told_step_by_step(tmp_path: Path, folder: Path):
    files = [write_muons(tmp_path / f"{number}.root", [PAIR]) for number in range(2)]
    progress = Mock()
    reduce_files(InProcess(), [str(file) for file in files], folder, progress=progress)
    assert [call.args[0] for call in progress.step.call_args_list] == [
        "Looking into 2 files",
        "Reading and selecting events",
        "Packing the events into one file",
        "Filling histograms",
    ]


def test_one_event_is_enough(tmp_path: Path, folder: Path):
    result = reduce_files(InProcess(), [str(write_muons(tmp_path / "one.root", [PAIR]))], folder)
    assert masses(folder) == pytest.approx([10.0])
    histogram = uproot.open(folder / "spectrum.root")["dimuon_mass"]
    assert histogram.values().sum() == 1
    assert len(histogram.values()) == 30_000
    assert result.spectrum.sum() == 1


def test_no_event_gives_empty_results_and_no_mean(tmp_path: Path, folder: Path):
    result = reduce_files(InProcess(), [str(write_muons(tmp_path / "none.root", []))], folder)
    assert masses(folder) == []
    assert [line.events for line in result.cutflow] == [0, 0, 0]
    assert result.mean_mass is None
    assert result.spectrum.sum() == 0


def test_real_collisions_fill_the_histograms(double_mu_parked: Path, folder: Path):
    result = reduce_files(InProcess(), [str(double_mu_parked)], folder)
    file = uproot.open(folder / "spectrum.root")
    assert file["dimuon_mass"].values(flow=True).sum() == 37_183
    assert file["dimuon_mass_log"].values(flow=True).sum() == 37_183
    peak = file["dimuon_mass"].axis().centers()[290:330][file["dimuon_mass"].values()[290:330].argmax()]
    assert peak == pytest.approx(3.097, abs=0.4)
    assert 0 < result.bytes_read <= result.dataset_bytes == double_mu_parked.stat().st_size


def test_unreadable_files_stop_the_work_or_are_left_out_whole(
    runner: Runner, generated: Path, tmp_path: Path, folder: Path
):
    good = write_muons(tmp_path / "good.root", [PAIR] * 3)
    text = tmp_path / "text.root"
    text.write_text("not ROOT at all, only text")
    damaged = damaged_copy(generated, tmp_path / "damaged.root")
    files = [str(path) for path in (text, good, damaged)]
    with pytest.raises(UnreadableFileError, match=r"text\.root is not a ROOT file"):
        reduce_files(runner, files, tmp_path / "nowhere")
    with pytest.raises(UnreadableFileError, match=r"'Muon_pt' of .*damaged\.root, entries 0 to 100000 cannot be read"):
        reduce_files(runner, files[1:], folder)
    result = reduce_files(runner, files, folder, on_error="skip")
    assert result.files == (str(good),)
    assert [Path(failure.path).name for failure in result.skipped] == ["text.root", "damaged.root"]
    assert masses(folder) == pytest.approx([10.0] * 3)
    assert [line.events for line in result.cutflow] == [3, 3, 3]


def test_nothing_readable_is_an_error_also_when_skipping(tmp_path: Path, folder: Path):
    (tmp_path / "a.root").write_text("text")
    with pytest.raises(
        UnreadableFileError, match=r"None of the 1 files can be read. The first: .*a.root is truncated|not a ROOT"
    ):
        reduce_files(InProcess(), [str(tmp_path / "a.root")], folder, on_error="skip")


def test_a_missing_branch_and_a_branch_of_another_type_name_the_file(tmp_path: Path, folder: Path):
    def write(name: str, **types: str) -> str:
        columns = dict.fromkeys(("Muon_eta", "Muon_phi", "Muon_mass"), "var * float32") | types
        with uproot.recreate(tmp_path / name) as file:
            file.mktree("Events", columns)
        return str(tmp_path / name)

    no_charge = write("no_charge.root", Muon_pt="var * float32", Muon_Charge="var * int32")
    with pytest.raises(
        MissingNameError, match=r"no branch 'Muon_charge' in .*no_charge.root; the nearest are 'Muon_Charge'"
    ):
        reduce_files(InProcess(), [no_charge], folder)
    scalar = write("scalar.root", Muon_pt="float32", Muon_charge="var * int32")
    with pytest.raises(WrongTypeError, match=r"a list of numbers in 'Muon_pt', but in .*scalar.root it is float"):
        reduce_files(InProcess(), [scalar], folder)


def test_files_of_other_number_types_and_layouts_join(tmp_path: Path, folder: Path):
    native = tmp_path / "native.root"
    wide = ak.values_astype(ak.Array([[{"pt": 7, "eta": 0, "phi": phi, "mass": 0} for phi in (0, 1)]]), "float64")
    with uproot.recreate(native) as file:
        file["Events"] = {"Muon": ak.with_field(wide, np.array([[1, -1]], dtype="i4"), "charge")}
    narrow = write_muons(tmp_path / "a.root", [PAIR])
    result = reduce_files(InProcess(), [str(native), str(narrow)], folder)
    assert len(result.files) == 2
    assert masses(folder) == pytest.approx([7 * math.sqrt(2 - 2 * math.cos(1)), 10.0])
    with pytest.raises(WrongTypeError, match=r"'Muon_pt' of .*native\.root, .* is list<item: double> and does not fit"):
        reduce_files(InProcess(), [str(narrow), str(native)], folder)
    result = reduce_files(InProcess(), [str(narrow), str(native)], folder, on_error="skip")
    assert [Path(failure.path).name for failure in result.skipped] == ["native.root"]
    assert masses(folder) == pytest.approx([10.0])

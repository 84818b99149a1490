import shutil
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest

from hepnb.errors import InputError, MissingNameError
from hepnb.events import HLF_NAMES, SPLITS, TEST, TRAIN, Process
from hepnb.features.extract import extract
from hepnb.features.finishing import rounded
from hepnb.features.folder import SCHEMA, open_folder
from hepnb.features.identity import splits_of
from hepnb.features.job import make_features
from hepnb.physics.conventions import SPARKDLTRIGGER
from hepnb.runners.local import InProcess, Processes
from tests.features import delphes_files

SIZES = {Process.QCD: 300, Process.TTBAR: 200, Process.WJETS: 100}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[Process, list[str]]:
    """300, 200 and 100 events, those of QCD in two files."""
    folder = tmp_path_factory.mktemp("delphes")
    paths: dict[Process, list[str]] = {}
    for process, number in SIZES.items():
        made = delphes_files.events(number, seed=process.value)
        paths[process] = [str(delphes_files.write(folder / f"{process.key}.root", made))]
    made = delphes_files.events(50, seed=99)
    paths[Process.QCD].append(str(delphes_files.write(folder / "more.root", made)))
    return paths


def made_in(folder: Path, inputs, **options):
    folder.mkdir()
    return make_features(InProcess(), inputs, folder, **options)


@pytest.fixture(scope="module")
def report(inputs, tmp_path_factory: pytest.TempPathFactory):
    return made_in(tmp_path_factory.mktemp("made") / "features", inputs)


def rows_of(report, split: str) -> dict[str, np.ndarray]:
    """The columns of a split; lists as far as they are of one length."""
    table = pq.ParquetDataset([str(path) for path in report.folder.files(split)]).read()
    assert table.schema.names == SCHEMA.names
    columns = {name: table[name].to_numpy() for name in ("event_id", "label", "split")}
    lists = {name: np.stack(table[name].to_numpy()) for name in ("encoded_label", "HLF_input") if len(table)}
    return columns | lists | {"particles": table["GRU_input"].to_numpy()}


def test_every_event_that_passes_is_in_one_split(report):
    assert report.classes["qcd"].events == 350
    assert report.classes["qcd"].files == 2
    passed = {key: one.passed for key, one in report.classes.items()}
    kept = {key: one.kept for key, one in report.classes.items()}
    assert passed == kept
    labels = np.concatenate([rows_of(report, split)["label"] for split in SPLITS])
    assert np.bincount(labels).tolist() == list(kept.values())
    assert sum(report.folder.number(split) for split in SPLITS) == sum(kept.values())


def test_no_event_is_in_two_splits(report):
    ids = {split: set(rows_of(report, split)["event_id"].tolist()) for split in SPLITS}
    assert not ids[TRAIN] & ids[TEST]
    assert sum(len(some) for some in ids.values()) == len(set.union(*ids.values()))


def test_the_split_follows_from_the_id(report):
    for number, split in enumerate(SPLITS):
        rows = rows_of(report, split)
        assert (rows["split"] == split).all()
        assert (splits_of(rows["event_id"].view(np.uint64)) == number).all()


def test_labels_are_encoded_one_hot(report):
    rows = rows_of(report, TRAIN)
    assert np.array_equal(rows["encoded_label"], np.eye(3)[rows["label"]])


def test_the_events_for_training_have_mean_0_and_deviation_1(report):
    hlf = rows_of(report, TRAIN)["HLF_input"]
    changing = hlf.std(axis=0) > 0  # all leptons are electrons here
    assert hlf.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert hlf[:, changing].std(axis=0) == pytest.approx(1, abs=1e-5)
    particles = np.concatenate(rows_of(report, TRAIN)["particles"]).reshape(-1, 19)
    assert particles[:, :7].mean(axis=0) == pytest.approx(0, abs=2e-3)
    assert particles[:, :7].std(axis=0) == pytest.approx(1, abs=2e-3)


def not_for_training(path: str, events: int) -> np.ndarray:
    """Which events of a file pass the trigger and are for validation or test."""
    found = [extract(batch) for batch in delphes_files.read(path, events)]
    answer = np.zeros(events, bool)
    answer[found[0].entry] = splits_of(found[0].keys) != 0
    return answer


def test_the_scaling_sees_events_for_training_only(inputs, report, tmp_path: Path):
    """Test and validation events with jets a thousand times as hard leave it unchanged."""
    made = delphes_files.events(SIZES[Process.WJETS], seed=Process.WJETS.value)
    (path,) = inputs[Process.WJETS]
    harder = not_for_training(path, SIZES[Process.WJETS])
    made["Jet"]["PT"] = ak.where(harder, made["Jet"]["PT"] * 1000 + 1000, made["Jet"]["PT"])
    changed = inputs | {Process.WJETS: [str(delphes_files.write(tmp_path / "wjets.root", made))]}
    again = made_in(tmp_path / "again", changed)
    assert again.folder.hlf_scaling == report.folder.hlf_scaling
    assert again.folder.particle_scaling == report.folder.particle_scaling
    before, after = (rows_of(one, TEST)["HLF_input"][:, HLF_NAMES.index("HT")] for one in (report, again))
    assert after.max() > before.max() + 1
    assert np.array_equal(rows_of(again, TRAIN)["HLF_input"], rows_of(report, TRAIN)["HLF_input"])


def test_the_published_pipeline_lets_test_events_fix_the_range(inputs, tmp_path: Path):
    found = made_in(tmp_path / "published", inputs, conventions=SPARKDLTRIGGER)
    everything = np.concatenate([rows_of(found, split)["HLF_input"] for split in SPLITS])
    changing = everything.std(axis=0) > 0
    assert everything.min(axis=0) == pytest.approx(0, abs=1e-6)
    assert everything[:, changing].max(axis=0) == pytest.approx(1, abs=1e-6)
    assert found.folder.particle_scaling is None
    assert {len(values) for values in rows_of(found, TRAIN)["particles"]} == {801 * 19}
    assert open_folder(found.folder.path) == found.folder


def test_every_other_convention_fits_the_range_on_training_events(inputs, tmp_path: Path):
    conventions = replace(SPARKDLTRIGGER, min_max_on_all_splits=False)
    found = made_in(tmp_path / "half", inputs, conventions=conventions)
    assert rows_of(found, TRAIN)["HLF_input"].mean(axis=0) == pytest.approx(0, abs=1e-5)


def test_balanced_classes_have_as_many_events_as_the_smallest_in_each_split(inputs, report, tmp_path: Path):
    balanced = made_in(tmp_path / "balanced", inputs, balance=True).folder
    for split in SPLITS:
        smallest = min(counts[split] for counts in report.folder.events.values())
        assert [counts[split] for counts in balanced.events.values()] == [smallest] * 3
        assert balanced.number(split) == 3 * smallest


def test_the_seed_chooses_who_is_kept_and_the_order_but_never_the_split(inputs, tmp_path: Path):
    one, other, same = (
        made_in(tmp_path / name, inputs, balance=True, seed=seed) for name, seed in (("a", 1), ("b", 2), ("c", 1))
    )
    ids = [rows_of(made, TRAIN)["event_id"].tolist() for made in (one, other, same)]
    assert ids[0] == ids[2]
    assert set(ids[0]) != set(ids[1])
    assert not set(ids[0]) & set(rows_of(other, TEST)["event_id"].tolist())


def test_classes_are_mixed(report):
    labels = rows_of(report, TRAIN)["label"]
    assert set(labels[: len(labels) // 4]) == {0, 1, 2}
    assert np.count_nonzero(np.diff(labels)) > len(labels) / 4


def test_the_same_files_come_out_of_several_processes(inputs, report, tmp_path: Path):
    (tmp_path / "parallel").mkdir()
    parallel = make_features(Processes(2), inputs, tmp_path / "parallel")
    for split in SPLITS:
        for one, other in zip(report.folder.files(split), parallel.folder.files(split), strict=True):
            assert one.read_bytes() == other.read_bytes()


def test_many_files_hold_the_same_events_as_one(inputs, report, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("hepnb.features.assemble._FILE_BYTES", 50_000)
    many = made_in(tmp_path / "many", inputs)
    assert len(many.folder.files(TRAIN)) > 4
    for split in SPLITS:
        one, other = rows_of(report, split), rows_of(many, split)
        assert np.array_equal(one["event_id"], other["event_id"])
        assert np.array_equal(one["HLF_input"], other["HLF_input"])


def test_nothing_but_the_result_is_left(report):
    assert sorted(path.name for path in report.folder.path.iterdir()) == ["features.json", *sorted(SPLITS)]


def test_what_is_written_down_is_read_back(report):
    assert open_folder(report.folder.path) == report.folder
    assert report.folder.mean_particles == pytest.approx(
        np.mean([len(values) / 19 for split in SPLITS for values in rows_of(report, split)["particles"]])
    )


def test_copies_of_events_stay_in_one_split_and_are_counted(inputs, tmp_path: Path):
    shutil.copy(inputs[Process.WJETS][0], tmp_path / "copy.root")
    twice = {Process.WJETS: [*inputs[Process.WJETS], str(tmp_path / "copy.root")]}
    found = made_in(tmp_path / "twice", twice)
    assert found.copies == found.classes["wjets"].passed // 2 > 0
    ids = [set(rows_of(found, split)["event_id"].tolist()) for split in SPLITS]
    assert not ids[0] & ids[2]


def test_a_class_without_events_is_named(inputs, tmp_path: Path):
    empty = delphes_files.write(tmp_path / "empty.root", delphes_files.events(0, seed=1))
    with pytest.raises(InputError, match=r"The class ttbar has no events: the tree of .*empty\.root is empty\."):
        made_in(tmp_path / "out", {**inputs, Process.TTBAR: [str(empty)]})


def test_a_class_whose_events_all_fail_the_trigger_is_named(inputs, tmp_path: Path):
    soft = delphes_files.write(tmp_path / "soft.root", delphes_files.events(20, seed=1, lepton_pt=-100))
    with pytest.raises(InputError, match=r"None of the 20 events of the class qcd \(.*soft\.root\) passes the trigger"):
        made_in(tmp_path / "out", {**inputs, Process.QCD: [str(soft)]})


def broken(tmp_path: Path) -> dict[Process, list[str]]:
    """100 events, of which one has no number for MET and another none for the X of a track."""
    made = delphes_files.events(100, seed=7)
    number = np.arange(100)
    made["MissingET"]["MET"] = ak.where(number == 3, np.nan, made["MissingET"]["MET"])
    made["EFlowTrack"]["X"] = ak.where(number == 5, np.inf, made["EFlowTrack"]["X"])
    return {Process.QCD: [str(delphes_files.write(tmp_path / "broken.root", made))]}


def test_features_that_are_not_finite_are_counted_and_refused(tmp_path: Path):
    with pytest.raises(
        InputError, match=r"NaN or infinite: MET in 1, MT in 1, vtxX in 1 of \d+ events\. .*--drop-nonfinite\."
    ):
        made_in(tmp_path / "out", broken(tmp_path))


def test_events_with_such_features_are_left_out_if_that_is_wanted(tmp_path: Path):
    found = made_in(tmp_path / "out", broken(tmp_path), drop_not_finite=True)
    assert found.not_finite == {"MET": 1, "MT": 1, "vtxX": 1}
    assert found.left_out == 2
    assert found.classes["qcd"].kept == found.classes["qcd"].passed - 2
    assert all(np.isfinite(rows_of(found, split)["HLF_input"]).all() for split in SPLITS)


def test_a_missing_branch_is_named_with_its_file(tmp_path: Path):
    made = delphes_files.events(10, seed=1)
    del made["Jet"]["BTag"]
    path = delphes_files.write(tmp_path / "bare.root", made)
    with pytest.raises(MissingNameError, match=r"no branch 'Jet\.BTag' in tree 'Delphes' of .*bare\.root"):
        made_in(tmp_path / "out", {Process.QCD: [str(path)]})


def test_particles_are_rounded_to_half_a_thousandth():
    values = np.random.default_rng(1).normal(0, 100, 1000).astype(np.float32)
    kept = rounded(values)
    assert np.abs(kept / values - 1).max() < 2**-11 * 1.001
    assert (kept.view(np.uint32) & 0x1FFF == 0).all()
    assert np.array_equal(kept, rounded(kept))
    assert rounded(np.array([0, 1, -1, 0.5], np.float32)).tolist() == [0, 1, -1, 0.5]

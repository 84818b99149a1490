"""Does a network see every event once, in an order that follows from the seed?"""

import tracemalloc
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from hepnb.classifiers.dataset import LENGTHS, Batch, Dataset, Share
from hepnb.classifiers.ragged import column, extents, read
from hepnb.errors import FormatError, InputError, MissingInputError
from hepnb.events import EVENT_KEY, LABEL, MAX_PARTICLES, PARTICLE_FEATURES
from hepnb.features.folder import FeatureFolder
from tests.classifiers.synthetic import make_folder

BOTH = ("hlf", "particles")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> FeatureFolder:
    """2500 events in two shards of two row groups each, with some 100 particles."""
    path = tmp_path_factory.mktemp("many")
    return make_folder(path, events={"train": 2500, "validation": 5, "test": 5}, mean_particles=70.0)


def rows_of(batches: list[Batch]) -> list[int]:
    return [int(row) for batch in batches for row in batch.rows]


def stored(folder: FeatureFolder, split: str) -> tuple[list[list[float]], list[list[float]], list[int]]:
    """The plain way, one value at a time."""
    hlf, particles, labels = [], [], []
    for path in folder.files(split):
        table = pq.read_table(path)
        hlf += table["HLF_input"].to_pylist()
        particles += table["GRU_input"].to_pylist()
        labels += table["label"].to_pylist()
    return hlf, particles, labels


@pytest.mark.parametrize(("inputs", "bucketed", "workers"), list(product((BOTH, ("hlf",)), (True, False), (1, 2, 3))))
def test_every_event_comes_exactly_once_and_all_workers_have_as_many_batches(many, inputs, bucketed, workers):
    dataset = Dataset(many, "train", inputs)
    of_all = [
        list(dataset.batches(1, batch_size=96, seed=1, share=Share(worker, workers), bucketed=bucketed))
        for worker in range(workers)
    ]
    assert {len(batches) for batches in of_all} == {dataset.steps(batch_size=96)} == {27}  # 2500 = 26 * 96 + 4
    assert sorted(rows_of([batch for batches in of_all for batch in batches])) == list(range(2500))
    for step in zip(*of_all, strict=True):
        assert {batch.events for batch in step} == {sum(len(batch.rows) for batch in step)}


@pytest.mark.parametrize("split", ["train", "validation"])
@pytest.mark.parametrize("workers", [1, 4])
def test_looking_in_order_sees_every_event_once_too(many, split, workers):
    dataset = Dataset(many, split)
    of_all = [list(dataset.in_order(batch_size=64, share=Share(worker, workers))) for worker in range(workers)]
    assert len({len(batches) for batches in of_all}) == 1
    assert sorted(rows_of([batch for batches in of_all for batch in batches])) == list(range(dataset.events))


@pytest.mark.parametrize("bucketed", [True, False])
def test_a_batch_holds_what_the_files_hold(features, bucketed):
    hlf, particles, labels = stored(features, "train")
    for batch in Dataset(features, "train").batches(1, batch_size=64, seed=1, bucketed=bucketed):
        assert batch.hlf is not None
        assert batch.particles is not None
        longest = max(len(particles[row]) for row in batch.rows) // len(PARTICLE_FEATURES)
        assert batch.particles.shape[1] == (-(-longest // LENGTHS) * LENGTHS if bucketed else MAX_PARTICLES)
        for place, row in enumerate(batch.rows):
            flat = batch.particles[place].ravel()
            assert batch.hlf[place].tolist() == hlf[row]
            assert flat[: len(particles[row])].tolist() == particles[row]
            assert not flat[len(particles[row]) :].any()
            assert batch.target[place].tolist() == np.eye(3)[labels[row]].tolist()


def test_a_batch_that_is_not_full_ends_in_rows_without_a_process(features):
    *_, last = Dataset(features, "train").batches(1, batch_size=64, seed=1)
    assert len(last.rows) == 300 - 4 * 64 == 44
    assert last.target.shape == (64, 3)
    assert last.target.sum(axis=1).tolist() == [1] * 44 + [0] * 20


def test_batches_of_one_length_are_padded_to_it(many):
    lengths = [batch.particles.shape[1] for batch in Dataset(many, "train").batches(1, batch_size=32, seed=1)]
    assert {length % LENGTHS for length in lengths} == {0}
    particles = sum(shard.particles for shard in many.shards["train"])
    assert sum(lengths) * 32 < 1.5 * particles


@pytest.mark.parametrize("inputs", [BOTH, ("hlf",)])
def test_the_order_follows_from_seed_and_epoch(many, inputs):
    def order(*, epoch: int, seed: int) -> list[int]:
        return rows_of(list(Dataset(many, "train", inputs).batches(epoch, batch_size=32, seed=seed)))

    first = order(epoch=1, seed=1)
    assert order(epoch=1, seed=1) == first
    assert order(epoch=2, seed=1) != first
    assert order(epoch=1, seed=2) != first
    assert first != sorted(first)


def test_workers_have_batches_of_about_one_length_at_a_time(many):
    dataset = Dataset(many, "train")
    of_both = [dataset.batches(1, batch_size=64, seed=1, share=Share(worker, 2)) for worker in range(2)]
    pairs = [[batch.particles.shape[1] for batch in step] for step in zip(*of_both, strict=True)]
    assert np.mean([one == other for one, other in pairs]) > 0.8


def test_memory_does_not_grow_with_the_events(tmp_path: Path):
    def peak(events: int) -> int:
        sizes = {"train": events, "validation": 1, "test": 1}
        folder = make_folder(tmp_path / str(events), events=sizes, shards=events // 1000)
        tracemalloc.start()
        for _ in Dataset(folder, "train").batches(1, batch_size=8, seed=1):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(8000) < 1.2 * peak(2000)


def test_high_level_features_stay_in_memory(features, monkeypatch):
    dataset = Dataset(features, "train", ("hlf",))
    list(dataset.batches(1, batch_size=32, seed=1))
    monkeypatch.setattr("hepnb.classifiers.dataset.read", None)
    assert len(list(dataset.batches(2, batch_size=32, seed=1))) == 10


def test_more_high_level_features_than_fit_are_read_piece_by_piece(many, monkeypatch):
    monkeypatch.setattr("hepnb.classifiers.dataset._KEPT_BYTES", 1000)
    dataset = Dataset(many, "train", ("hlf",))
    assert sorted(rows_of(list(dataset.batches(1, batch_size=32, seed=1)))) == list(range(2500))


def test_fewer_events_than_a_batch_are_refused_with_what_to_do(features):
    with pytest.raises(InputError, match=r"300 events.*fewer than one batch of 512.*--batch-size of at most 300"):
        list(Dataset(features, "train").batches(1, batch_size=512, seed=1))


def test_a_batch_that_workers_cannot_share_is_refused(features):
    with pytest.raises(InputError, match="64 events cannot be split evenly among 3 workers"):
        list(Dataset(features, "train").batches(1, batch_size=64, seed=1, share=Share(0, 3)))


def test_a_split_without_events_is_refused(tmp_path):
    folder = make_folder(tmp_path, events={"train": 4, "validation": 0, "test": 0}, shards=1)
    with pytest.raises(InputError, match="no events in its split 'validation'"):
        Dataset(folder, "validation")


def test_columns_come_in_the_order_of_the_files(features):
    assert column(features, "validation", EVENT_KEY).tolist() == list(range(300, 400))
    assert column(features, "train", LABEL).tolist() == stored(features, "train")[2]


def test_damaged_files_are_named(tmp_path):
    folder = make_folder(tmp_path, events=20, shards=1)
    (path,) = folder.files("train")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FormatError, match=r"part-00000\.parquet cannot be read"):
        Dataset(folder, "train")
    path.unlink()
    with pytest.raises(MissingInputError, match="is not there, though the folder's list has it"):
        Dataset(folder, "train")


def test_lists_of_other_lengths_are_refused(tmp_path):
    folder = make_folder(tmp_path, events=20, shards=1)
    (path,) = folder.files("train")
    table = pq.read_table(path)
    short = table.set_column(5, "GRU_input", table["encoded_label"])
    pq.write_table(short, path)
    with pytest.raises(FormatError, match="no multiple of 19"):
        read(extents(folder, "train", inputs=BOTH)[0], inputs=BOTH)

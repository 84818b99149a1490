from dataclasses import replace

import numpy as np
import pytest

from hepnb.errors import InputError
from hepnb.events import TEST, TRAIN, Process
from hepnb.features.extract import extract
from hepnb.features.identity import splits_of
from hepnb.features.job import make_features
from hepnb.features.read import read_hlf, read_particles
from hepnb.runners.local import InProcess
from tests.features import delphes_files


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("delphes") / "wjets.root"
    return str(delphes_files.write(path, delphes_files.events(80, seed=1)))


@pytest.fixture(scope="module")
def folder(source: str, tmp_path_factory: pytest.TempPathFactory):
    return make_features(InProcess(), {Process.WJETS: [source]}, tmp_path_factory.mktemp("features")).folder


def test_high_level_features_come_back_as_they_were(source: str, folder):
    (batch,) = delphes_files.read(source, 80)
    found = extract(batch)
    for number, split in ((0, TRAIN), (2, TEST)):
        values, labels = read_hlf(folder, split)
        expected = found.hlf[splits_of(found.keys) == number]
        assert np.sort(values, axis=0) == pytest.approx(np.sort(expected, axis=0), rel=1e-5, abs=1e-5)
        assert (labels == Process.WJETS).all()


def test_the_particles_of_an_event_come_back_nearly_as_they_were(folder):
    values, _ = read_hlf(folder, TRAIN)
    last = read_particles(folder, TRAIN, 3)[-1]  # the lepton
    assert last[4] == pytest.approx(values[3, 6], rel=5e-3)
    assert last[13:18].tolist() == [0, 0, 0, 1, 0]


def test_an_event_that_is_not_there_is_named(folder):
    number = folder.number(TEST)
    with pytest.raises(InputError, match=rf"no event {number} in the split 'test' of .*: it has {number} events"):
        read_particles(folder, TEST, number)


def test_a_split_without_events_has_no_features(folder):
    empty = replace(folder, shards={**folder.shards, TEST: ()})
    values, labels = read_hlf(empty, TEST)
    assert values.shape == (0, 14)
    assert labels.shape == (0,)

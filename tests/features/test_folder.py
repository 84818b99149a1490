import json
from pathlib import Path

import pytest

from hepnb.errors import FormatError, MissingInputError
from hepnb.events import TEST, TRAIN, VALIDATION
from hepnb.features.folder import FORMAT, MANIFEST, FeatureFolder, Shard, open_folder, write_manifest
from hepnb.features.scaling import HLF_CURVES, Scaling


def folder(path: Path, **changes) -> FeatureFolder:
    facts = {
        "path": path,
        "conventions": "hepnb",
        "seed": 1,
        "balanced": False,
        "events": {"qcd": {TRAIN: 7, VALIDATION: 0, TEST: 2}},
        "hlf_scaling": Scaling(HLF_CURVES, (0.5,) * 14, (2.0,) * 14),
        "particle_scaling": None,
        "shards": {TRAIN: (Shard("train/a.parquet", 3, 30), Shard("train/b.parquet", 4, 50)), VALIDATION: (), TEST: ()},
    }
    return FeatureFolder(**facts | changes)


def test_what_was_written_is_read_back(tmp_path: Path):
    written = folder(tmp_path, particle_scaling=Scaling.identity(19))
    write_manifest(written)
    assert open_folder(tmp_path) == written


def test_a_folder_knows_its_files_and_how_much_they_hold(tmp_path: Path):
    one = folder(tmp_path)
    assert one.files(TRAIN) == [tmp_path / "train/a.parquet", tmp_path / "train/b.parquet"]
    assert (one.number(TRAIN), one.number(TEST)) == (7, 0)
    assert one.mean_particles == 80 / 7


def test_a_folder_of_another_version_is_refused(tmp_path: Path):
    write_manifest(folder(tmp_path))
    content = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps(content | {"format": FORMAT + 1}))
    with pytest.raises(FormatError, match=rf"holds features of format {FORMAT + 1}, and .* reads format {FORMAT}\."):
        open_folder(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 1}', '{"format": 1, "hlf_scaling": 3}'])
def test_a_damaged_manifest_is_refused(content: str, tmp_path: Path):
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(FormatError, match=r"Make the features anew"):
        open_folder(tmp_path)


def test_what_is_no_folder_of_features_is_named(tmp_path: Path):
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(MissingInputError, match=rf"{path} is no folder of features: it has no features\.json"):
            open_folder(path)

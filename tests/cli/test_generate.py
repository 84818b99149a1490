from pathlib import Path

import pytest
import uproot

from tests.cli.running import called, hepnb, left_behind, sentence


def dimuon(output: Path, *more: str, events: int = 1000, seed: int = 7):
    return called("generate", "dimuon", "--events", events, "--seed", seed, "--output", output, *more)


def test_one_seed_gives_one_content(tmp_path: Path):
    for name, options in {"a": (), "b": (), "other": ("--compression", "lz4")}.items():
        path = tmp_path / f"{name}.root"
        # Processes of their own, so that nothing of the first is left in the second.
        result = hepnb("generate", "dimuon", "--events", 1000, "--seed", 7, "--output", path, *options)
        assert result.returncode == 0
    contents = [uproot.open(tmp_path / f"{name}.root")["Events"].arrays() for name in ("a", "b", "other")]
    assert contents[0].tolist() == contents[1].tolist() == contents[2].tolist()


@pytest.mark.parametrize("compression", ["zlib", "lz4", "zstd", "none"])
@pytest.mark.parametrize("rntuple", [False, True])
def test_every_compression_and_layout_holds_the_same_events(tmp_path: Path, compression: str, rntuple: bool):
    path = tmp_path / "events.root"
    result = dimuon(path, "--compression", compression, *(["--rntuple"] if rntuple else []), events=20)
    assert result.returncode == 0
    tree = uproot.open(path)["Events"]
    assert tree.num_entries == 20
    assert ("RNTuple" in type(tree).__name__) == rntuple
    assert tree.arrays(["event"])["event"].tolist() == list(range(1, 21))


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path):
    path = tmp_path / "precious.root"
    path.write_text("years of work")
    refused = dimuon(path)
    assert refused.returncode == 1
    assert sentence(refused) == f"{path} exists already; name another file, or add --overwrite."
    assert path.read_text() == "years of work"
    assert dimuon(path, "--overwrite").returncode == 0
    assert uproot.open(path)["Events"].num_entries == 1000


def test_zero_events_make_a_readable_file(tmp_path: Path):
    assert dimuon(tmp_path / "none.root", events=0).returncode == 0
    assert uproot.open(tmp_path / "none.root")["Events"].num_entries == 0


def test_a_negative_number_of_events_is_a_usage_error(tmp_path: Path):
    assert dimuon(tmp_path / "x.root", events=-1).returncode == 2
    assert left_behind(tmp_path) == []


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    result = hepnb("generate", "dimuon", "--events", 1000, "--seed", 7, "--output", tmp_path / "file" / "x.root")
    assert result.returncode == 1
    assert "cannot be written: a part of this path is a file and not a folder" in sentence(result)

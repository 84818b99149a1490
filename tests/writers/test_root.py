"""Are events and histograms in the file what was given, under the names that were promised."""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import hist
import numpy as np
import pytest
import uproot

from hepnb.errors import InputError
from hepnb.writers.compression import COMPRESSIONS
from hepnb.writers.root import DELPHES, NANOAOD, write_events, write_histograms

both_kinds = pytest.mark.parametrize("rntuple", [False, True], ids=["TTree", "RNTuple"])


def batch(first: int, muons: list[list[float]]) -> ak.Array:
    """Events numbered from `first`, each with muons of these pt."""
    pt = ak.values_astype(ak.concatenate([ak.Array([[0.0]]), ak.Array(muons)])[1:], np.float32)
    muon = ak.zip({"pt": pt, "charge": ak.values_astype(pt * 0 - 1, np.int32)})
    return ak.zip({"event": np.arange(first, first + len(muons), dtype=np.uint64), "Muon": muon}, depth_limit=1)


BATCHES = [batch(0, [[1.5, 2.5], [], [3.5]]), batch(3, [[4.5]]), batch(4, [])]
USED = {"zlib": "ZLIB(1)", "lz4": "LZ4(4)", "zstd": "ZSTD(5)", "none": "None"}
PTS = [[1.5, 2.5], [], [3.5], [4.5]]


def muon_pts(tree: uproot.TTree, *, rntuple: bool) -> ak.Array:
    return tree["Muon"].array()["pt"] if rntuple else tree["Muon_pt"].array()


def test_every_compression_is_tested_below():
    assert set(COMPRESSIONS) == set(USED)


@both_kinds
@pytest.mark.parametrize(("compression", "expected"), USED.items())
def test_every_compression_gives_back_what_was_written(tmp_path: Path, compression: str, expected: str, rntuple: bool):
    path = tmp_path / "x.root"
    assert write_events(path, BATCHES, tree="Events", compression=compression, rntuple=rntuple) == 4
    with uproot.open(path) as file:
        assert file["Events"].num_entries == 4
        assert file["Events"]["event"].array().to_list() == [0, 1, 2, 3]
        pts = muon_pts(file["Events"], rntuple=rntuple)
        assert (pts.to_list(), str(pts.type)) == (PTS, "4 * var * float32")
        assert repr(file.file.compression) == expected


@both_kinds
def test_compression_is_at_work(tmp_path: Path, rntuple: bool):
    zeros = batch(0, [[0.0] * 1000] * 20)
    sizes = {}
    for compression in COMPRESSIONS:
        path = tmp_path / f"{compression}.root"
        write_events(path, [zeros], tree="Events", compression=compression, rntuple=rntuple)
        sizes[compression] = path.stat().st_size
    numbers = 20 * 1000 * (4 + 4)  # bytes
    assert sizes.pop("none") > numbers
    assert max(sizes.values()) < numbers / 4


def test_a_ttree_has_nanoaods_names(tmp_path: Path):
    write_events(tmp_path / "x.root", BATCHES, tree="Events")
    with uproot.open({tmp_path / "x.root": "Events"}) as tree:
        assert tree.keys() == ["event", "nMuon", "Muon_pt", "Muon_charge"]
        assert tree["nMuon"].array().to_list() == [2, 0, 1, 1]
        assert tree["Muon_charge"].array().to_list() == [[-1, -1], [], [-1], [-1]]
        assert tree["event"].typename == "uint64_t"


def test_a_ttree_may_have_delphes_names(tmp_path: Path):
    write_events(tmp_path / "x.root", BATCHES, tree="Delphes", naming=DELPHES)
    with uproot.open({tmp_path / "x.root": "Delphes"}) as tree:
        assert tree.keys() == ["event", "Muon_size", "Muon.pt", "Muon.charge"]
        assert tree["Muon_size"].array().to_list() == [2, 0, 1, 1]
        assert tree["Muon.pt"].array().to_list() == PTS


def test_nanoaods_names_are_the_default(tmp_path: Path):
    for name, options in {"a": {}, "b": {"naming": NANOAOD}}.items():
        write_events(tmp_path / name, BATCHES, tree="Events", **options)
    keys = [uproot.open({tmp_path / name: "Events"}).keys() for name in ("a", "b")]
    assert keys[0] == keys[1]


def test_an_rntuple_keeps_the_collection(tmp_path: Path):
    write_events(tmp_path / "x.root", BATCHES, tree="Events", rntuple=True)
    with uproot.open({tmp_path / "x.root": "Events"}) as ntuple:
        assert ntuple.keys(recursive=False) == ["event", "Muon"]
        assert ntuple["Muon"].array().to_list()[0] == [{"pt": 1.5, "charge": -1}, {"pt": 2.5, "charge": -1}]


def test_each_batch_is_a_cluster_and_an_empty_one_is_none(tmp_path: Path):
    write_events(tmp_path / "t.root", BATCHES, tree="Events")
    write_events(tmp_path / "r.root", BATCHES, tree="Events", rntuple=True)
    with uproot.open({tmp_path / "t.root": "Events"}) as tree, uproot.open({tmp_path / "r.root": "Events"}) as ntuple:
        assert list(tree["Muon_pt"].entry_offsets) == [0, 3, 4]
        assert [summary.num_entries for summary in ntuple.cluster_summaries] == [3, 1]


@both_kinds
def test_an_empty_batch_makes_a_file_of_that_type(tmp_path: Path, rntuple: bool):
    assert write_events(tmp_path / "x.root", [batch(0, [])], tree="Events", rntuple=rntuple) == 0
    with uproot.open({tmp_path / "x.root": "Events"}) as tree:
        assert tree.num_entries == 0
        assert str(tree["event"].array().type) == "0 * uint64"
        assert {"event", "Muon" if rntuple else "Muon_pt"} <= set(tree.keys())


def test_the_tree_may_lie_in_a_folder_of_the_file(tmp_path: Path):
    write_events(tmp_path / "x.root", BATCHES, tree="analysis/Events")
    with uproot.open({tmp_path / "x.root": "analysis/Events"}) as tree:
        assert tree.num_entries == 4


def test_an_existing_file_is_replaced(tmp_path: Path):
    for batches in (BATCHES, BATCHES[1:]):
        write_events(tmp_path / "x.root", batches, tree="Events")
    with uproot.open(tmp_path / "x.root") as file:
        assert (file.keys(), file["Events"].num_entries) == (["Events;1"], 1)


def test_batches_are_taken_one_by_one(tmp_path: Path):
    taken = []

    def batches() -> Iterator[ak.Array]:
        for number, events in enumerate(BATCHES):
            taken.append(number)
            yield events

    assert write_events(tmp_path / "x.root", batches(), tree="Events") == 4
    assert taken == [0, 1, 2]


def test_an_unknown_compression_names_the_nearest_and_touches_nothing(tmp_path: Path):
    with pytest.raises(InputError, match=r"There is no compression 'zstandard'; .*'zstd'"):
        write_events(tmp_path / "x.root", BATCHES, tree="Events", compression="zstandard")
    assert list(tmp_path.iterdir()) == []


def test_no_batch_at_all_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="There are no events to write"):
        write_events(tmp_path / "x.root", [], tree="Events")


def test_histograms_come_back_equal_with_overflow_and_title(tmp_path: Path):
    mass = hist.Hist(hist.axis.Regular(4, 0.0, 4.0, name="mass", label="m [GeV]"))
    mass.fill([-1.0, 0.5, 0.5, 3.2, 9.0])
    weighted = hist.Hist(hist.axis.Variable([0.0, 1.0, 10.0], name="pt"), storage=hist.storage.Weight())
    weighted.fill([0.5, 2.0, 3.0], weight=[2.0, 3.0, 4.0])
    write_histograms(tmp_path / "x.root", {"mass": mass, "pt": weighted})
    with uproot.open(tmp_path / "x.root") as file:
        assert file.classnames(cycle=False) == {"mass": "TH1D", "pt": "TH1D"}
        assert file["mass"].to_hist().values(flow=True).tolist() == [1, 2, 0, 0, 1, 1]
        assert file["mass"].to_hist().axes[0].edges.tolist() == [0, 1, 2, 3, 4]
        assert file["mass"].to_hist().axes[0].label == "m [GeV]"
        assert file["pt"].to_hist().values().tolist() == [2, 7]
        assert file["pt"].to_hist().variances().tolist() == [4, 9 + 16]
        assert file["pt"].to_hist().axes[0].edges.tolist() == [0, 1, 10]

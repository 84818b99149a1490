"""Does an RNTuple show the columns that a TTree has for the same events."""

from itertools import pairwise
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest

from hepnb.errors import MissingNameError
from hepnb.loaders.catalogue import describe
from hepnb.loaders.files import open_tree

from .round_trip import TREE, read, write

MUONS = ak.Array([[{"pt": 1.5, "charge": 1}, {"pt": 2.5, "charge": -1}], [], [{"pt": 3.5, "charge": 1}]])


def test_a_collection_shows_as_a_column_per_member_and_their_number(tmp_path: Path):
    path = write(tmp_path / "x.root", {"run": [1, 1, 2], "Muon": MUONS}, rntuple=True, splits=[1])
    assert read(path).to_pydict() == {
        "run": [1, 1, 2],
        "nMuon": [2, 0, 1],
        "Muon_pt": [[1.5, 2.5], [], [3.5]],
        "Muon_charge": [[1, -1], [], [1]],
    }


def test_a_number_that_the_file_has_itself_is_not_counted_again(tmp_path: Path):
    path = write(tmp_path / "x.root", {"nMuon": [20, 0, 10], "Muon": MUONS}, rntuple=True)
    assert read(path).column_names == ["nMuon", "Muon_pt", "Muon_charge"]
    assert read(path)["nMuon"].to_pylist() == [20, 0, 10]


def test_columns_can_be_read_alone_and_in_any_order(tmp_path: Path):
    path = write(tmp_path / "x.root", {"Muon": MUONS}, rntuple=True)
    assert read(path, columns=["nMuon"]).to_pydict() == {"nMuon": [2, 0, 1]}
    assert read(path, columns=["Muon_charge", "nMuon"]).column_names == ["Muon_charge", "nMuon"]
    with pytest.raises(MissingNameError, match=r"There is no branch 'Muon_p' in tree 'Events' of .* 'Muon_pt'"):
        read(path, columns=["Muon_p"])


def test_names_that_begin_alike_are_kept_apart(tmp_path: Path):
    jets = ak.Array([[{"pt": 9.0}], [], []])
    path = write(tmp_path / "x.root", {"MuonTight": jets, "Muon": MUONS}, rntuple=True)
    table = read(path, columns=["nMuon", "nMuonTight", "Muon_pt", "MuonTight_pt"])
    assert table.to_pydict() == {
        "nMuon": [2, 0, 1],
        "nMuonTight": [1, 0, 0],
        "Muon_pt": [[1.5, 2.5], [], [3.5]],
        "MuonTight_pt": [[9.0], [], []],
    }


def test_a_collection_in_a_collection_is_a_list_of_lists(tmp_path: Path):
    jets = ak.Array([[{"pt": 1.0, "hits": [1, 2]}, {"pt": 2.0, "hits": []}], [{"pt": 3.0, "hits": [3]}]])
    table = read(write(tmp_path / "x.root", {"Jet": jets}, rntuple=True))
    assert table.schema.field("Jet_hits").type == pa.list_(pa.list_(pa.int64()))
    assert table["Jet_hits"].to_pylist() == [[[1, 2], []], [[3]]]


def test_a_record_that_is_no_collection_is_a_struct(tmp_path: Path):
    met = ak.Array([{"pt": 1.0, "phi": 0.5}, {"pt": 2.0, "phi": -0.5}])
    table = read(write(tmp_path / "x.root", {"MET": met}, rntuple=True))
    assert table["MET"].to_pylist() == met.to_list()


def test_a_missing_value_is_null(tmp_path: Path):
    path = write(tmp_path / "x.root", {"x": ak.Array([1.5, None, 2.5])}, rntuple=True)
    assert read(path)["x"].to_pylist() == [1.5, None, 2.5]


def test_clusters_are_those_written_and_hold_the_bytes_of_their_columns(tmp_path: Path):
    rng = np.random.default_rng(1)
    columns = {"x": rng.random(3000), "y": rng.random(3000).astype(np.float32)}
    path = write(tmp_path / "x.root", columns, rntuple=True, splits=[1000])
    file = describe(path, tree=TREE, columns=["x"])
    assert file.clusters == (0, 1000, 3000)
    # Random numbers hardly compress: 8 bytes each, of which the exponents save some.
    for (start, stop), size in zip(pairwise(file.clusters), file.stored_bytes, strict=True):
        assert 0.8 < size / (8 * (stop - start)) <= 1.0
    both = describe(path, tree=TREE).stored_bytes
    assert all(0.8 < (two - one) / (one / 2) < 1.2 for one, two in zip(file.stored_bytes, both, strict=True))


def test_an_empty_rntuple_has_columns_and_no_cluster(tmp_path: Path):
    file = describe(write(tmp_path / "x.root", {"x": np.zeros(0, np.int32)}, rntuple=True), tree=TREE)
    assert (file.entries, file.clusters, file.stored_bytes) == (0, (0,), ())
    assert file.schema == pa.schema([("x", pa.int32())])


def test_the_real_rntuple_is_the_beginning_of_the_real_ttree(real_data: Path, double_mu_parked: Path):
    ntuple = read(str(real_data / "Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root"))
    ttree = read(str(double_mu_parked), columns=ntuple.column_names).slice(0, 1000)
    assert sorted(ntuple.column_names) == sorted(
        ["nMuon", *(f"Muon_{x}" for x in ("pt", "eta", "phi", "mass", "charge"))]
    )
    for name in ntuple.column_names:
        assert ntuple[name].to_pylist() == ttree[name].to_pylist()


def test_all_columns_of_the_real_rntuple_are_decoded(real_data: Path):
    path = str(real_data / "Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root")
    with open_tree(path, TREE) as tree:
        streams = tree.streams([tree.column(name) for name in tree.names], 0)
    assert None not in streams  # nMuon among them, which is stored as the ends of the lists

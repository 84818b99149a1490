"""Does a TTree show its leaves, and where its baskets end."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from hepnb.errors import WrongTypeError
from hepnb.loaders.catalogue import describe
from hepnb.loaders.source import HeldSource
from hepnb.loaders.tree import Column
from hepnb.loaders.ttree import TTreeOfEvents

from .round_trip import TREE, read, write


def branch(offsets: list[int], sizes: list[int], *, embedded: int = 0) -> SimpleNamespace:
    """A branch whose baskets begin and end at `offsets`; its last `embedded` ones lie in the tree's record."""
    return SimpleNamespace(
        branches=[],
        entry_offsets=offsets,
        num_baskets=len(offsets) - 1,
        embedded_baskets=[None] * embedded,
        member={"fBasketBytes": np.array([*sizes, 0, 0], dtype=np.int32)}.__getitem__,
    )


def tree_of(**branches: SimpleNamespace) -> TTreeOfEvents:
    entries = next(iter(branches.values())).entry_offsets[-1]
    fake = SimpleNamespace(num_entries=entries, iteritems=lambda recursive: branches.items() if recursive else ())
    return wrapped(fake)


def wrapped(fake: SimpleNamespace) -> TTreeOfEvents:
    return TTreeOfEvents(fake, path="x.root", source=HeldSource(memoryview(b"")), record_bytes=1000)


def columns(*names: str) -> list[Column]:
    return [Column(name, name, pa.int32()) for name in names]


def test_a_cluster_ends_where_the_baskets_of_all_columns_end():
    tree = tree_of(a=branch([0, 10, 20, 30, 40], [1, 1, 1, 1]), b=branch([0, 5, 20, 40], [1, 1, 1]))
    assert tree.clusters(columns("a", "b")).tolist() == [0, 20, 40]
    assert tree.clusters(columns("a")).tolist() == [0, 10, 20, 30, 40]


def test_columns_that_never_end_together_are_one_cluster():
    tree = tree_of(a=branch([0, 10, 40], [1, 1]), b=branch([0, 20, 40], [1, 1]))
    assert tree.clusters(columns("a", "b")).tolist() == [0, 40]


def test_stored_bytes_are_the_baskets_of_the_chosen_columns():
    tree = tree_of(a=branch([0, 10, 20, 40], [1, 2, 4]), b=branch([0, 20, 40], [8, 16]))
    both = columns("a", "b")
    assert tree.stored_bytes(both, tree.clusters(both)).tolist() == [1 + 2 + 8, 4 + 16]
    assert tree.stored_bytes(columns("b"), np.array([0, 20, 40])).tolist() == [8, 16]


def test_baskets_without_events_belong_to_no_cluster():
    tree = tree_of(a=branch([0, 10, 10, 20, 20], [1, 2, 4, 8]))
    assert tree.stored_bytes(columns("a"), np.array([0, 10, 20])).tolist() == [1, 2 + 4]
    assert tree_of(a=branch([0, 0], [1])).stored_bytes(columns("a"), np.array([0])).tolist() == []


def test_baskets_inside_the_trees_record_count_with_it_once():
    tree = tree_of(a=branch([0, 10, 20], [1, 0], embedded=1), b=branch([0, 10, 20], [2, 0], embedded=1))
    both = columns("a", "b")
    assert tree.stored_bytes(both, tree.clusters(both)).tolist() == [1 + 2, 1000]


def test_an_empty_tree_has_no_cluster(tmp_path: Path):
    file = describe(write(tmp_path / "x.root", {"x": np.zeros(0, np.int32)}), tree=TREE)
    assert (file.entries, file.clusters, file.stored_bytes) == (0, (0,), ())


def test_a_jagged_branch_comes_with_its_counter(tmp_path: Path):
    path = write(tmp_path / "x.root", {"Muon_pt": [[1.5, 2.5], [], [3.5]]})
    assert read(path).to_pydict() == {"nMuon_pt": [2, 0, 1], "Muon_pt": [[1.5, 2.5], [], [3.5]]}


def test_clusters_are_those_written(tmp_path: Path):
    file = describe(write(tmp_path / "x.root", {"x": np.arange(10)}, splits=[3, 7]), tree=TREE)
    assert file.clusters == (0, 3, 7, 10)
    assert all(0 < size < file.file_bytes for size in file.stored_bytes)


def test_delphes_leaves_go_by_their_own_names(real_data: Path):
    file = describe(str(real_data / "delphes_W.root"), tree="Delphes")
    branches = {column.name: column.branch for column in file.columns}
    assert branches["EFlowTrack.PT"] == "EFlowTrack/EFlowTrack.PT"
    assert branches["EFlowTrack_size"] == "EFlowTrack_size"
    assert file.schema.field("EFlowTrack.PT").type == pa.list_(pa.float32())
    assert file.entries == 300


def test_left_out_branches_are_named_with_the_reason(real_data: Path):
    path = str(real_data / "delphes_W.root")
    left_out = describe(path, tree="Delphes").left_out
    collections = ["EFlowNeutralHadron", "EFlowPhoton", "EFlowTrack", "Electron", "Event", "Jet", "MissingET"]
    assert sorted(left_out) == [f"{name}.fBits" for name in [*collections, "MuonTight", "Weight"]]
    assert set(left_out.values()) == {"bookkeeping of TObject, stored with a varying length"}
    with pytest.raises(WrongTypeError, match=r"The branch 'Jet\.fBits' in tree 'Delphes' of .* bookkeeping of TObject"):
        describe(path, tree="Delphes", columns=["Jet.PT", "Jet.fBits"])


def test_leaves_of_one_name_go_by_their_paths():
    leaf = SimpleNamespace(branches=[], name="pt", interpretation=SimpleNamespace(awkward_form=_float_form))
    lone = SimpleNamespace(branches=[], name="run", interpretation=leaf.interpretation)
    leaves = {"mu/pt": leaf, "el/pt": leaf, "run": lone}
    fake = SimpleNamespace(iteritems=lambda recursive: leaves.items() if recursive else (), file=None)
    tree = wrapped(fake)
    assert list(tree.names) == ["mu/pt", "el/pt", "run"]
    assert [tree.column(name) for name in tree.names] == [Column(name, name, pa.float32()) for name in leaves]


def _float_form(file: None) -> object:
    from awkward.forms import NumpyForm

    assert file is None
    return NumpyForm("float32")

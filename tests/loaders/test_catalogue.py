"""Does a description say what planning needs to know."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from hepnb.errors import MissingInputError, MissingNameError
from hepnb.loaders.catalogue import describe

from .round_trip import TREE, write

COLUMNS = {"run": np.ones(6, np.uint32), "x": np.arange(6.0), "y": np.arange(6, dtype=np.int16)}


@pytest.fixture(scope="session", params=[False, True], ids=["TTree", "RNTuple"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Six events in two clusters."""
    return write(tmp_path_factory.mktemp("catalogue") / "x.root", COLUMNS, rntuple=request.param, splits=[4])


def test_all_columns_come_in_the_order_of_the_file(path: str):
    file = describe(path, tree=TREE)
    assert file.schema == pa.schema([("run", pa.uint32()), ("x", pa.float64()), ("y", pa.int16())])
    assert (file.path, file.entries, file.clusters, file.left_out) == (path, 6, (0, 4, 6), {})
    assert file.file_bytes == Path(path).stat().st_size


def test_chosen_columns_come_in_the_order_asked_for(path: str):
    assert describe(path, tree=TREE, columns=["y", "run"]).schema.names == ["y", "run"]


def test_fewer_columns_hold_fewer_bytes(path: str):
    everything, some = describe(path, tree=TREE), describe(path, tree=TREE, columns=["x"])
    assert all(0 < few < many for few, many in zip(some.stored_bytes, everything.stored_bytes, strict=True))


def test_optional_columns_come_first_and_only_where_they_exist(path: str):
    file = describe(path, tree=TREE, columns=["y"], optional=["event", "run", "y"])
    assert file.schema.names == ["run", "y"]


def test_no_column_at_all_still_counts_the_events(path: str):
    file = describe(path, tree=TREE, columns=[])
    assert (file.entries, file.columns, sum(file.stored_bytes)) == (6, (), 0)


def test_a_missing_column_names_the_nearest(path: str):
    with pytest.raises(
        MissingNameError, match=r"There is no branch 'runs' in tree 'Events' of .*; the nearest is 'run'"
    ):
        describe(path, tree=TREE, columns=["x", "runs"])


def test_a_missing_file_is_told():
    with pytest.raises(MissingInputError, match=r"There is no file lost\.root\."):
        describe("lost.root", tree=TREE)


def test_a_description_can_be_sent_to_a_worker(path: str):
    import pickle

    file = describe(path, tree=TREE)
    assert pickle.loads(pickle.dumps(file)) == file


def test_what_was_not_asked_for_is_not_called_left_out(real_data: Path):
    delphes = str(real_data / "delphes_W.root")
    assert describe(delphes, tree="Delphes", columns=["Jet.PT"]).left_out == {}


def test_the_real_sample_has_its_published_size(double_mu_parked: Path):
    file = describe(str(double_mu_parked), tree=TREE)
    assert file.entries == 100_000
    assert 0.9 * file.file_bytes < sum(file.stored_bytes) < file.file_bytes

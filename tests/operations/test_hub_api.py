"""What an operator reads when the hub cannot be spoken to; that it can is tested with a hub that runs."""

from pathlib import Path

import pytest

from hepnb.cluster.ports import free_port
from hepnb.cluster.site import DataFolder, Settings
from hepnb.errors import InputError, MissingInputError, SessionError
from hepnb.operations.data_folder import locked, open_folder
from hepnb.operations.hub_api import hub_of, quoted


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Data of a platform that does not run."""
    folder = open_folder(tmp_path / "data")
    Settings(
        host="127.0.0.1", port=8000, hub_port=free_port(), proxy_port=1, sessions_port=1, config=None, version="0"
    ).save(folder)
    return folder


def test_a_platform_that_does_not_run_is_told(folder: DataFolder, tmp_path: Path):
    for path in (folder.path, tmp_path / "nothing"):
        with pytest.raises(InputError, match=f"No platform runs on {path}. Start it with 'hepnb up', or name the data"):
            hub_of(path)


def test_a_hub_that_does_not_answer_is_told(folder: DataFolder):
    with locked(folder, address="x"):
        hub = hub_of(folder.path)
        with pytest.raises(SessionError, match=r"does not answer: .*Connection refused.*If it is just starting"):
            hub.ask("GET", "users")


def test_data_of_an_older_platform_are_told(folder: DataFolder):
    folder.operator_token.unlink()
    with locked(folder, address="x"), pytest.raises(MissingInputError, match="starting it anew makes the file"):
        hub_of(folder.path)


def test_in_the_pod_of_a_hub_the_operator_speaks_to_that_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("CONFIGURATION", "SECRETS"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"HEPNB_{name}", str(tmp_path / name))
    (tmp_path / "CONFIGURATION" / "deployment.json").write_text("{}")
    with pytest.raises(MissingInputError, match=r"The secret .*/operator-token cannot be read"):
        hub_of()
    (tmp_path / "SECRETS" / "operator-token").write_text("secret\n")
    hub = hub_of()
    assert (hub.port, hub.token, hub.folder) == (8081, "secret", None)
    assert "secret" not in repr(hub)
    with pytest.raises(InputError, match="No platform runs on"):
        hub_of(tmp_path)


def test_parts_of_an_address_stay_parts():
    assert quoted("users", "a/../b", "") == "users/a%2F..%2Fb/"
    assert quoted("groups", "ü ?x=1#%2e") == "groups/%C3%BC%20%3Fx%3D1%23%252e"

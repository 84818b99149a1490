"""Do the platform and its hub find the same things in the same places."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from hepnb.cluster.site import DataFolder, Settings, is_loopback, write_private

SETTINGS = Settings(
    host="127.0.0.1", port=8000, hub_port=8081, proxy_port=8001, sessions_port=8002, config="/site.py", version="1.0"
)


def test_everything_lies_in_the_folder_at_places_of_its_own():
    folder = DataFolder(Path("/data"))
    names = [name for name, value in vars(DataFolder).items() if isinstance(value, property)]
    places = [getattr(folder, name) for name in names]
    assert len(set(places)) == len(names)
    assert all(place.is_relative_to("/data") for place in places)
    for secret in (folder.cookie_secret, folder.proxy_token, folder.password):
        assert secret.parent == folder.secrets


def test_settings_come_back_and_nobody_else_reads_them(tmp_path: Path):
    folder = DataFolder(tmp_path)
    folder.hub.mkdir()
    for settings in (SETTINGS, replace(SETTINGS, host="::", config=None)):
        settings.save(folder)
        assert Settings.load(folder) == settings
    assert stat.S_IMODE(folder.settings.stat().st_mode) == 0o600
    assert json.loads(folder.settings.read_text())["port"] == 8000


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
        ("analysis.example.org", "http://analysis.example.org:8000"),
    ],
)
def test_the_address_is_one_that_a_browser_takes(host: str, address: str):
    assert replace(SETTINGS, host=host).address == address


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "127.255.255.254", "::1", "localhost", "LOCALHOST"])
def test_addresses_of_this_machine_alone(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "127.example.org", "127.0.0.1.example.org", "localhost.example.org"],  # noqa: S104  # nothing listens
)
def test_addresses_that_others_may_reach(host: str):
    assert not is_loopback(host)


def test_a_private_file_is_written_whole_whatever_was_there(tmp_path: Path):
    path = tmp_path / "secret"
    path.write_text("a much longer secret of before")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        write_private(path, "new")
    finally:
        os.umask(before)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_what_an_earlier_attempt_left_open_to_others_is_not_taken_over(tmp_path: Path):
    unfinished = tmp_path / "secret.part"
    unfinished.write_text("x")
    unfinished.chmod(0o666)
    write_private(tmp_path / "secret", "new")
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_private_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path):
    path = tmp_path / "secret"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert path.read_text() == "old"

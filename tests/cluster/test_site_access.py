"""Are secret variables read as Kubernetes mounts them, and is no value ever told?"""

from pathlib import Path

import pytest

from hepnb.cluster.site_access import secret_variables
from hepnb.errors import InputError


def mounted(folder: Path, version: str, **values: bytes) -> None:
    """A Secret as the kubelet writes it: a folder for each version, and a link to the newest."""
    (folder / version).mkdir()
    for name, value in values.items():
        (folder / version / name).write_bytes(value)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    (folder / "..new").symlink_to(version)
    (folder / "..new").rename(folder / "..data")


def test_the_newest_version_counts(tmp_path: Path):
    mounted(tmp_path, "..2026_1", KEY=b"first", GONE=b"x")
    assert secret_variables(tmp_path, name="s") == {"KEY": "first", "GONE": "x"}
    mounted(tmp_path, "..2026_2", KEY="sécond\r\n".encode())
    assert secret_variables(tmp_path, name="s") == {"KEY": "sécond"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("a.b", b"xyzzy"),
        ("9", b"xyzzy"),
        (".hidden", b"xyzzy"),
        ("HEPNB_X", b"xyzzy"),
        ("K", b"xyzzy\xff"),
        ("K", b"xyzzy\0"),
    ],
)
def test_what_cannot_be_a_variable_is_told_without_its_value(tmp_path: Path, key: str, value: bytes):
    mounted(tmp_path, "..2026_1", **{key: value})
    with pytest.raises(InputError) as raised:
        secret_variables(tmp_path, name="storage")
    error: BaseException | None = raised.value
    assert f"The Secret 'storage', which 'environmentSecret' names, has the key '{key}'" in str(error)
    while error is not None:
        assert "xyzzy" not in repr(error)
        error = error.__cause__


def test_a_secret_that_is_not_there_is_told(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="'environmentSecret' names, is not there or is empty"):
            secret_variables(folder, name="storage")

"""Nothing of the user's is overwritten."""

from pathlib import Path

import pytest

from hepnb.server.notebooks import furnish


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("01_one", "02_two"):
        (folder / f"{name}.ipynb").write_text(f"{name} of 0.1")
    (folder / "data.csv").write_text("no notebook")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def content(home: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (home / "notebooks").iterdir()}


def test_each_notebook_comes_once(source: Path, home: Path):
    furnish(home, source, version="0.1")
    assert content(home) == {"01_one.ipynb": "01_one of 0.1", "02_two.ipynb": "02_two of 0.1"}
    assert furnish(home, source, version="0.1") == []


def test_what_the_user_changed_or_removed_stays_so(source: Path, home: Path):
    furnish(home, source, version="0.1")
    (home / "notebooks" / "01_one.ipynb").write_text("mine")
    (home / "notebooks" / "02_two.ipynb").unlink()
    assert furnish(home, source, version="0.2") == []
    assert content(home) == {"01_one.ipynb": "mine"}


def test_a_changed_one_comes_beside_the_old_one(source: Path, home: Path):
    furnish(home, source, version="0.1")
    (home / "notebooks" / "01_one.ipynb").write_text("mine")
    (source / "01_one.ipynb").write_text("01_one of 0.2")
    furnish(home, source, version="0.2")
    (source / "01_one.ipynb").write_text("01_one of 0.2, mended")
    furnish(home, source, version="0.2")
    assert content(home) == {
        "01_one.ipynb": "mine",
        "02_two.ipynb": "02_two of 0.1",
        "01_one-0.2.ipynb": "01_one of 0.2",
        "01_one-0.2-2.ipynb": "01_one of 0.2, mended",
    }


def test_a_notebook_that_the_user_had_before_is_kept(source: Path, home: Path):
    (home / "notebooks").mkdir()
    (home / "notebooks" / "01_one.ipynb").write_text("mine")
    furnish(home, source, version="0.1")
    assert content(home)["01_one.ipynb"] == "mine"
    assert content(home)["01_one-0.1.ipynb"] == "01_one of 0.1"

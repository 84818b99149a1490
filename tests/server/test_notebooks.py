"""Nothing of the user's is overwritten."""

import json
from functools import partial
from pathlib import Path

import pytest

from hepnb.server import notebooks

KERNELS = {"python3": "Python 3 (ipykernel)", "hepnb-spark": "Spark (Kubernetes)"}
ROOT = Path(__file__).parents[2]

furnish = partial(notebooks.furnish, kernels=KERNELS)


def notebook(text: str, kernel: str = "python3", shown: str = "Python 3 (ipykernel)") -> str:
    """A notebook with one text."""
    cell = {"cell_type": "markdown", "metadata": {}, "source": [text]}
    spec = {"display_name": shown, "language": "python", "name": kernel}
    return json.dumps({"cells": [cell], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5})


def text_of(path: Path) -> str:
    """What is in the one cell of a notebook, or in a file that is none."""
    written = path.read_text()
    return "".join(json.loads(written)["cells"][0]["source"]) if written.startswith("{") else written


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("01_one", "02_two"):
        (folder / f"{name}.ipynb").write_text(notebook(f"{name} of 0.1"))
    (folder / "data.csv").write_text("no notebook")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def content(home: Path) -> dict[str, str]:
    return {path.name: text_of(path) for path in (home / "notebooks").iterdir()}


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
    (source / "01_one.ipynb").write_text(notebook("01_one of 0.2"))
    furnish(home, source, version="0.2")
    (source / "01_one.ipynb").write_text(notebook("01_one of 0.2, mended"))
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


def test_a_notebook_names_the_kernel_as_the_launcher_does(source: Path, home: Path):
    (source / "03_spark.ipynb").write_text(notebook("with Spark", "hepnb-spark", "Spark (local)"))
    (copied,) = [path for path in furnish(home, source) if path.name == "03_spark.ipynb"]
    expected = {"display_name": "Spark (Kubernetes)", "language": "python", "name": "hepnb-spark"}
    assert json.loads(copied.read_text())["metadata"]["kernelspec"] == expected
    assert furnish(home, source) == []


def test_a_notebook_whose_kernel_is_not_here_stays_away_until_it_is(source: Path, home: Path):
    (source / "04_remote.ipynb").write_text(notebook("elsewhere", "hepnb-session"))
    furnish(home, source)
    assert content(home).keys() == {"01_one.ipynb", "02_two.ipynb"}
    notebooks.furnish(home, source, kernels={**KERNELS, "hepnb-session": "Spark (remote session)"})
    assert content(home).keys() == {"01_one.ipynb", "02_two.ipynb", "04_remote.ipynb"}


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_copy_of_ours_differs_in_nothing_but_the_kernels_name(path: Path, home: Path):
    kernel = json.loads(path.read_text())["metadata"]["kernelspec"]
    notebooks.furnish(home, path.parent, kernels={kernel["name"]: kernel["display_name"]})
    assert (home / "notebooks" / path.name).read_text() == path.read_text()

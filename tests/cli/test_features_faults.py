"""What is left when the extraction of features is cut short: nothing that looks finished, and no process."""

from pathlib import Path

import pytest

from tests.cli.running import hepnb
from tests.cli.stopping import (
    check_interrupted,
    offspring,
    started,
    still_alive,
    wait_for,
    wait_for_offspring,
    wait_for_work,
)
from tests.features import delphes_files

EVENTS = 8000
"""In a file."""

PLACES = {
    "process": [],
    "workers": ["--workers", "2"],
    "spark": ["--backend", "spark"],
}
EXTRACTING, WRITING = "Extracting features", "Writing the features in random order"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file by fifty names."""
    folder = tmp_path_factory.mktemp("delphes")
    delphes_files.write(folder / "00.root", delphes_files.events(EVENTS, seed=1))
    for number in range(1, 50):
        (folder / f"{number:02}.root").hardlink_to(folder / "00.root")
    return folder


@pytest.mark.parametrize(
    ("place", "step", "files", "to_all"),
    [
        ("process", EXTRACTING, "*", True),
        ("workers", EXTRACTING, "*", False),
        ("spark", EXTRACTING, "*", True),
        ("workers", WRITING, "[0-2][0-4]", True),
    ],
)
def test_an_interrupt_stops_the_extraction_and_leaves_nothing(
    inputs: Path, tmp_path: Path, place: str, step: str, files: str, to_all: bool
):
    running = started("features", "--qcd", inputs / f"{files}.root", "--output", tmp_path / "out", *PLACES[place])
    wait_for(running, step)
    if step == EXTRACTING:
        wait_for_work(running)
    check_interrupted(running, to_all=to_all, folder=tmp_path)


@pytest.mark.parametrize(("step", "files"), [(EXTRACTING, "*"), (WRITING, "[0-2][0-4]")], ids=["early", "late"])
def test_a_killed_extraction_leaves_no_folder_and_does_not_disturb_the_next(
    inputs: Path, tmp_path: Path, step: str, files: str
):
    output = tmp_path / "out"
    running = started("features", "--qcd", inputs / f"{files}.root", "--output", output, "--workers", 2)
    wait_for(running, step)
    wait_for_offspring(running)
    processes = offspring(running)
    running.kill()
    running.communicate(timeout=60)
    assert still_alive(processes, within=20) == []
    assert not output.exists()
    again = hepnb("features", "--qcd", inputs / "00.root", "--output", output)
    assert again.returncode == 0, again.stderr
    assert (output / "summary.json").exists()

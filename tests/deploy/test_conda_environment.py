import re
import runpy
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()


def conda_pins() -> list[str]:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (pip,) = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    assert pip[-1] == "-e ."
    return pip[:-1]


def test_conda_and_pip_have_the_same_pins():
    pinned = [re.sub(r" \\$", "", line) for line in LOCK.splitlines() if "==" in line]
    assert len(pinned) > 150
    assert conda_pins() == pinned


def test_the_file_is_what_make_lock_writes():
    written = runpy.run_path(str(ROOT / "deploy" / "conda_environment.py"))["environment"](LOCK)
    assert (ROOT / "environment.yml").read_text() == written


def test_the_lock_carries_hashes_and_no_addresses():
    assert not re.search(r"https?://|--index|--find-links|--extra", LOCK)
    requirements = re.split(r"\n(?=\S)", LOCK.strip())
    assert [one.splitlines()[0] for one in requirements if "--hash=sha256:" not in one] == []

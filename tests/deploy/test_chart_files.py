"""What the chart takes from the library is what the library says."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hepnb import __version__
from hepnb.cluster.kubernetes import MAX_PREFIX, PREFIX

DEPLOY = Path(__file__).parents[2] / "deploy"
CHART = DEPLOY / "helm" / "hepnb"
SCRIPT = DEPLOY / "chart_files.py"


def test_the_files_are_what_make_chart_writes():
    result = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_stale_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    script = runpy.run_path(str(SCRIPT))
    monkeypatch.setitem(script["main"].__globals__, "FILES", tmp_path)
    assert script["main"]([]) is None
    assert script["main"](["--check"]) is None
    (tmp_path / "names.yaml").write_text("hub: other\n")
    assert script["main"](["--check"]) == ("Stale in deploy/helm/hepnb/files: names.yaml. Write anew with: make chart")
    (tmp_path / "profiles.toml").unlink()
    assert "names.yaml, profiles.toml" in script["main"](["--check"])


def test_an_unknown_option_is_refused():
    result = subprocess.run([sys.executable, SCRIPT, "--write"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (1, "usage: chart_files.py [--check], not '--write'\n")


def test_version_and_prefix_are_the_librarys():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)
    assert yaml.safe_load((CHART / "values.yaml").read_text())["prefix"] == PREFIX
    assert json.loads((CHART / "values.schema.json").read_text())["properties"]["prefix"]["maxLength"] == MAX_PREFIX

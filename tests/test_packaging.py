"""What `pip install hepnb` gives, tried in an environment that has nothing else."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
UV = str(Path(sys.executable).with_name("uv"))


def run(*command: object) -> subprocess.CompletedProcess[str]:
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=900, check=False)
    assert result.returncode == 0, result.stderr
    return result


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what git tracks."""
    sources = tmp_path_factory.mktemp("sources")
    tracked = run(
        "git",
        "-C",
        ROOT,
        "ls-files",
        "-z",
        "hub",
        "kernels",
        "lab",
        "lib",
        "notebooks",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    ).stdout.split("\0")
    for name in filter(None, tracked):
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, sources / name)
    run(
        UV,
        "build",
        "--wheel",
        "--quiet",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        sources / "dist",
        sources,
    )
    (built,) = (sources / "dist").glob("*.whl")
    return built


def install(folder: Path, requirement: str) -> Path:
    """Install into a virtual environment, which is made if it is not there; returns its folder of commands."""
    if not folder.exists():
        run(UV, "venv", "--quiet", "--python", sys.executable, folder)
    lock = ROOT / "requirements.lock"
    options = ("--quiet", "--python", folder / "bin" / "python", "--constraint", lock, "--build-constraint", lock)
    run(UV, "pip", "install", *options, requirement)
    return folder / "bin"


def test_the_core_needs_two_small_packages_and_says_what_else_to_install(wheel: Path, tmp_path: Path):
    commands = install(tmp_path / "core", f"hepnb @ {wheel.as_uri()}")
    assert run(commands / "hepnb", "--version").stdout.startswith("hepnb ")
    installed = json.loads(run(UV, "pip", "list", "--format", "json", "--python", commands / "python").stdout)
    assert {package["name"] for package in installed} == {
        "click",
        "hepnb",
        "markdown-it-py",
        "mdurl",
        "pygments",
        "rich",
    }
    arguments = ["generate", "dimuon", "--events", "1", "--seed", "1", "--output", str(tmp_path / "x.root")]
    result = subprocess.run([commands / "hepnb", *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == "hepnb: The package 'awkward' is missing; install it with: pip install 'hepnb[root]'\n"


@pytest.fixture(scope="module")
def reduced(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], Path]:
    """An environment that reduces events; what the command found there, and its results."""
    folder = tmp_path_factory.mktemp("reduced")
    commands = install(folder / "environment", f"hepnb[root,spark,plots] @ {wheel.as_uri()}")
    events, output = folder / "events.root", folder / "out"
    run(commands / "hepnb", "generate", "dimuon", "--events", "1000", "--seed", "1", "--output", events)
    found = json.loads(run(commands / "hepnb", "reduce", events, "--output", output, "--json").stdout)
    return folder / "environment", found, output


def test_the_extras_generate_and_reduce(reduced: tuple[Path, dict[str, Any], Path]):
    _, found, output = reduced
    assert found["events"] == 1000
    assert (output / "spectrum.png").exists()


def test_all_extras_install_together(wheel: Path, reduced: tuple[Path, dict[str, Any], Path]):
    # The lock says every version, so that those that are there already are those of a new environment.
    environment, _, _ = reduced
    commands = install(environment, f"hepnb[root,spark,plots,pythia,ml,jax,hub,remote,kubernetes] @ {wheel.as_uri()}")
    run(
        commands / "python",
        "-c",
        "import hepnb, jupyterhub, jupyterlab, kubespawner, pyspark, sparkmagic, sparkmonitor, uproot",
    )
    (tensorflow,) = {"tensorflow", "tensorflow-cpu"} & {
        package["name"]
        for package in json.loads(run(UV, "pip", "list", "--format", "json", "--python", commands / "python").stdout)
    }
    assert tensorflow

"""What `pip install hepnb` gives, tried in an environment that has nothing else."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import until

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


EVERYTHING = "hepnb[root,spark,plots,pythia,ml,jax,hub,remote,kubernetes]"


@dataclass(frozen=True)
class Step:
    """What was found in the environment after one of its steps, before the next one added packages.

    Attributes:
        commands: folder of the environment's commands.
        installed: names of all packages.
    """

    commands: Path
    installed: set[str]


def install(wheel: Path, folder: Path, requirement: str) -> Step:
    """Install into a virtual environment, which is made if it is not there."""
    if not folder.exists():
        run(UV, "venv", "--quiet", "--python", sys.executable, folder)
    commands = folder / "bin"
    lock = ROOT / "requirements.lock"
    options = ("--quiet", "--python", commands / "python", "--constraint", lock, "--build-constraint", lock)
    command = (UV, "pip", "install", *options, f"{requirement} @ {wheel.as_uri()}")
    # make has installed the same versions a moment ago. An index that forbids caching would let uv fetch and build
    # pyspark again; without the network, uv takes what it has.
    if subprocess.run([*map(str, command), "--offline"], capture_output=True, check=False).returncode != 0:
        run(*command)
    listed = json.loads(run(UV, "pip", "list", "--format", "json", "--python", commands / "python").stdout)
    return Step(commands, {package["name"] for package in listed})


# One environment takes all three steps, each on top of the one before: the lock says every version, so that what is
# there already is what a new environment would get.


@pytest.fixture(scope="module")
def core(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Step, subprocess.CompletedProcess[str]]:
    """The core alone, and what it answers when it shall generate events."""
    folder = tmp_path_factory.mktemp("core")
    step = install(wheel, folder / "environment", "hepnb")
    assert run(step.commands / "hepnb", "--version").stdout.startswith("hepnb ")
    arguments = ["generate", "dimuon", "--events", "1", "--seed", "1", "--output", str(folder / "x.root")]
    return step, subprocess.run([step.commands / "hepnb", *arguments], capture_output=True, text=True, check=False)


def test_the_core_needs_two_small_packages_and_says_what_else_to_install(
    core: tuple[Step, subprocess.CompletedProcess[str]],
):
    step, generated = core
    assert step.installed == {"click", "hepnb", "markdown-it-py", "mdurl", "pygments", "rich"}
    assert generated.returncode == 1
    assert generated.stderr == "hepnb: The package 'awkward' is missing; install it with: pip install 'hepnb[root]'\n"


@pytest.fixture(scope="module")
def reduced(
    wheel: Path, core: tuple[Step, subprocess.CompletedProcess[str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Step, dict[str, Any], Path]:
    """The environment that reduces events; what the command found there, and its results."""
    folder = tmp_path_factory.mktemp("reduced")
    step = install(wheel, core[0].commands.parent, "hepnb[root,spark,plots]")
    events, output = folder / "events.root", folder / "out"
    run(step.commands / "hepnb", "generate", "dimuon", "--events", "1000", "--seed", "1", "--output", events)
    found = json.loads(run(step.commands / "hepnb", "reduce", events, "--output", output, "--json").stdout)
    return step, found, output


def test_the_extras_generate_and_reduce(reduced: tuple[Step, dict[str, Any], Path]):
    step, found, output = reduced
    assert not {"jupyterhub", "keras", "sparkmagic"} & step.installed
    assert found["events"] == 1000
    assert (output / "spectrum.png").exists()


def test_all_extras_install_together(wheel: Path, reduced: tuple[Step, dict[str, Any], Path]):
    step = install(wheel, reduced[0].commands.parent, EVERYTHING)
    run(
        step.commands / "python",
        "-c",
        "import hepnb, jupyterhub, jupyterlab, kubespawner, pyspark, sparkmagic, sparkmonitor, uproot",
    )
    assert {"tensorflow", "tensorflow-cpu"} & step.installed
    run(step.commands / "python", "-m", "hepnb.cluster.proxy_program")
    assert "configurable-http-proxy" in run(step.commands / "python", "-m", "hepnb_hub.proxy", "--help").stdout


def test_the_first_start_of_spark_has_an_archive_of_java_s_classes_made(reduced: tuple[Step, dict[str, Any], Path]):
    step, _, _ = reduced
    folder = step.commands.parent / "share" / "hepnb" / "java"
    (archive,) = until(lambda: list(folder.glob("spark-*.jsa")), within=300, what="the archive", pause=0.5)
    assert archive.stat().st_size == int(archive.stem.split("-")[2])
    assert not (folder / "failed").exists()

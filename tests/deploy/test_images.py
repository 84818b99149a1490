"""The images of the platform on Kubernetes, as far as they can be tried without building them."""

import fnmatch
import json
import os
import re
import runpy
import tomllib
from pathlib import Path

import pytest

from hepnb.cluster.kubernetes import GROUP_ID, HOME, USER_ID
from tests.deploy.programs import program, run

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "deploy" / "images"
NAMES = ("executor", "hub", "notebook")
LOCK = (ROOT / "requirements.lock").read_text()


def instructions(name: str) -> list[str]:
    """Of a Dockerfile: comments left out, lines that go on joined."""
    text = re.sub(r"^#.*\n", "", (IMAGES / name / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]


# --- Dockerfiles


@pytest.mark.parametrize("name", NAMES)
def test_a_site_may_bring_its_own_base_and_there_is_a_public_one(name: str):
    assert instructions(name)[:3] == [
        "ARG BASE_IMAGE=debian:bookworm-slim",
        "ARG PYTHON_VERSION=3.11",
        "FROM ${BASE_IMAGE} AS base",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_images_run_as_the_account_that_the_hub_counts_on(name: str):
    last = [line for line in instructions(name) if line.startswith("USER ")][-1]
    assert last == f"USER {USER_ID}:{GROUP_ID}"
    assert f"HOME={HOME}" in (IMAGES / name / "Dockerfile").read_text()


@pytest.mark.parametrize("path", sorted(path for path in IMAGES.rglob("*") if path.is_file() and path.suffix != ".jar"))
def test_nothing_names_an_address_to_download_from(path: Path):
    assert not re.search(r"https?://|\w\.(io|org|net)/", path.read_text())


@pytest.mark.parametrize("name", NAMES)
def test_an_image_is_labelled(name: str):
    labels = re.findall(r"org\.opencontainers\.image\.(\w+)=", "\n".join(instructions(name)))
    assert sorted(labels) == ["description", "licenses", "title"]


def test_notebook_and_executor_begin_with_the_same_steps():
    executor, notebook = instructions("executor"), instructions("notebook")
    same = [one for one, other in zip(executor, notebook, strict=False) if one == other]
    assert executor[: len(same)] == same
    assert any("--extra spark" in line for line in same)
    assert any("EXTRAS" in line for line in same)
    assert any(".jar" in line or "s3a" in line for line in same)


@pytest.mark.parametrize("name", NAMES)
def test_an_image_installs_extras_that_exist(name: str):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.findall(r"--extra (\w[\w-]*)", "\n".join(instructions(name)))
    assert named
    assert set(named) <= set(extras)


def test_the_hub_needs_no_spark_and_no_root_files():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted, names = ["kubernetes"], set()
    while wanted:
        for line in project["optional-dependencies"][wanted.pop()]:
            if extras := re.fullmatch(r"hepnb\[(.*)\]", line):
                wanted += extras[1].split(",")
            else:
                names.add(re.match(r"[\w-]+", line)[0])
    assert {"jupyterhub-kubespawner", "psycopg"} <= names
    assert not names & {"awkward", "ipykernel", "jupyterlab", "matplotlib", "pyarrow", "pyspark", "uproot"}


def sources(name: str) -> set[str]:
    """What a Dockerfile copies out of the build's context."""
    found = set()
    for line in instructions(name):
        words = line.split()
        if words[0] == "COPY" and not any(word.startswith("--from=") for word in words):
            found |= {word for word in words[1:-1] if not word.startswith("--")}
    return found


def in_context(path: str) -> bool:
    """Whether .dockerignore lets a file of the repository through: the last line that fits decides."""
    kept = True
    for line in filter(None, (ROOT / ".dockerignore").read_text().splitlines()):
        pattern = line.removeprefix("!")
        above = [path, *(str(parent) for parent in Path(path).parents if parent != Path())]
        if any(fnmatch.fnmatchcase(one, pattern) or fnmatch.fnmatchcase(f"/{one}", pattern) for one in above):
            kept = line.startswith("!")
    return kept


@pytest.mark.parametrize(("name", "then"), [("executor", "/opt/hepnb/entrypoint.sh"), ("notebook", None)])
def test_notebook_and_executor_begin_with_trusting_the_site(name: str, then: str | None):
    (entrypoint,) = (line for line in instructions(name) if line.startswith("ENTRYPOINT "))
    first = ["/usr/bin/tini", "-g", "--", "/opt/hepnb/trusting"]
    assert json.loads(entrypoint.removeprefix("ENTRYPOINT ")) == [*first, *([then] if then else [])]
    assert "deploy/images/trusting" in sources(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_context_holds_what_is_copied(name: str):
    assert sources(name)
    for source in sources(name):
        path = ROOT / source
        assert path.exists(), source
        assert in_context(source), source


@pytest.mark.parametrize(
    "path", [".git/config", ".venv/bin/python", "tests/conftest.py", "lib/hepnb/__pycache__/a.pyc"]
)
def test_the_context_holds_nothing_else(path: str):
    assert not in_context(path)


# --- what images are made from


def pins(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, flags=re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def test_the_packages_for_gpus_are_those_of_the_lock():
    lock, gpu = pins(LOCK), pins((IMAGES / "gpu.lock").read_text())
    assert gpu["tensorflow"] == lock["tensorflow-cpu"]
    assert {name: versions for name, versions in gpu.items() if name in lock and not versions <= lock[name]} == {}
    assert any(name.startswith("nvidia-cudnn") for name in gpu)
    assert not re.search(r"https?://|--index", (IMAGES / "gpu.lock").read_text())


needs = runpy.run_path(str(IMAGES / "needs.py"))["needs"]
check = runpy.run_path(str(IMAGES / "check.py"))
jars = runpy.run_path(str(ROOT / "deploy" / "s3a_jars.py"))


def test_packages_follow_from_the_dependencies_and_from_nothing_else():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    kept = tomllib.loads(needs(project))
    assert kept["project"] == {
        "name": "hepnb",
        "version": "0",
        "dependencies": project["project"]["dependencies"],
        "optional-dependencies": project["project"]["optional-dependencies"],
    }
    assert kept["tool"] == {"uv": project["tool"]["uv"]}


def test_an_image_whose_packages_are_not_the_locks_is_not_made():
    locked = check["pins"]("pyspark==4.3.0 \\\n    --hash=sha256:aa\nxgboost==3.2.0 ; a\nxgboost==3.4.1 ; b\n")
    assert check["faults"]({"pyspark": "4.3.0", "xgboost": "3.4.1", "pip": "23.0", "hepnb": "0.1.0"}, locked) == []
    assert check["faults"]({"pyspark": "4.2.0", "leftover": "1"}, locked) == [
        "leftover 1 is installed, but requirements.lock does not have it",
        "pyspark 4.2.0 is installed, but requirements.lock has 4.3.0",
    ]


def test_the_jars_of_s3a_are_compared_with_what_they_were(tmp_path: Path):
    (tmp_path / "a.jar").write_bytes(b"a")
    (tmp_path / "b.jar").write_bytes(b"b")
    right = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.jar\n"
    with pytest.raises(SystemExit, match=r"^b\.jar came, which .* does not have"):
        jars["compare"](tmp_path, right)
    (tmp_path / "b.jar").unlink()
    jars["compare"](tmp_path, right)
    (tmp_path / "a.jar").write_bytes(b"other")
    with pytest.raises(SystemExit, match=r"^a\.jar is not what it was"):
        jars["compare"](tmp_path, right)
    (tmp_path / "a.jar").unlink()
    with pytest.raises(SystemExit, match=r"^a\.jar did not come"):
        jars["compare"](tmp_path, right)


def test_s3a_brings_nothing_that_spark_brings_itself():
    listed = [line.split()[1] for line in (IMAGES / "s3a" / "sha256").read_text().splitlines()]
    assert len(listed) > 30
    names = "\n".join(listed)
    assert "hadoop-aws-3.5.0.jar" in names
    assert not re.search("bundle|netty|slf4j|httpclient-4|httpcore|commons-", names)


# --- make images


def test_images_are_built_by_whatever_is_there(tmp_path: Path):
    # A stand-in, since fast tests must not take the minutes of a build.
    builder = program(tmp_path, "builder", r"""printf '%s\n' "$@" >> "$LOG"; echo --- >> "$LOG" """)
    log = tmp_path / "log"
    variables = os.environ | {
        "BUILDER": str(builder),
        "LOG": str(log),
        "IMAGES": "registry.example/physics",
        "TAG": "7",
        "EXTRAS": "",
    }
    result = run(IMAGES / "build", "executor", "hub", variables=variables)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["registry.example/physics/executor:7", "registry.example/physics/hub:7"]
    executor, hub = ([*part.split("\n")] for part in log.read_text().split("---\n")[:2])
    assert executor[:4] == ["registry.example/physics/executor:7", str(ROOT), "-f", str(IMAGES / "executor/Dockerfile")]
    assert "EXTRAS=" in executor
    assert "org.opencontainers.image.version=0.1.0" in executor
    assert any(line.startswith("org.opencontainers.image.revision=") for line in executor)
    assert hub[0] == "registry.example/physics/hub:7"


def test_an_image_that_is_none_is_refused():
    result = run(IMAGES / "build", "nootbook", variables=dict(os.environ))
    assert result.returncode == 2
    assert result.stderr == "build: There is no image 'nootbook'; there are executor, hub and notebook.\n"

"""The commands of docs/deploying.md do what the guide says, as far as that shows without a cluster."""

import base64
import dbm
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from hepnb_hub.network_policies import PUBLIC
from tests.deploy.charts import needs_helm, refusal, rendered
from tests.hub_kubernetes.site import deployed

GUIDE = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text()


def blocks(language: str, section: str) -> list[str]:
    """The blocks of code of a section."""
    text = GUIDE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def scripts() -> tuple[str, str]:
    """What the hub's pod is told to save and to restore."""
    save, restore = re.findall(r"sh -c '\n(.*?)\n' [<>] hub.tar", GUIDE, flags=re.DOTALL)
    return save, restore


def run(script: str, folder: Path, given: bytes = b"") -> bytes:
    """Run a script as the hub's pod does, in its volume."""
    variables = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "TMPDIR": str(folder.parent)}
    result = subprocess.run(
        ["sh", "-c", script], cwd=folder, input=given, env=variables, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def users(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "jupyterhub.sqlite")) as database:
        return [name for (name,) in database.execute("SELECT name FROM users")]


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """The hub's, with a database that is being written to and a password that a user chose."""
    folder = tmp_path / "volume"
    (folder / "lost+found").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "jupyterhub.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE users (name)")
        database.execute("INSERT INTO users VALUES ('maria')")
        database.commit()
    with dbm.open(str(folder / "passwords.dbm"), "c") as passwords:
        passwords["maria"] = b"hash"
    return folder


def test_the_hubs_volume_comes_back(volume: Path, tmp_path: Path):
    save, restore = scripts()
    with closing(sqlite3.connect(volume / "jupyterhub.sqlite")) as writing:
        writing.execute("INSERT INTO users VALUES ('unfinished')")
        saved = run(save, volume)
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(other / "jupyterhub.sqlite")) as database:
        database.execute("CREATE TABLE users (name)")
    run(restore, other, saved)
    assert users(other) == ["maria"]
    with dbm.open(str(other / "passwords.dbm")) as passwords:
        assert passwords["maria"] == b"hash"
    assert {path.name for path in tmp_path.iterdir()} == {"volume", "other"}


def test_a_volume_without_a_database_comes_back_too(volume: Path, tmp_path: Path):
    save, restore = scripts()
    for path in volume.glob("jupyterhub.sqlite*"):
        path.unlink()
    saved = run(save, volume)
    other = tmp_path / "other"
    other.mkdir()
    run(restore, other, saved)
    assert {path.name.partition(".")[0] for path in other.iterdir()} == {"passwords"}


@needs_helm
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
def test_the_secret_for_gitops_has_what_the_hub_reads():
    command = blocks("sh", "With GitOps")[0].partition("kubectl --namespace default")[0].rstrip()
    result = subprocess.run(
        ["sh", "-c", f"{command} --dry-run=client --output yaml"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    secret = yaml.safe_load(result.stdout)
    values = {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}
    assert values.keys() == {"proxy-token", "operator-token", "cookie-secret", "password"}
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in values.values())
    assert len(set(values.values())) == 4
    assert yaml.safe_load(blocks("yaml", "With GitOps")[0])["existingSecret"] == secret["metadata"]["name"]


@needs_helm
def test_the_values_for_gitops_are_enough(tmp_path: Path):
    values = tmp_path / "values.yaml"
    values.write_text(blocks("yaml", "With GitOps")[0])
    assert ("Secret", "hub") not in rendered("--values", str(values))
    assert "existingSecret and password" in refusal("--values", str(values), "--set", "password=correct horse")


def test_the_examples_of_egress_are_understood(tmp_path: Path):
    examples = [found for block in blocks("yaml", "Storage") if "egress" in (found := yaml.safe_load(block))]
    inside, both = (deployed(tmp_path, egress=one["egress"]).egress for one in examples)
    assert both == (*inside, PUBLIC[0])

"""What goes on, what ends, and what is said when something does not start."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from hepnb.cluster.site import DataFolder
from hepnb.operations import processes
from hepnb.operations.data_folder import open_folder
from tests.cli.running import hepnb, refused, sentence
from tests.cli.stopping import still_alive
from tests.hub.running import Browser, Up, up
from tests.waiting import until

EVERYWHERE = "0.0.0.0"  # noqa: S104  # it is refused

Refusal = tuple[subprocess.CompletedProcess[str], Path]
"""What the command said, and the folder of its data."""


def hub_of(platform: Up) -> psutil.Process | None:
    """The supervisor's only child; none between two hubs."""
    children = psutil.Process(platform.process.pid).children()
    return children[0] if children else None


def test_a_killed_hub_comes_back_and_a_killed_platform_starts_anew_around_running_kernels(tmp_path: Path):
    with up(tmp_path / "data") as first:
        browser = Browser(first, "maria")
        browser.login(first.password)
        browser.start("small")
        kernel = browser.kernel()
        assert kernel.run("kept = 42; import os; print(os.getpid())").isdigit()
        killed = hub_of(first)
        assert killed is not None
        before = processes.of_hub(DataFolder(tmp_path / "data"))
        assert len(before) == 4  # hub, proxy, culler, remote sessions
        killed.kill()
        until(lambda: hub_of(first) not in (killed, None) and answers(browser), what="another hub answers", pause=0.2)
        assert reopened(browser, kernel.number) == "42"
        # The supervisor dies as well; the kernel goes on, and the next start finds it.
        first.process.kill()
        first.process.communicate()
        with up(tmp_path / "data", "--port", first.port) as second:
            assert second.password == first.password
            assert reopened(browser, kernel.number) == "42"
            folder = open_folder(tmp_path / "data")
            until(lambda: len(processes.of_platform(folder)) >= 6, what="hub, proxy, culler, sessions, server, kernel")
            everything = processes.of_platform(folder)
            assert [one for one in before if one.is_running()] == []
            code, said = second.stop()
            assert (code, said) == (0, "Stopped.\n")
            assert still_alive(everything, within=1) == []
            assert processes.of_platform(folder) == []


def answers(browser: Browser) -> bool:
    """Whether the notebook server can be reached; between two hubs there is no proxy either."""
    try:
        return browser.api("GET", "status").status_code == 200
    except requests.ConnectionError:
        return False


def reopened(browser: Browser, kernel: str) -> str:
    from tests.hub.running import Kernel

    again = Kernel(browser, kernel)
    answer = again.run("print(kept)")
    again.close()
    return answer


FAILS = """
import sys
c.OneAccountSpawner.patience = 3
c.Spawner.cmd = [sys.executable, "-uc", '''
import os, time
if os.environ["JUPYTERHUB_USER"] == "ends":
    raise SystemExit("the disk of homes is gone")
print("still counting")
time.sleep(60)
''']
"""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A platform with a password that its operator chose, where no server starts."""
    folder = tmp_path_factory.mktemp("failing")
    site, password = folder / "site.py", folder / "password"
    site.write_text(FAILS)
    password.write_text("correct horse\n")
    with up(folder / "data", "--config", site, "--password-file", password) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ends", ("ended with code 1", "the disk of homes is gone")),
        ("hangs", ("did not listen within 3 s", "still counting")),
    ],
    ids=["ends", "hangs"],
)
def test_a_server_that_does_not_start_says_why_in_the_browser(failing: Up, name: str, expected: tuple[str, str]):
    browser = Browser(failing, name)
    browser.login("correct horse")
    page = browser.start("small").text
    for words in expected:
        assert words in page


def test_the_password_can_be_chosen(failing: Up):
    assert failing.password + " horse" == "correct horse"
    assert Browser(failing, "maria").login("correct horse").url.endswith("/hub/spawn")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a platform that ran twice: the second time, it kept a copy of the database."""
    data = tmp_path_factory.mktemp("whole") / "data"
    for _ in range(2):
        with up(data) as platform:
            platform.stop()
    return data


BROKEN = {
    "profiles.toml": ("[tiny]\ndescription = 'x'\ncores = 0\nmemory = '1g'\n", "profiles.toml, line 3: 'cores'"),
    "hepnb.json": ('{"format": 99, "version": "9.9"}', "was made by hepnb 9.9, which is newer"),
    "hub/jupyterhub.sqlite": ("this is no database", "hub-"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_data_that_are_broken_are_refused_and_left_as_they_are(whole: Path, tmp_path: Path, name: str):
    content, expected = BROKEN[name]
    data = tmp_path / "data"
    shutil.copytree(whole, data)
    (data / name).write_text(content)
    result = hepnb("up", "--data", data)
    assert result.returncode == 1
    assert expected in sentence(result)
    assert (data / name).read_text() == content
    assert processes.of_platform(DataFolder(data)) == []


@pytest.fixture(scope="module")
def small_site(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A platform on a machine without Java, with the site's own profiles and a long log of its last run."""
    folder = tmp_path_factory.mktemp("small-site")
    data = folder / "data"
    shutil.copytree(whole, data)
    (data / "profiles.toml").write_text("[tiny]\ndescription = 'Next to nothing'\ncores = 1\nmemory = '512m'\n")
    with (data / "logs" / "hub.log").open("ab") as log:
        log.truncate(11 << 20)
    # JAVA_HOME decides before the PATH does.
    with up(data, environment={"JAVA_HOME": str(folder)}) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(small_site: Up) -> Browser:
    """A user there, whose server runs."""
    browser = Browser(small_site, "maria")
    page = browser.login(small_site.password).text
    assert "Next to nothing" in page
    assert 'value="local"' not in page
    browser.start("tiny")
    return browser


def test_without_java_the_start_says_so_and_python_works(small_site: Up, visitor: Browser):
    assert "Notebooks will work without Spark: JAVA_HOME points to" in small_site.greeting
    kernel = visitor.kernel("hepnb-spark")
    said = kernel.run("spark.range(3).count()")
    assert "has no bin/java; unset JAVA_HOME or set it to a Java" in said
    assert "Traceback" not in said
    assert kernel.run("print(6 * 7)") == "42"


def test_remote_sessions_know_the_site_s_profiles_and_look_for_java_where_the_hub_does(visitor: Browser):
    said = visitor.kernel().run("import hepnb; hepnb.attach('session')", within=120)
    assert "JAVA_HOME points to" in said


def test_the_site_s_own_profiles_are_offered_and_known_to_kernels(small_site: Up, visitor: Browser):
    kernel = visitor.kernel()
    kernel.run("import os; from hepnb.cluster.profiles import find_profile")
    assert kernel.run("print(find_profile(os.environ['HEPNB_PROFILE']).memory)") == "512m"
    sizes = {path.name: path.stat().st_size for path in (small_site.data / "logs").glob("hub*")}
    assert sizes["hub.old.log"] == 11 << 20
    assert sizes["hub.log"] < 1 << 20


IMPOSSIBLE = {
    ("--host", EVERYWHERE): "it needs an authenticator",
    ("--host", EVERYWHERE, "--config", "open.py"): "lets anybody in",
    ("--config", "missing.py"): "missing.py, the configuration file, is not there",
    ("--config", "broken.py"): "broken.py, line 2, is no Python",
    ("--config", "failing.py"): "failing.py fails: ZeroDivisionError",
    ("--password-file", "short"): "has 3 characters",
    ("--host", "no.such.host.invalid", "--config", "named.py"): "is no address",
}
"""Options of ``hepnb up`` -> what is said."""


@pytest.fixture(scope="module")
def impossible(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Refusal]:
    """What came of those options."""
    folder = tmp_path_factory.mktemp("impossible")
    (folder / "open.py").write_text("c.JupyterHub.authenticator_class = 'dummy'\n")
    (folder / "broken.py").write_text("import os\nc.JupyterHub.= 1\n")
    (folder / "failing.py").write_text("c.JupyterHub.port = 1 / 0\n")
    (folder / "named.py").write_text("c.JupyterHub.authenticator_class = 'pam'\n")
    (folder / "short").write_text("abc\n")
    data = [folder / f"data-{at}" for at in range(len(IMPOSSIBLE))]
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        results = refused([("up", "--data", one, *options) for one, options in zip(data, IMPOSSIBLE, strict=True)])
    return dict(zip(IMPOSSIBLE, zip(results, data, strict=True), strict=True))


@pytest.mark.parametrize("options", IMPOSSIBLE)
def test_what_cannot_be_is_one_sentence_and_starts_nothing(
    impossible: dict[tuple[str, ...], Refusal], options: tuple[str, ...]
):
    result, data = impossible[options]
    assert result.returncode == 1
    assert IMPOSSIBLE[options] in sentence(result)
    assert processes.of_platform(open_folder(data)) == []


TAKEN = """
import json, os, pathlib, subprocess, sys
platform = os.environ.get("HEPNB_PLATFORM")
if platform and not pathlib.Path(platform, "taken").exists():
    port = json.loads(pathlib.Path(platform, "hub", "settings.json").read_text())["proxy_port"]
    listen = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print(flush=True); time.sleep(90)"
    holder = subprocess.Popen([sys.executable, "-c", listen], env={}, stdout=subprocess.PIPE)
    holder.stdout.readline()
    pathlib.Path(platform, "taken").write_text(f"{port} {holder.pid}")
"""
"""A program takes a port between the look whether it is free and the hub's own use of it."""


def test_a_port_that_is_taken_while_the_hub_starts_is_replaced(tmp_path: Path):
    site, data = tmp_path / "site.py", tmp_path / "data"
    site.write_text(TAKEN)
    with up(data, "--config", site) as platform:
        port, holder = map(int, (data / "taken").read_text().split())
        psutil.Process(holder).kill()
        assert json.loads((data / "hub" / "settings.json").read_text())["proxy_port"] != port
        assert requests.get(f"{platform.address}/hub/health", timeout=10).status_code == 200


IMPATIENT = """
c.Hepnb.idle_timeout = 8
c.Spawner.args = ["--Activity.interval=1"]
c.Spawner.environment = {"JUPYTERHUB_ACTIVITY_INTERVAL": "1"}
"""


def test_an_idle_server_is_stopped_and_a_busy_one_is_not(tmp_path: Path):
    file = tmp_path / "site.py"
    file.write_text(IMPATIENT)
    with up(tmp_path / "data", "--config", file) as platform:
        idle, busy = Browser(platform, "idle"), Browser(platform, "busy")
        for browser in (idle, busy):
            browser.login(platform.password)
            browser.start("small")
        kernel = busy.kernel()
        assert kernel.run("import time; time.sleep(20); print('done')") == "done"  # longer than the timeout
        assert idle.session.get(f"{idle.server}/api/status", timeout=30).status_code == 424  # not running

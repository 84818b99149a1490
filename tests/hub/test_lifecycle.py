"""What goes on, what ends, and what is said when something does not start."""

import time
from pathlib import Path

import psutil
import pytest
import requests

from hepnb.cluster.site import DataFolder
from hepnb.operations import processes
from hepnb.operations.data_folder import open_folder
from tests.cli.running import hepnb, sentence
from tests.cli.stopping import still_alive
from tests.hub.running import Browser, Up, up

EVERYWHERE = "0.0.0.0"  # noqa: S104  # it is refused


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
        deadline = time.monotonic() + 60
        while hub_of(first) in (killed, None) or not answers(browser):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert reopened(browser, kernel.number) == "42"
        # The supervisor dies as well; the kernel goes on, and the next start finds it.
        first.process.kill()
        first.process.communicate()
        with up(tmp_path / "data", "--port", first.port) as second:
            assert second.password == first.password
            assert reopened(browser, kernel.number) == "42"
            folder = open_folder(tmp_path / "data")
            everything = processes.of_platform(folder)
            while len(everything) < 6:  # hub, proxy, culler, remote sessions, server, kernel
                assert time.monotonic() < deadline + 60
                time.sleep(0.5)
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


ENDS = """
import sys
c.Spawner.cmd = [sys.executable, "-c", "raise SystemExit('the disk of homes is gone')"]
"""
HANGS = """
import sys
c.OneAccountSpawner.patience = 2
c.Spawner.cmd = [sys.executable, "-uc", "import time; print('still counting'); time.sleep(60)"]
"""


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (ENDS, ("ended with code 1", "the disk of homes is gone")),
        (HANGS, ("did not listen within 2 s", "still counting")),
    ],
    ids=["ends", "hangs"],
)
def test_a_server_that_does_not_start_says_why_in_the_browser(tmp_path: Path, config: str, expected: tuple[str, str]):
    file = tmp_path / "site.py"
    file.write_text(config)
    with up(tmp_path / "data", "--config", file) as platform:
        browser = Browser(platform, "maria")
        browser.login(platform.password)
        page = browser.start("small").text
        for words in expected:
            assert words in page


def test_without_java_the_start_says_so_and_python_works(tmp_path: Path):
    # JAVA_HOME decides before the PATH does.
    with up(tmp_path / "data", environment={"JAVA_HOME": str(tmp_path)}) as platform:
        assert "Notebooks will work without Spark: JAVA_HOME points to" in platform.greeting
        browser = Browser(platform, "maria")
        browser.login(platform.password)
        browser.start("small")
        kernel = browser.kernel("hepnb-spark")
        said = kernel.run("spark.range(3).count()")
        assert "has no bin/java; unset JAVA_HOME or set it to a Java" in said
        assert "Traceback" not in said
        assert kernel.run("print(6 * 7)") == "42"


BROKEN = {
    "profiles.toml": ("[tiny]\ndescription = 'x'\ncores = 0\nmemory = '1g'\n", "profiles.toml, line 3: 'cores'"),
    "hepnb.json": ('{"format": 99, "version": "9.9"}', "was made by hepnb 9.9, which is newer"),
    "hub/jupyterhub.sqlite": ("this is no database", "hub-"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_data_that_are_broken_are_refused_and_left_as_they_are(tmp_path: Path, name: str):
    content, expected = BROKEN[name]
    data = tmp_path / "data"
    with up(data) as platform:  # makes whole data
        platform.stop()
    with up(data) as platform:  # and keeps a copy of the database
        platform.stop()
    (data / name).write_text(content)
    result = hepnb("up", "--data", data)
    assert result.returncode == 1
    assert expected in sentence(result)
    assert (data / name).read_text() == content
    assert processes.of_platform(DataFolder(data)) == []


def test_the_site_s_own_profiles_are_offered_and_known_to_kernels(tmp_path: Path):
    data = tmp_path / "data"
    with up(data) as platform:
        platform.stop()
    (data / "profiles.toml").write_text("[tiny]\ndescription = 'Next to nothing'\ncores = 1\nmemory = '512m'\n")
    with (data / "logs" / "hub.log").open("ab") as log:
        log.truncate(11 << 20)
    with up(data) as platform:
        browser = Browser(platform, "maria")
        page = browser.login(platform.password).text
        assert "Next to nothing" in page
        assert 'value="local"' not in page
        browser.start("tiny")
        kernel = browser.kernel()
        kernel.run("import os; from hepnb.cluster.profiles import find_profile")
        assert kernel.run("print(find_profile(os.environ['HEPNB_PROFILE']).memory)") == "512m"
    sizes = {path.name: path.stat().st_size for path in (data / "logs").glob("hub*")}
    assert sizes["hub.old.log"] == 11 << 20
    assert sizes["hub.log"] < 1 << 20


def test_the_password_can_be_chosen(tmp_path: Path):
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    with up(tmp_path / "data", "--password-file", file) as platform:
        assert platform.password + " horse" == "correct horse"
        assert Browser(platform, "maria").login("correct horse").url.endswith("/hub/spawn")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--host", EVERYWHERE), "it needs an authenticator"),
        (("--host", EVERYWHERE, "--config", "open.py"), "lets anybody in"),
        (("--config", "missing.py"), "missing.py, the configuration file, is not there"),
        (("--config", "broken.py"), "broken.py, line 2, is no Python"),
        (("--config", "failing.py"), "failing.py fails: ZeroDivisionError"),
        (("--password-file", "short"), "has 3 characters"),
        (("--host", "no.such.host.invalid"), "is no address"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], expected: str
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "open.py").write_text("c.JupyterHub.authenticator_class = 'dummy'\n")
    (tmp_path / "broken.py").write_text("import os\nc.JupyterHub.= 1\n")
    (tmp_path / "failing.py").write_text("c.JupyterHub.port = 1 / 0\n")
    (tmp_path / "named.py").write_text("c.JupyterHub.authenticator_class = 'pam'\n")
    (tmp_path / "short").write_text("abc\n")
    if "no.such.host.invalid" in arguments:
        arguments += ("--config", "named.py")
    result = hepnb("up", "--data", tmp_path / "data", *arguments)
    assert result.returncode == 1
    assert expected in sentence(result)
    assert processes.of_platform(open_folder(tmp_path / "data")) == []


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

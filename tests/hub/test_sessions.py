"""Remote Spark sessions of several users, through the hub."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from hepnb.cluster.names import SESSIONS_SERVICE
from hepnb.cluster.site import DataFolder
from hepnb.operations import processes
from tests.hub.running import Browser, Up
from tests.waiting import until

READ_SECRETS = """
import glob, os
def readable(pattern):
    found = []
    for path in glob.glob(pattern):
        try:
            found.append(open(path, 'rb').read())
        except OSError:
            pass
    return found
secrets = readable({data!r} + '/secrets/*') + readable({data!r} + '/hub/*') + readable({data!r} + '/logs/*')
variables = b''.join(readable('/proc/[0-9]*/environ'))
print(len(secrets), b'JUPYTERHUB_API_TOKEN' in variables, b'CONFIGPROXY_AUTH_TOKEN' in variables)
print(sorted(os.listdir({data!r})), sorted(os.listdir({data!r} + '/homes')))
print([name for name in os.environ if 'TOKEN' in name or 'SECRET' in name])
print(any('jupyterhub' in line for line in os.popen('ps -ef')))
"""


class Remote:
    """A user of the service, as sparkmagic speaks to it: with the token of the notebook server."""

    def __init__(self, browser: Browser, platform: Up) -> None:
        """Take the token from a kernel."""
        kernel = browser.kernel()
        self.token = kernel.run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])")
        self.inner = kernel.run("print(os.environ['HEPNB_SESSIONS'])")
        self.kernel = kernel
        self.address = f"{platform.address}/services/{SESSIONS_SERVICE}"

    def send(self, method: str, path: str, *, token: str | None = None, **options: Any) -> requests.Response:
        """Ask the service."""
        headers = {"Authorization": f"token {token or self.token}", "X-Hepnb-Profile": "small"}
        return requests.request(method, f"{self.address}{path}", headers=headers, timeout=60, **options)

    def wait(self, number: int, state: str = "idle") -> dict[str, Any]:
        """Until a session has a state."""

        def found() -> dict[str, Any] | None:
            session = self.send("GET", f"/sessions/{number}").json()
            return session if session["state"] == state else None

        return until(found, within=120, what=f"session {number} is {state}", pause=0.2)

    def run(self, number: int, code: str) -> str:
        """What a statement said."""
        answer = self.send("POST", f"/sessions/{number}/statements", json={"code": code})
        assert answer.status_code == 201, answer.text
        place = f"/sessions/{number}/statements/{answer.json()['id']}"

        def output() -> dict[str, Any] | None:
            statement = self.send("GET", place).json()
            return statement["output"] if statement["state"] == "available" else None

        found = until(output, what=f"statement {code!r} ends")
        assert found["status"] == "ok", found
        text: str = found["data"]["text/plain"]
        return text


@pytest.fixture(scope="module")
def anna(platform: Up, maria: Browser) -> Remote:
    """Maria's access; she has one session."""
    remote = Remote(maria, platform)
    answer = remote.send("POST", "/sessions", json={"kind": "pyspark", "name": "mine"})
    assert answer.status_code == 201, answer.text
    remote.wait(answer.json()["id"])
    return remote


@pytest.fixture(scope="module")
def bob(platform: Up) -> Remote:
    browser = Browser(platform, "bob")
    browser.login(platform.password)
    browser.start("small")
    return Remote(browser, platform)


def test_a_session_is_its_owner_s_with_the_profile_of_the_notebook_server(anna: Remote):
    found = anna.send("GET", "/sessions/mine").json()
    assert (found["id"], found["owner"], found["state"], found["kind"]) == (0, "maria", "idle", "pyspark")
    assert anna.run(0, "import getpass, os; print(os.environ['USER'], os.path.basename(os.getcwd()))") == "maria maria"
    assert anna.run(0, "spark.range(7).count()") == "7"


def test_another_user_finds_nothing_and_changes_nothing(anna: Remote, bob: Remote):
    assert bob.send("GET", "/sessions").json() == {"from": 0, "total": 0, "sessions": []}
    for method, path in (
        ("GET", ""),
        ("GET", "/state"),
        ("GET", "/log"),
        ("GET", "/statements"),
        ("POST", "/statements"),
        ("POST", "/statements/0/cancel"),
        ("POST", "/spark-connect"),
        ("POST", "/stop"),
        ("DELETE", ""),
    ):
        for which in ("0", "mine"):
            answer = bob.send(method, f"/sessions/{which}{path}", json={"code": "1"})
            assert answer.status_code == 404, (method, path)
            assert "not found" in answer.json()["msg"]
    assert anna.send("GET", "/sessions/0/state").json()["state"] == "idle"


def test_nobody_is_let_in_without_a_token_that_the_hub_knows(anna: Remote, platform: Up):
    for token in ("no-token-of-ours", "a" * 32):
        assert anna.send("GET", "/sessions", token=token).status_code == 401
    assert requests.get(f"{anna.address}/sessions", timeout=10).status_code == 401
    assert requests.get(f"{anna.address}/sessions?token={anna.token}", timeout=10).status_code == 401
    assert requests.post(f"{anna.inner}/sessions", json={}, timeout=10).status_code == 401
    log = (platform.data / "logs" / "hub.log").read_text()
    assert anna.token not in log
    record = json.loads((platform.data / "sessions" / "maria" / "0" / "record.json").read_text())
    assert record["key"] not in log
    assert record["token"] not in log


def test_the_code_of_a_session_reads_no_secrets(anna: Remote, platform: Up):
    said = anna.run(0, READ_SECRETS.format(data=str(platform.data))).splitlines()
    assert said == ["0 False False", "['homes', 'sessions'] ['maria']", "[]", "False"]


def test_only_the_session_s_own_folder_is_there_and_its_kernel_takes_signed_messages_only(anna: Remote, platform: Up):
    folder = platform.data / "sessions" / "maria" / "0"
    assert anna.run(0, f"import os; print(os.listdir({str(folder)!r}))") == "['kernel']"
    assert (folder.stat().st_mode & 0o77, (folder / "kernel").stat().st_mode & 0o77) == (0, 0)
    listening = [
        connection.laddr.ip
        for process in processes.of_platform(DataFolder(platform.data))
        if str(folder / "kernel") in process.environ().values()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    from jupyter_client.blocking.client import BlockingKernelClient

    connection = json.loads((folder / "kernel" / "connection.json").read_text())
    answered = []
    for key in ("guessed", connection["key"]):
        client = BlockingKernelClient()
        client.load_connection_info(connection | {"key": key.encode()})
        client.start_channels(hb=False, iopub=False, stdin=False)
        client.kernel_info()
        try:
            answered.append(client.get_shell_msg(timeout=3)["msg_type"])
        except Exception as error:
            answered.append(type(error).__name__)
        client.stop_channels()
    assert answered == ["Empty", "kernel_info_reply"]


def test_attach_enters_the_session_from_a_plain_kernel_and_leaves_it_alive(anna: Remote):
    anna.run(0, "spark.range(5).createOrReplaceGlobalTempView('five')")
    assert anna.kernel.run("import hepnb; spark = hepnb.attach('session', name='mine')", within=120) == ""
    assert anna.kernel.run("print(spark.sql('select count(*) as n from global_temp.five').first().n)") == "5"
    said = anna.kernel.run("hepnb.attach('session', name='mine', profile='local')")
    assert "runs with other settings (profile 'small')" in said
    anna.kernel.run("from hepnb.backends.attach import detach; detach()")
    assert anna.send("GET", "/sessions/mine/state").json()["state"] == "idle"


def test_sessions_survive_the_service_and_the_hub(anna: Remote, platform: Up):
    anna.run(0, "kept = 40")
    slow = anna.send("POST", "/sessions/0/statements", json={"code": "import time; time.sleep(6); print(kept + 2)"})
    waiting = anna.send("POST", "/sessions/0/statements", json={"code": "print(kept + 3)"})
    service = service_of(platform)
    service.kill()
    until(
        lambda: service.pid not in [p.pid for p in services_of(platform)] and answers(anna),
        what="another service answers",
        pause=0.2,
    )
    anna.wait(0)
    for posted, expected in ((slow, "42"), (waiting, "43")):
        found = anna.send("GET", f"/sessions/0/statements/{posted.json()['id']}").json()
        assert (found["state"], found["output"]["data"]["text/plain"]) == ("available", expected)


def test_the_page_lists_the_own_sessions(anna: Remote, maria: Browser):
    page = maria.session.get(f"{anna.address}/", timeout=30)
    assert page.status_code == 200
    assert "Remote Spark sessions" in page.text
    assert page.url == f"{anna.address}/ui"
    listed = maria.session.get(f"{anna.address}/sessions", timeout=30).json()
    assert [one["name"] for one in listed["sessions"]] == ["mine"]
    # A cookie alone changes nothing: another page could have sent it.
    assert maria.session.delete(f"{anna.address}/sessions/0", timeout=30).status_code == 403
    assert anna.send("GET", "/sessions/0").status_code == 200


def test_limits_are_said_plainly(bob: Remote):
    numbers = []
    for at in range(2):
        answer = bob.send("POST", "/sessions", json={"kind": "pyspark", "name": f"s{at}"})
        numbers.append(answer.json()["id"])
    answer = bob.send("POST", "/sessions", json={"kind": "pyspark", "name": "large", "driverMemory": "900g"})
    assert answer.status_code == 400
    assert "together they may have" in answer.json()["msg"]
    for number in numbers:
        bob.send("DELETE", f"/sessions/{number}")


def test_a_deleted_session_leaves_no_process(anna: Remote, platform: Up):
    folder = str(platform.data / "sessions" / "maria" / "0")
    assert processes_of(platform, folder)
    assert anna.send("DELETE", "/sessions/mine").json() == {"msg": "deleted"}
    assert processes_of(platform, folder) == []
    assert not Path(folder).exists()
    # One that is still starting, too.
    number = anna.send("POST", "/sessions", json={"kind": "pyspark"}).json()["id"]
    until(lambda: java_of(platform, f"/maria/{number}/"), what="Java starts")
    assert anna.send("GET", f"/sessions/{number}/state").json()["state"] == "starting"
    anna.send("DELETE", f"/sessions/{number}")
    assert processes_of(platform, f"/maria/{number}/") == []


def processes_of(platform: Up, folder: str) -> list[psutil.Process]:
    found = processes.of_platform(DataFolder(platform.data))
    return [one for one in found if any(folder in value for value in processes._environment(one).values())]


def java_of(platform: Up, folder: str) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):  # what starts Java lives for a moment
        return [one for one in processes_of(platform, folder) if one.name() == "java"]
    return []


def services_of(platform: Up) -> list[psutil.Process]:
    found = processes.of_hub(DataFolder(platform.data))
    return [one for one in found if "hepnb.sessions" in one.cmdline()]


def service_of(platform: Up) -> psutil.Process:
    (found,) = services_of(platform)
    return found


def answers(remote: Remote) -> bool:
    try:
        return remote.send("GET", "/sessions").status_code == 200
    except requests.ConnectionError:
        return False

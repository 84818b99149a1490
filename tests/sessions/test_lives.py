"""How sessions end, come back, and leave nothing behind."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from hepnb.operations import processes
from tests.hub.running import most_memory
from tests.kernels import LIBRARY
from tests.sessions.serving import LIMITS, Client, Service, service
from tests.waiting import until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("lives") / "data") as found:
        yield found


def processes_of(running: Service, number: int | None = None, *, owner: str = "anna") -> list[psutil.Process]:
    """Those of all sessions of an owner, or of one whose folder has a path that is short enough for sockets."""
    place = "" if number is None else str(running.folder.sessions / owner / str(number))
    environments = ((one, processes._environment(one)) for one in processes.of_platform(running.folder))
    return [
        one
        for one, variables in environments
        if variables.get("JUPYTERHUB_USER") == owner and any(place in value for value in variables.values())
    ]


def kernel_of(running: Service, number: int) -> psutil.Process:
    found = [one for one in processes_of(running, number) if one.cmdline()[1:3] == ["-m", "hepnb.sessions.kernel_app"]]
    return max(found, key=lambda one: one.create_time())


def gone(client: Client, number: int, state: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        session = client.send("GET", f"/sessions/{number}").json()
        return session if session["state"] == state else None

    return until(found, within=30, what=f"session {number} is {state}", pause=0.1)


PRINTS_AND_WORKS = """
import pathlib, time
print('printed', flush=True)
pathlib.Path('printed').touch()
time.sleep(60)
"""


def test_a_killed_python_process_says_so_keeps_what_was_printed_and_leaves_nothing(running: Service):
    client = Client(running)
    number = client.open()
    client.run(number, "x = 1; print('earlier')")
    posted = client.post(number, PRINTS_AND_WORKS)
    waiting = client.post(number, "print('never')")
    until((running.folder.homes / "anna" / "printed").exists, what="the statement has printed")
    kernel_of(running, number).kill()
    found = gone(client, number, "error")
    assert found["reason"].startswith("The session's Python process was killed from outside (signal 9), and not for")
    assert found["log"][-1] == found["reason"]
    output = client.statement(number, posted)["output"]
    assert (output["status"], output["evalue"]) == ("error", found["reason"])
    assert output["data"]["text/plain"] == "printed"
    assert client.statement(number, 0)["output"]["data"]["text/plain"] == "earlier"
    assert client.statement(number, waiting)["state"] == "cancelled"
    refused = client.send("POST", f"/sessions/{number}/statements", json={"code": "1"})
    assert refused.status_code == 400
    assert found["reason"] in refused.json()["msg"]
    assert processes_of(running, number) == []
    assert client.send("DELETE", f"/sessions/{number}").status_code == 200
    assert not (running.folder.sessions / "anna" / str(number)).exists()


def test_a_process_that_exits_says_its_code_and_a_dead_driver_says_its_own(running: Service):
    client = Client(running)
    first, second = client.open(), client.open()
    client.post(first, "import os; os._exit(7)")
    assert "ended by itself with exit code 7" in gone(client, first, "error")["reason"]
    client.post(second, "import time; time.sleep(60)")
    (java,) = [one for one in processes_of(running, second) if one.name() == "java"]
    java.kill()
    reason = gone(client, second, "dead")["reason"]
    assert reason.startswith("Spark's driver was ended from outside by signal 9 (SIGKILL).")
    assert "restart the notebook's kernel" in reason
    until(lambda: not processes_of(running), within=10, what="no process is left")


def test_what_is_too_long_to_show_does_not_come_to_the_service(running: Service):
    client = Client(running)
    number = client.open()
    client.run(number, "from IPython.display import HTML")
    before = most_memory(os.getpid())  # the service is a thread of this process
    shown = client.run(number, "HTML('x' * 200_000_000)")["data"]
    expected = "An output of 191 million characters is left out: a statement may say 16 million characters."
    assert shown == {"text/plain": expected}
    assert most_memory(os.getpid()) - before < 100_000_000
    assert client.run(number, "1 + 1")["data"]["text/plain"] == "2"
    client.send("DELETE", f"/sessions/{number}")


def test_a_driver_that_cannot_start_is_dead_with_its_reason(running: Service):
    client = Client(running)
    answer = client.send("POST", "/sessions", json={"conf": {"spark.driver.extraJavaOptions": "-agentlib:nosuchagent"}})
    found = gone(client, answer.json()["id"], "dead")
    assert "Spark does not start" in found["reason"]
    assert "nosuchagent" in found["reason"]


def test_twenty_sessions_opened_and_closed_leave_nothing(running: Service):
    client = Client(running, "carol")
    for at in range(20):
        answer = client.send("POST", "/sessions", json={"conf": {"spark.hepnb.profile": "small"}})
        assert answer.status_code == 201, answer.text
        number = answer.json()["id"]
        if at % 10 == 9:
            client.wait(number, "idle")
            assert client.run(number, "1 + 1")["data"]["text/plain"] == "2"
        else:
            time.sleep(0.4 * (at % 5))  # from the first moment to the start of Java
        assert client.send("DELETE", f"/sessions/{number}").status_code == 200
    assert processes_of(running, owner="carol") == []
    assert list((running.folder.sessions / "carol").glob("[0-9]*")) == []


def test_a_session_ends_when_nobody_uses_it_and_lists_are_no_use(tmp_path: Path):
    with service(tmp_path / "data", limits=replace(LIMITS, idle_timeout=2)) as running:
        client = Client(running)
        number = client.open()
        client.post(number, "import time; time.sleep(4)")
        deadline = time.monotonic() + 30
        seen = []
        while client.send("GET", "/sessions").json()["total"]:
            seen += [one["state"] for one in client.send("GET", "/sessions").json()["sessions"]]
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert seen.count("busy") > 10  # what works is not idle
        assert client.send("GET", f"/sessions/{number}").status_code == 404
        assert processes_of(running) == []


def test_what_a_stopped_platform_took_with_it_is_said_afterwards(tmp_path: Path):
    first = Service(tmp_path / "data")
    client = Client(first)
    number = client.open(name="kept")
    client.run(number, "6 * 7")
    first.stop()
    processes.end(processes_of(first), patience=5)
    with service(tmp_path / "data") as second:
        client = Client(second)
        gone(client, number, "dead")
        found = client.send("GET", "/sessions/kept").json()
        assert (found["id"], found["state"]) == (number, "dead")
        assert found["reason"].startswith("The platform was stopped, and the session with it")
        assert client.statement(number, 0)["output"]["data"]["text/plain"] == "42"
        # The name is free again, and the number is not.
        again = client.send("POST", "/sessions", json={"name": "kept"}).json()
        assert (again["id"], again["state"]) == (number + 1, "starting")


def test_the_limit_of_sessions_names_those_there_are(tmp_path: Path):
    with service(tmp_path / "data", limits=replace(LIMITS, sessions=2)) as running:
        client = Client(running)
        for name in ("one", "two"):
            assert client.send("POST", "/sessions", json={"name": name}).status_code == 201
        refused = client.send("POST", "/sessions", json={"name": "three"})
        assert refused.status_code == 400
        assert "you have 2 sessions (one, two), and may have 2" in refused.json()["msg"]
        assert Client(running, "bob").send("POST", "/sessions", json={}).status_code == 201


ATTACHED = """
import time
import hepnb
from hepnb.backends.attach import BACKENDS, detach
spark = hepnb.attach("session", name="entered", profile="small")
print(spark.range(3).count(), hepnb.attach("session", name="entered") is spark)
input()
try:
    spark.range(3).count()
except Exception as error:
    print(type(error).__name__)
print(BACKENDS["session"].cause_of_death())
begun = time.monotonic()
detach()
print(time.monotonic() - begun < 5)
"""


def test_a_program_in_a_session_that_was_stopped_hears_of_it_and_leaves_at_once(running: Service):
    variables = {"HEPNB_SESSIONS": running.address, "JUPYTERHUB_API_TOKEN": "dora", "HEPNB_PROFILE": "local"}
    program = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", ATTACHED],
        env={**os.environ, "PYTHONPATH": str(LIBRARY), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "3 True\n"
    client = Client(running, "dora")
    assert client.send("GET", "/sessions/entered").json()["profile"] == "small"
    client.send("DELETE", "/sessions/entered")
    said, _ = program.communicate("\n", timeout=90)
    assert said.splitlines() == [
        "SparkConnectGrpcException",
        "The remote session 'entered' is gone: Session '0' not found.",
        "True",
    ]
    assert program.returncode == 0


def test_a_statement_cancelled_before_its_code_begins_is_cancelled_when_it_does(running: Service):
    client = Client(running)
    number = client.open()
    client.run(number, "import time; get_ipython().events.register('pre_run_cell', lambda *_: time.sleep(1))")
    posted = client.post(number, "while True: pass")
    assert client.send("POST", f"/sessions/{number}/statements/{posted}/cancel").status_code == 200
    output = client.result(number, posted, within=10)["output"]
    assert (output["status"], output["ename"]) == ("error", "KeyboardInterrupt")
    assert "Error in callback" not in str(output)
    assert client.run(number, "6 * 7")["data"]["text/plain"] == "42"
    client.send("DELETE", f"/sessions/{number}")

"""Notebooks with the kernel "Spark (remote session)": sparkmagic's own, speaking to the real service."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kernels import Kernel, Outputs, kernel
from tests.sessions.serving import Client, Service, service
from tests.waiting import until

SQL = "%%sql {}\nselect id, id * 2 as twice from numbers where id < 3"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("remote") / "data") as found:
        yield found


@contextmanager
def notebook(running: Service, folder: Path, *, name: str = "one.ipynb", owner: str = "anna") -> Iterator[Kernel]:
    """A kernel as a notebook server of the platform starts it for a notebook."""
    folder.mkdir(exist_ok=True)
    variables = {
        "HEPNB_SESSIONS": running.address,
        "JUPYTERHUB_API_TOKEN": owner,
        "HEPNB_PROFILE": "small",
        "JPY_SESSION_NAME": str(folder / name),
    }
    with kernel("hepnb-session", folder=folder, **variables) as found:
        yield found


@pytest.fixture(scope="module")
def first(running: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with notebook(running, tmp_path_factory.mktemp("notebook")) as found:
        yield found


def printed(outputs: Outputs) -> str:
    return outputs.text.strip()


def test_the_first_cell_starts_the_session_and_the_next_ones_use_it(first: Kernel, running: Service):
    said = first.run("x = 41\nprint('hello')\nx + 1").text
    assert "Starting Spark application" in said
    assert said.rstrip().endswith("hello\n42")
    first.run("numbers = spark.range(100)\nnumbers.createOrReplaceTempView('numbers')")
    assert printed(first.run("numbers.count()")) == "100"
    (session,) = Client(running).send("GET", "/sessions").json()["sessions"]
    assert (session["profile"], Path(session["notebook"]).name) == ("small", "one.ipynb")


def test_sql_gives_local_data_frames_and_shows_tables(first: Kernel):
    first.run(SQL.format("-q -o got"))
    assert printed(first.run("%%local\nprint(got.shape, list(got['twice']))")) == "(3, 2) [0, 2, 4]"
    table = first.run(SQL.format("")).of("display_data", "execute_result")
    assert any("<th>twice</th>" in content["data"].get("text/html", "") for content in table)
    assert "TABLE_OR_VIEW_NOT_FOUND" in first.run("%%sql\nselect * from nowhere").error


def test_values_go_there_and_back(first: Kernel):
    first.run("%%local\nword = 'from here'\nimport pandas as pd\nframe = pd.DataFrame({'a': [1, 2]})")
    assert "Successfully passed" in first.run("%%send_to_spark -i word -n there").text
    assert "Successfully passed" in first.run("%%send_to_spark -i frame -t df -n sent").text
    assert printed(first.run("print(there, sent.count())")) == "from here 2"
    first.run("%%spark -o back\nback = numbers.limit(2)")
    assert printed(first.run("%%local\nprint(len(back))")) == "2"


def test_an_error_keeps_what_was_printed_and_pictures_and_tables_arrive(first: Kernel):
    failed = first.run("print('before')\n1 / 0")
    assert "before" in failed.error
    assert failed.error.endswith("ZeroDivisionError: division by zero")
    assert "sparkmagic" not in failed.error
    assert failed.text == ""
    picture = first.run("import matplotlib.pyplot as plt\nline = plt.plot([1, 2])").of("display_data")
    assert any("image/png" in content["data"] or "<img" in content["data"].get("text/html", "") for content in picture)
    both = first.run("import pandas\nprint('a line')\npandas.DataFrame({'column': [1]})").of("display_data")
    (page,) = [one["data"]["text/html"] for one in both if "column" in one["data"].get("text/html", "")]
    assert "a line" in page


def status(of: Kernel, code: str) -> str:
    """Of the reply, which whoever runs a notebook as a whole looks at."""
    # Else what is asked a moment after an error is aborted.
    return str(of.client.execute(code, stop_on_error=False, reply=True, timeout=60)["content"]["status"])


def test_a_cell_that_fails_has_failed(first: Kernel):
    for wrong in (
        "1 / 0",
        "%%sql\nselect * from nowhere",
        "%%spark -o nothing_of_that_name\n1",
        "%%delete",
        "%%local\n1 / 0",
    ):
        assert status(first, wrong) == "error", wrong
    for right in ("1 / 1", "%%local\n1 / 1", "%%info"):
        assert status(first, right) == "ok", right


def progress(running: Service) -> float | None:
    """How far the statement is that the one session has run for a second; none while it runs none.

    After a second, the notebook has heard of the statement, too.
    """
    client = Client(running)
    (session,) = client.send("GET", "/sessions").json()["sessions"]
    *_, last = client.send("GET", f"/sessions/{session['id']}/statements").json()["statements"]
    return last["progress"] if last["state"] == "running" and time.time() - last["started"] / 1000 > 1 else None


def test_an_interrupt_ends_plain_python_and_spark_s_jobs_and_the_session_goes_on(first: Kernel, running: Service):
    first.run("kept = 7")
    for code, begins in (
        ("import time\nbegun = time.time()\nwhile time.time() - begun < 60: time.sleep(0.1)", 0.0),
        # One of its two tasks has ended when Spark works at the other one.
        ("sc.parallelize(range(2), 2).map(lambda v: __import__('time').sleep(60 * v)).count()", 0.5),
    ):
        cell, begun = first.send(code), time.monotonic()
        until(lambda begins=begins: progress(running) == begins, within=15, what=f"it runs: {code}")
        first.manager.provisioner.process.send_signal(signal.SIGINT)
        assert "Interrupted by user" in first.wait(cell).text
        assert "failed to cancel" not in first.run("1").text
        assert time.monotonic() - begun < 20
    assert printed(first.run("print(kept)")) == "7"


def test_a_second_notebook_comes_into_a_named_session_and_leaves_it_alive(running: Service, tmp_path: Path):
    configure = '%%configure -f\n{"name": "together"}'
    with (
        notebook(running, tmp_path / "a", name="a.ipynb") as one,
        notebook(running, tmp_path / "b", name="b.ipynb") as two,
    ):
        one.run(configure)
        one.run("shared = 11")
        two.run(configure)
        assert printed(two.run("print(shared)")).endswith("11")
        two.run("shared += 1")
        assert printed(one.run("print(shared)")) == "12"
        one.manager.shutdown_kernel(restart=True)
        assert Client(running).send("GET", "/sessions/together/state").json()["state"] == "idle"
    # Both kernels have ended, as they do with the notebook server.
    assert Client(running).send("GET", "/sessions/together/state").json()["state"] == "idle"
    Client(running).send("DELETE", "/sessions/together")


def test_a_notebook_finds_its_session_again_when_the_server_was_stopped(running: Service, tmp_path: Path):
    with notebook(running, tmp_path / "home") as before:
        before.run("found_again = 5")
    with notebook(running, tmp_path / "home") as after:
        assert printed(after.run("print(found_again)")).endswith("5")
        # A restart is asked for, to begin anew.
        number = session_of(running, tmp_path / "home")
        after.manager.shutdown_kernel(restart=True)
        assert Client(running).send("GET", f"/sessions/{number}").status_code == 404


def test_configure_starts_the_session_anew_and_cleanup_ends_it_at_once(first: Kernel, running: Service):
    before = session_of(running, Path(first.run("%%local\nimport os; print(os.getcwd())").text.strip()))
    first.run('%%configure -f\n{"conf": {"spark.sql.shuffle.partitions": "3"}}')
    assert printed(first.run("print(spark.conf.get('spark.sql.shuffle.partitions'))")) == "3"
    assert Client(running).send("GET", f"/sessions/{before}").status_code == 404
    begun = time.monotonic()
    first.run("%%cleanup -f")
    assert time.monotonic() - begun < 10
    assert Client(running).send("GET", "/sessions").json()["total"] == 0


def session_of(running: Service, folder: Path) -> int:
    listed = Client(running).send("GET", "/sessions").json()["sessions"]
    (number,) = [one["id"] for one in listed if Path(one["notebook"]).parent.name == folder.name]
    return number


def test_without_the_platform_the_kernel_says_so(tmp_path: Path):
    with kernel("hepnb-session", folder=tmp_path, HEPNB_SESSIONS="") as alone:
        for _ in range(2):
            said = alone.run("1 + 1").error
            assert "belong to the platform" in said
            assert "hepnb up" in said
        assert status(alone, "1 + 1") == "error"

"""Does the Spark kernel do what a user sees in a browser; the notebook server is all that is missing."""

import http.client
import json
import os
import re
import signal

import psutil
import pytest

from hepnb.cluster.drivers import find_driver
from tests.kernels import KERNEL_ID, kernel
from tests.waiting import until


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    metadata = {"hepnb": {"backend": "local", "profile": "small", "options": {}}}
    (folder / "a.ipynb").write_text(json.dumps({"metadata": metadata, "cells": [], "nbformat": 4, "nbformat_minor": 5}))
    return folder


@pytest.fixture(scope="module")
def watched(folder):
    place = {"JPY_SESSION_NAME": str(folder / "a.ipynb"), "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}
    with kernel("hepnb-spark", folder=folder, HEPNB_PROFILE="medium", **place) as running:
        yield running


def ask(address, path, token=None):
    """The status and the text with which Spark answers."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def page(address, token=None):
    """The status with which a page of Spark answers."""
    return ask(address, "/jobs/", token)[0]


def running_jobs(driver):
    """What Spark does at the moment."""
    applications = "/api/v1/applications"
    (application,) = json.loads(ask(driver.address, applications, driver.token)[1])
    return json.loads(ask(driver.address, f"{applications}/{application['id']}/jobs?status=running", driver.token)[1])


def test_a_cell_without_spark_does_not_wait_and_the_first_with_it_says_how_it_starts(watched):
    assert watched.run("1 + 1").of("execute_result")[0]["data"]["text/plain"] == "2"
    shown = watched.run("from hepnb.spark.session import get_session\nspark = get_session()").check()
    assert shown.displays == [
        "Starting Spark (profile 'small': 1 core, 1 GB) …",
        "Spark 4.3.0, profile 'small', local[1] · Spark UI",
    ]
    link = shown.of("update_display_data")[-1]["data"]["text/html"]
    assert f'href="/user/ada/hepnb/spark/{KERNEL_ID}/"' in link
    again = watched.run("print(spark.range(10).count(), sc.master)").check()
    assert (again.text, again.displays) == ("10 local[1]\n", [])


def test_attach_gives_what_runs(watched):
    assert watched.value("__import__('hepnb').attach() is spark") == "True"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "spark.sql('select * from nowhere')",
            "AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] The table or view `nowhere`",
        ),
        ("spark.range(3).select('nothing')", "AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column"),
        ("spark.sql('selekt 1')", "ParseException: "),
    ],
)
def test_a_mistake_in_a_query_is_sparks_sentence_below_the_users_line(watched, code: str, sentence: str):
    shown = watched.run(f"1\n{code}\n2")
    assert shown.text == ""  # nothing as JSON
    (error,) = shown.of("error")
    *lines, last = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in error["traceback"]]
    assert last.startswith(sentence)
    assert "Project" not in last
    assert f"----> 2 {code}" in "\n".join(lines)
    assert "pyspark" not in "\n".join(lines)
    assert sentence.partition(": ")[0] == error["ename"]


def test_names_of_the_user_stay_the_users(watched):
    watched.run("sc = 'a scale factor'").check()
    assert watched.value("(spark.range(2).count(), sc)") == "(2, 'a scale factor')"
    watched.run("del sc").check()


def test_the_pages_of_spark_open_with_the_token_that_the_notebook_server_knows(watched, folder):
    driver = find_driver(folder / "runtime", KERNEL_ID)
    assert driver is not None
    assert driver.process == watched.pid
    assert page(driver.address) in (401, 403)
    assert page(driver.address, driver.token[:-4] + "AAAA") in (401, 403)
    assert page(driver.address, driver.token) == 200
    port = int(driver.address.rpartition(":")[2])
    (java,) = (one for one in psutil.Process(watched.pid).children() if one.name() == "java")
    listening = [one.laddr for one in java.net_connections() if one.status == psutil.CONN_LISTEN]
    assert port in [address.port for address in listening]
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_no_secret_stands_in_the_list_of_processes(watched, folder):
    key = watched.value("sc.getConf().get('spark.org.apache.spark.ui.JWSFilter.param.secretKey')")
    token = find_driver(folder / "runtime", KERNEL_ID).token
    assert len(key) >= 43
    commands = [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"])]
    assert any("pyspark-shell" in command for command in commands)
    assert not [command for command in commands if key in command or token in command]


def test_sparkmonitor_hears_of_jobs_that_ran_before_its_page_was_there(watched):
    comm = watched.client.session.msg("comm_open", {"comm_id": "1", "target_name": "SparkMonitor", "data": {}})
    watched.client.shell_channel.send(comm)
    heard = []
    while not any("sparkJobEnd" in message for message in heard):
        message = watched.client.get_iopub_msg(timeout=30)
        if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == "1":
            heard.append(json.dumps(message["content"]["data"]))
    assert heard[0] == '{"msgtype": "commopen"}'
    assert any("sparkJobStart" in message for message in heard)


def test_an_interrupt_cancels_the_jobs_and_leaves_spark_usable(watched, folder):
    sums = "spark.range(10**13).selectExpr('sum(id * id % 7)')"
    for action in (f"{sums}.collect()", f"{sums}.show()"):
        cell = watched.send(action)
        until(lambda: running_jobs(find_driver(folder / "runtime", KERNEL_ID)), what="a job runs")
        watched.manager.interrupt_kernel()
        met = watched.wait(cell)
        assert met.error == "KeyboardInterrupt: the cell was interrupted, and Spark's jobs are cancelled."
        assert met.text == ""
        assert watched.value("list(sc.statusTracker().getActiveJobsIds())") == "[]"
        assert watched.value("spark.range(4).count()") == "4"


def test_attach_starts_another_and_lets_the_notebook_remember_it(watched, folder):
    before = find_driver(folder / "runtime", KERNEL_ID)
    shown = watched.run("%attach --profile small --option spark.sql.shuffle.partitions=3").check()
    assert shown.displays[0] == "Stopping Spark (profile 'small', local[1]) …"
    assert shown.displays[-1] == "Spark 4.3.0, profile 'small', local[1] · Spark UI"
    (comm,) = shown.of("comm_open")
    choice = {"backend": "local", "profile": "small", "options": {"spark.sql.shuffle.partitions": "3"}}
    assert (comm["target_name"], comm["data"]) == ("hepnb", {"action": "remember", "choice": choice})
    assert watched.value("spark.conf.get('spark.sql.shuffle.partitions')") == "3"
    assert find_driver(folder / "runtime", KERNEL_ID).token != before.token


def test_what_attach_cannot_have_is_one_sentence(watched):
    assert watched.run("%attach --profile smal").error == "There is no profile 'smal'; the nearest is 'small'."
    assert watched.run("%attach --profil small").error.startswith("%attach: unrecognized arguments: --profil; write ")
    assert watched.value("spark.range(2).count()") == "2"


def test_the_form_lists_profiles_with_their_limits_and_starts_one(watched):
    shown = watched.run("%attach").check()
    states = {comm["comm_id"]: comm["data"]["state"] for comm in shown.of("comm_open")}
    (names,) = [state["_options_labels"] for state in states.values() if "_options_labels" in state]
    assert names[1:3] == [
        "small: 1 core, 1 GB (For a first look, and to leave room for others)",
        "medium: 2 cores, 2 GB (For some gigabytes of data)",
    ]
    assert any("Free on this machine now" in str(state.get("value")) for state in states.values())
    button = next(key for key, state in states.items() if state.get("description") == "Start")
    click = {"comm_id": button, "data": {"method": "custom", "content": {"event": "click"}}}
    message = watched.client.session.msg("comm_msg", click)
    watched.client.shell_channel.send(message)
    done = watched.wait(message["header"]["msg_id"])
    said = [one["data"].get("state", {}).get("value", "") for one in done.of("comm_msg")]
    assert any("Spark 4.3.0, profile" in str(one) for one in said)


def test_a_driver_that_is_killed_is_explained_in_the_cell_that_meets_it_and_can_be_attached_again(watched, folder):
    driver = next(one for one in psutil.Process(watched.pid).children() if one.name() == "java")
    cell = watched.send("spark.range(10**13).selectExpr('sum(id * id % 7)').collect()")
    until(lambda: running_jobs(find_driver(folder / "runtime", KERNEL_ID)), what="a job runs")
    os.kill(driver.pid, signal.SIGKILL)
    sentence = (
        "Spark's driver was ended from outside by signal 9 (SIGKILL). "
        "%attach starts it again; DataFrames that were made before are gone."
    )
    met = watched.wait(cell)
    assert (met.error, met.text) == (sentence, "")
    assert watched.run("spark.range(2).count()").error == sentence
    watched.run("%attach --profile small").check()
    assert watched.value("spark.range(2).count()") == "2"


def test_an_error_whose_text_died_with_the_driver_is_explained_once(watched):
    cell = """
    import os, psutil
    try:
        sc._jvm.java.lang.Integer.parseInt("a muon")
    except Exception as error:
        failed = error
    (driver,) = (one for one in psutil.Process().children() if one.name() == "java")
    driver.kill()
    raise failed
    """
    met = watched.run(cell)
    assert met.error == (
        "Spark's driver was ended from outside by signal 9 (SIGKILL). "
        "%attach starts it again; DataFrames that were made before are gone."
    )
    assert met.text == ""
    watched.run("%attach --profile small").check()


def test_a_driver_whose_memory_is_used_up_is_explained(watched):
    met = watched.run("spark.range(4).selectExpr('array_repeat(uuid(), 200000000)').collect()")
    assert met.error == (
        "Spark's driver ended because its memory was used up; a larger profile gives it more. "
        "%attach starts it again; DataFrames that were made before are gone."
    )
    watched.run("%attach --profile small").check()


def test_no_jvm_outlives_a_kernel_that_is_killed(watched):
    (driver,) = (one for one in psutil.Process(watched.pid).children() if one.name() == "java")
    os.kill(watched.pid, signal.SIGKILL)
    driver.wait(timeout=30)

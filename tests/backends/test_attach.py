"""Does the one door open to the Spark that was asked for, in a plain Python process."""

import os
import signal

import psutil
import pytest

from tests.kernels import kernel


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    with kernel("python3", folder=tmp_path_factory.mktemp("python"), HEPNB_PROFILE="small") as running:
        running.run("import hepnb\nfrom hepnb.spark import driver\nfrom hepnb.spark.session import get_session").check()
        yield running


def test_attach_again_gives_what_runs(python):
    python.run("""
        small = hepnb.attach()
        assert hepnb.attach() is small
        assert hepnb.attach("local", profile="small", options={}) is small
        assert get_session("small") is small
        assert small.sparkContext.master == "local[1]"
    """).check()


def test_other_options_give_another_session_and_stay_off_the_list_of_processes(python):
    first = int(python.value("driver.pid()"))
    python.run("""
        options = {"spark.sql.shuffle.partitions": 3, "spark.hadoop.my.token": "hush"}
        other = hepnb.attach(profile="small", options=options)
        assert other is not small
        assert hepnb.attach() is other
        assert other.conf.get("spark.sql.shuffle.partitions") == "3"
        assert other.sparkContext.getConf().get("spark.hadoop.my.token") == "hush"
        assert other.range(5).count() == 5
    """).check()
    command = " ".join(psutil.Process(int(python.value("driver.pid()"))).cmdline())
    assert not psutil.pid_exists(first)
    assert "spark.driver.memory=1g" in command
    assert "hush" not in command


def test_a_driver_that_was_killed_is_started_again(python):
    killed = psutil.Process(int(python.value("driver.pid()")))
    os.kill(killed.pid, signal.SIGKILL)
    python.run("while driver.lives(): pass").check()
    assert python.value("driver.cause_of_death()") == "Spark's driver was ended from outside by signal 9 (SIGKILL)."
    assert python.value("hepnb.attach(profile='small').range(5).count()") == "5"


def test_spark_s_own_refusal_is_one_sentence_and_leaves_nothing(python):
    outputs = python.run("hepnb.attach(options={'spark.executor.heartbeatInterval': 'never'})")
    assert "SessionError: Spark does not start: " in outputs.error
    assert "spark.executor.heartbeatInterval" in outputs.error
    assert python.value("driver.pid()") == "None"

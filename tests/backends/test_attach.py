"""Does the one door open to the Spark that was asked for, in a script."""

import os
import signal
import time

import psutil
import pytest

import hepnb
from hepnb.backends.attach import detach
from hepnb.errors import SessionError
from hepnb.spark import driver
from hepnb.spark.session import get_session, stop


@pytest.fixture(scope="module", autouse=True)
def _a_spark_of_its_own():
    stop()
    yield
    detach()


def test_attach_again_gives_the_same_and_another_profile_another():
    small = hepnb.attach(profile="small")
    assert hepnb.attach() is small
    assert hepnb.attach("local", profile="small", options={}) is small
    assert get_session("small") is small
    assert small.sparkContext.master == "local[1]"
    first = driver.pid()

    other = hepnb.attach(profile="small", options={"spark.sql.shuffle.partitions": 3, "spark.hadoop.my.token": "hush"})
    assert other is not small
    assert other.conf.get("spark.sql.shuffle.partitions") == "3"
    assert other.sparkContext.getConf().get("spark.hadoop.my.token") == "hush"
    assert other.range(5).count() == 5
    assert driver.pid() != first
    assert not psutil.pid_exists(first)
    assert "spark.driver.memory=1g" in " ".join(psutil.Process(driver.pid()).cmdline())
    assert "hush" not in " ".join(psutil.Process(driver.pid()).cmdline())


def test_a_driver_that_was_killed_is_started_again():
    running = hepnb.attach()
    os.kill(driver.pid(), signal.SIGKILL)
    while driver.lives():
        time.sleep(0.01)
    assert driver.cause_of_death() == "Spark's driver was ended from outside by signal 9 (SIGKILL)."
    again = hepnb.attach(profile="small")
    assert again is not running
    assert again.range(5).count() == 5


def test_spark_s_own_refusal_is_one_sentence_and_leaves_nothing():
    with pytest.raises(SessionError, match=r"^Spark does not start: .*spark\.executor\.heartbeatInterval.*\.$"):
        hepnb.attach(options={"spark.executor.heartbeatInterval": "never"})
    assert driver.pid() is None

"""Does Spark run pieces of work as the other runners do."""

import time
from functools import partial
from unittest.mock import Mock

import pytest
from pyspark.sql import SparkSession

from hepnb.errors import MissingNameError, SessionError
from hepnb.runners.runner import Silent
from hepnb.spark.runner import SparkRunner


def tenfold(item: int) -> int:
    time.sleep(0.3 if item == 0 else 0)
    return 10 * item


def fail_at(item: int, *, bad: int, error: type[Exception]) -> int:
    if item == bad:
        raise error(f"There is no {item}.")
    return item


def test_answers_come_in_the_order_of_the_items(spark: SparkSession):
    assert SparkRunner(spark).map(tenfold, range(6), progress=Silent()) == [0, 10, 20, 30, 40, 50]
    assert SparkRunner(spark).map(tenfold, [], progress=Silent()) == []


def test_an_error_of_the_house_comes_back_as_itself(spark: SparkSession):
    with pytest.raises(MissingNameError, match=r"^There is no 2\.$"):
        SparkRunner(spark).map(partial(fail_at, bad=2, error=MissingNameError), range(4), progress=Silent())


def test_any_other_error_is_one_of_the_session(spark: SparkSession):
    with pytest.raises(SessionError, match=r"^Spark gave up: "):
        SparkRunner(spark).map(partial(fail_at, bad=2, error=ValueError), range(4), progress=Silent())


def test_progress_is_told(spark: SparkSession):
    progress = Mock()
    SparkRunner(spark).map(time.sleep, [0.3] * 8, progress=progress)
    told = [call.args for call in progress.tasks.call_args_list]
    assert told == sorted(told)
    assert {total for _, total in told} == {8}

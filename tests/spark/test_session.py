import subprocess
import sys

import pytest
from pyspark.sql import SparkSession

from hepnb.errors import MissingNameError, SessionError
from hepnb.spark.session import get_session


def test_asking_again_gives_the_same_session(spark: SparkSession):
    assert get_session() is spark
    assert get_session("local") is spark


@pytest.mark.usefixtures("spark")
def test_another_profile_is_refused_while_spark_runs():
    with pytest.raises(
        SessionError, match=r"runs already with the profile 'local'; call hepnb\.spark\.session\.stop\(\)"
    ):
        get_session("small")


def test_an_unknown_profile_names_the_nearest():
    with pytest.raises(MissingNameError, match="no profile 'smal'; the nearest is 'small'"):
        get_session("smal")


def test_workers_run_this_python(spark: SparkSession):
    (executable,) = spark.sparkContext.parallelize([0], 1).map(lambda _: sys.executable).collect()
    assert executable == sys.executable


def test_spark_listens_on_the_loopback_address_alone(spark: SparkSession):
    assert spark.conf.get("spark.driver.host") == "127.0.0.1"
    assert spark.conf.get("spark.driver.bindAddress") == "127.0.0.1"
    assert spark.sparkContext.uiWebUrl is None


PAGES = """
from urllib.request import urlopen
from hepnb.cluster.profiles import find_profile
from hepnb.spark import session
shown = {"spark.driver.host": "localhost", "spark.ui.enabled": "true", "spark.ui.port": "0"}
address = session.pages_address(session.start(find_profile("small"), settings=shown))
print(address.rpartition(":")[0], urlopen(address).status)
session.stop()
"""


def test_its_pages_are_on_the_loopback_address_whatever_executors_call_the_driver():
    shown = subprocess.run([sys.executable, "-c", PAGES], capture_output=True, text=True, check=False, timeout=120)
    assert shown.stdout == "http://127.0.0.1 200\n", shown.stderr

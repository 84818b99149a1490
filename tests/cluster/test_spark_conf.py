"""Is Spark told what a size means, and nothing else."""

import pytest

from hepnb.cluster.profiles import Profile
from hepnb.cluster.spark_conf import local, local_environment


def test_the_settings_of_two_cores_and_three_gigabytes():
    assert local(Profile(name="pair", description="Two cores", cores=2, memory="3g")) == {
        "spark.app.name": "hepnb",
        "spark.master": "local[2]",
        "spark.driver.memory": "3g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.authenticate": "true",
        "spark.ui.enabled": "false",
        "spark.sql.caseSensitive": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.shuffle.partitions": "8",
    }


@pytest.mark.parametrize(("cores", "master"), [("all", "local[*]"), (1, "local[1]"), (16, "local[16]")])
def test_cores_become_the_threads_of_a_local_master(cores, master):
    assert local(Profile(name="any", description="", cores=cores, memory="1g"))["spark.master"] == master


def test_settings_of_two_sessions_do_not_share_a_dictionary():
    profile = Profile(name="any", description="", cores=1, memory="1g")
    local(profile)["spark.master"] = "yarn"
    assert local(profile)["spark.master"] == "local[1]"


def test_driver_and_workers_run_the_same_python():
    assert local_environment("/opt/python") == {"PYSPARK_PYTHON": "/opt/python", "PYSPARK_DRIVER_PYTHON": "/opt/python"}

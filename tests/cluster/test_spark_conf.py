"""Is Spark told what a size means, and nothing else."""

import pytest

from hepnb.cluster.profiles import Profile
from hepnb.cluster.spark_conf import at_launch, local, local_environment, merged, pages


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
    assert local_environment("/opt/python") == {
        "PYSPARK_PYTHON": "/opt/python",
        "PYSPARK_DRIVER_PYTHON": "/opt/python",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def test_where_the_library_is_installed_spark_runs_the_command_that_forks(tmp_path):
    command = tmp_path / "hepnb-spark-python"
    command.write_text("#!/bin/sh\n")
    assert local_environment(str(tmp_path / "python"))["PYSPARK_PYTHON"] == str(tmp_path / "python")
    command.chmod(0o755)
    told = local_environment(str(tmp_path / "python"))
    assert (told["PYSPARK_PYTHON"], told["PYSPARK_DRIVER_PYTHON"]) == (str(command), str(command))


def test_the_pages_are_shown_on_a_free_port_behind_spark_s_own_lock():
    assert pages(key="c2VjcmV0", base="/user/ada/hepnb/spark/7") == {
        "spark.ui.enabled": "true",
        "spark.ui.port": "0",
        "spark.ui.killEnabled": "false",
        "spark.ui.proxyBase": "/user/ada/hepnb/spark/7",
        "spark.ui.filters": "org.apache.spark.ui.JWSFilter",
        "spark.org.apache.spark.ui.JWSFilter.param.secretKey": "c2VjcmV0",
        "spark.ui.showConsoleProgress": "false",
    }


def test_later_settings_win_and_lists_keep_the_entries_of_both():
    mine = {"spark.extraListeners": "a.Mine", "spark.ui.enabled": "false", "spark.driver.extraClassPath": ""}
    more = {"spark.extraListeners": "b.Theirs", "spark.ui.enabled": "true", "spark.driver.extraClassPath": "b.jar"}
    assert merged(mine, more) == {
        "spark.extraListeners": "a.Mine,b.Theirs",
        "spark.ui.enabled": "true",
        "spark.driver.extraClassPath": "b.jar",
    }
    assert mine["spark.extraListeners"] == "a.Mine"


def test_only_what_the_jvm_needs_at_its_start_stands_on_its_command_line():
    settings = {
        "spark.driver.memory": "1g",
        "spark.jars.packages": "org.example:a:1",
        "spark.hadoop.fs.s3a.secret.key": "hidden",
        "spark.org.apache.spark.ui.JWSFilter.param.secretKey": "hidden",
    }
    assert at_launch(settings) == {"spark.driver.memory": "1g", "spark.jars.packages": "org.example:a:1"}

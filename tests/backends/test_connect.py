"""Does the same door lead to a Spark Connect server: a real one, from PySpark's own package."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pyspark
import pytest

from hepnb.backends.attach import attach
from hepnb.errors import InputError, SessionError
from tests.kernels import LIBRARY, kernel
from tests.waiting import until

SPARK = Path(pyspark.__file__).parent


def listens(port):
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.master": "local[1]",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
    }
    command = [SPARK / "bin" / "spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    folder = tmp_path_factory.mktemp("server")
    environment = {"PYTHONPATH": str(LIBRARY), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*command, "spark-internal"], cwd=folder, env=os.environ | environment, stdout=log, stderr=log
        ) as process,
    ):
        try:
            until(lambda: process.poll() is not None or listens(port), what="the server listens", pause=0.2)
            yield f"sc://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_a_session_on_a_server_reads_root_files_and_gives_way_to_one_on_this_machine(server, generated, tmp_path):
    with kernel("python3", folder=tmp_path, SPARK_REMOTE=server) as python:
        python.run("import hepnb; from hepnb.backends.attach import running").check()
        python.run("spark = hepnb.attach('connect'); assert hepnb.attach('connect') is spark").check()
        assert python.value("spark.range(7).count()") == "7"
        read = f"spark.read.format('root').load('{generated}').where('nMuon = 2').count()"
        assert int(python.value(read)) > 100_000
        python.run("""
            other = hepnb.attach("connect", options={"spark.sql.shuffle.partitions": 3})
            assert other is not spark
            assert other.conf.get("spark.sql.shuffle.partitions") == "3"
            local = hepnb.attach("local", profile="small")
            assert local.range(7).selectExpr("sum(id)").collect()[0][0] == 21
            assert running()[0].backend == "local"
        """).check()


def test_a_server_that_is_not_there_is_said_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    began = time.monotonic()
    with pytest.raises(SessionError, match=rf"^No Spark Connect server answers at {address} \(Connection refused\); "):
        attach("connect", options={"spark.remote": f"sc://{address}"})
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("address", ["127.0.0.1:15002", "http://farm", "sc://", "sc://farm:port"])
def test_what_is_no_address_says_how_to_write_one(address):
    with pytest.raises(InputError, match=r"is no address of a Spark Connect server; write sc://host:port\.$"):
        attach("connect", options={"spark.remote": address})

"""What does Spark do while Java notes which classes belong into an archive?

A program of its own, which needs PySpark alone, so that an image can run it before the library is there. It does once
what notebooks, commands and remote sessions do: each class that is loaded here is ready when users need it.
"""

import contextlib
import secrets
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyspark
from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

_PATIENCE = 600  # [s] for Java to write the archive when it ends
_SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.authenticate": "true",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.port": "0",
    "spark.ui.filters": "org.apache.spark.ui.JWSFilter",
    "spark.org.apache.spark.ui.JWSFilter.param.secretKey": secrets.token_urlsafe(48),
    "spark.ui.showConsoleProgress": "false",
}
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectService$"
_ELSEWHERE = {"spark-core": "org/apache/spark/executor/", "spark-kubernetes": "org/apache/spark/"}
"""Jar -> package in it that only drivers with executors in pods, and those executors, need."""


class Numbers(DataSource):
    """A data source in Python."""

    def schema(self) -> str:
        """A column."""
        return "number double, list array<float>"

    def reader(self, schema: Any) -> DataSourceReader:  # noqa: ARG002 - PySpark's interface
        """Its reader."""
        return NumbersReader()


class NumbersReader(DataSourceReader):
    """Two tasks."""

    def partitions(self) -> list[InputPartition]:
        """One number each."""
        return [InputPartition(1), InputPartition(2)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """A batch."""
        columns = [pa.array([1.0, float(partition.value)]), pa.array([[1.0], [2.0]], type=pa.list_(pa.float32()))]
        yield pa.RecordBatch.from_arrays(columns, names=["number", "list"])


def work(spark: SparkSession, folder: Path) -> None:
    """Do what users do first.

    Args:
        spark: the session.
        folder: where files may be written.
    """
    spark.range(1000).count()
    spark.dataSource.register(Numbers)
    numbers = spark.read.format("Numbers").load()
    numbers.createOrReplaceTempView("numbers")
    numbers.where("number > 0").groupBy(F.floor("number").alias("bin")).agg(F.count("*")).orderBy("bin").collect()
    numbers.select(F.explode("list").alias("one")).agg(F.max("one"), F.avg("one")).collect()
    spark.sql("SELECT a.number, COUNT(*) FROM numbers a JOIN numbers b USING (number) GROUP BY 1").show()
    numbers.mapInArrow(lambda batches: batches, "number double, list array<float>").toArrow()
    numbers.write.parquet(str(folder / "numbers.parquet"))
    spark.read.parquet(str(folder / "numbers.parquet")).limit(1).collect()
    spark.createDataFrame([(1, "a"), (2, "b")], "number int, name string").cache().count()
    spark.sparkContext.parallelize(range(4), 2).mapPartitions(lambda part: [sum(part)]).collect()
    spark.sparkContext.statusTracker().getActiveStageIds()


def serve(context: Any) -> None:
    """Begin to listen for Spark Connect, as remote sessions do."""
    conf = context._jsc.sc().conf()  # noqa: SLF001 - there is no public way to the JVM
    conf.set("spark.connect.grpc.binding.address", "127.0.0.1")
    conf.set("spark.connect.grpc.binding.port", "0")
    conf.set("spark.connect.authenticate.token", secrets.token_urlsafe(48))  # who gets in here, runs code
    service = getattr(getattr(context._jvm, _CONNECT), "MODULE$")  # noqa: SLF001 - as above
    service.start(context._jsc.sc())  # noqa: SLF001 - as above


def load_elsewhere(context: Any) -> None:
    """Load what is needed where executors are in pods: there is no cluster here to start one in."""
    jvm = context._jvm  # noqa: SLF001 - there is no public way to the JVM
    loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
    for prefix, package in _ELSEWHERE.items():
        for jar in (Path(pyspark.__file__).parent / "jars").glob(f"{prefix}_*.jar"):
            for entry in zipfile.ZipFile(jar).namelist():
                if entry.startswith(package) and entry.endswith(".class"):
                    with contextlib.suppress(Py4JError):
                        jvm.java.lang.Class.forName(entry.removesuffix(".class").replace("/", "."), False, loader)
    kubernetes = jvm.io.fabric8.kubernetes
    pod = kubernetes.api.model.PodBuilder().withNewMetadata().withName("executor").endMetadata().build()
    kubernetes.client.utils.Serialization.asYaml(pod)
    with kubernetes_client(jvm) as client, contextlib.suppress(Py4JError):
        client.pods().inNamespace("default").resource(pod).create()


@contextlib.contextmanager
def kubernetes_client(jvm: Any) -> Iterator[Any]:
    """A client of a cluster that does not answer."""
    config = jvm.io.fabric8.kubernetes.client.ConfigBuilder().withMasterUrl("https://127.0.0.1:9").build()
    config.setRequestRetryBackoffLimit(0)
    client = jvm.io.fabric8.kubernetes.client.KubernetesClientBuilder().withConfig(config).build()
    try:
        yield client
    finally:
        client.close()


def main() -> None:
    """Work, and wait until Java has written the archive; the variable SPARK_SUBMIT_OPTS says where."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _SETTINGS | {"spark.local.dir": folder, "spark.sql.warehouse.dir": f"{folder}/warehouse"}
        context = SparkContext(conf=SparkConf().setAll(list(settings.items())))
        work(SparkSession(context), Path(folder))
        for optional in (serve, load_elsewhere):
            # Without these classes the archive serves those who do not need them all the same.
            with contextlib.suppress(Py4JError, PySparkException):
                optional(context)
        context.stop()
        gateway = SparkContext._gateway  # noqa: SLF001 - PySpark has no public way to its JVM
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait(_PATIENCE)


if __name__ == "__main__":
    main()

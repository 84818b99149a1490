"""Claim: Spark answers its first queries in half the time that PySpark takes as it comes, with the same settings."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Final

from benchmarks.child import environment
from benchmarks.files import Files
from benchmarks.rows import Row, faster
from benchmarks.settings import Settings, main
from hepnb.cluster.environment import export
from hepnb.cluster.profiles import find_profile
from hepnb.cluster.spark_conf import local
from hepnb.spark.class_archive import make

_PROFILE: Final = "small"
_TIMES: Final = 2.0
_STEPS: Final = ("Spark's session is there", "first result of SQL", "first result of a ROOT file")
_COST: Final = "processor time of a start and two queries"


def measure(settings: Settings) -> Iterator[Row]:
    """Measure it."""
    path = Files(settings).tiny()
    settings.progress.step("Making the archive of Java's classes")
    make()
    settings.progress.step("Measuring starts of Spark")
    runs: dict[str, list[dict[str, float]]] = {"hepnb": [], "pyspark": []}
    for number in range(min(settings.repeats, 5)):
        settings.progress.tasks(number, min(settings.repeats, 5))
        for name, measured in runs.items():
            measured.append(_started(name, path))
    for figure in (*_STEPS, _COST):
        ours, theirs = (median(run[figure] for run in measured) for measured in runs.values())
        yield faster(figure, ours, unit="s", peer="PySpark as it comes", peer_figure=theirs, times=_TIMES)


def _started(name: str, path: str) -> dict[str, float]:
    """Start Spark in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.spark_start", name, path]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    steps: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return steps | {_COST: after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def _start(name: str, path: str) -> Mapping[str, float]:
    began = time.monotonic()
    if name == "hepnb":
        from hepnb.spark.session import get_session  # imports count, and who measures needs none

        spark = get_session(_PROFILE)
    else:
        from pyspark import SparkConf, SparkContext
        from pyspark.sql import SparkSession

        from hepnb.spark.data_source import RootDataSource

        export({"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable})
        settings = local(find_profile(_PROFILE))
        spark = SparkSession(SparkContext(conf=SparkConf().setAll(list(settings.items()))))
        spark.dataSource.register(RootDataSource)
    times = [time.monotonic() - began]
    spark.range(1_000_000).count()
    times.append(time.monotonic() - began)
    spark.read.format("root").load(path).count()
    times.append(time.monotonic() - began)
    _end()
    return dict(zip(_STEPS, times, strict=True))


def _end() -> None:
    """Wait for all processes, so that their time counts."""
    from hepnb.spark.session import stop

    stop()


if __name__ == "__main__":
    if sys.argv[1:2] in (["hepnb"], ["pyspark"]):
        sys.stdout.write(json.dumps(_start(*sys.argv[1:])) + "\n")
    else:
        main(measure)

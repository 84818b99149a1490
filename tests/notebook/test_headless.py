"""Does a Spark kernel without a browser leave outputs as they are, and does it work without Spark."""

from contextlib import suppress
from pathlib import Path

import psutil

from tests.kernels import Kernel, kernel
from tests.waiting import until

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "01_dimuon_spectrum.ipynb"


def starts_spark(headless: Kernel) -> bool:
    """Whether one of the processes that a kernel has started becomes Spark."""
    with suppress(psutil.NoSuchProcess):  # some of them live for a moment
        return any(
            "org.apache.spark" in str(one.cmdline()) for one in psutil.Process(headless.pid).children(recursive=True)
        )
    return False


def test_cells_show_nothing_of_the_start_and_shutdown_leaves_no_process(tmp_path):
    with kernel("hepnb-spark", folder=tmp_path, HEPNB_PROFILE="small") as headless:
        impatient = headless.send("spark.range(10).count()")
        headless.wait_until_it_runs(impatient)
        until(lambda: starts_spark(headless), what="Spark is starting")
        headless.manager.interrupt_kernel()
        interrupted = headless.wait(impatient)
        assert interrupted.error == "Interrupted. Spark goes on starting; run the cell again to use it."
        outputs = headless.run("print(spark.range(10).count())").check()
        assert outputs.text == "10\n"
        assert {one["msg_type"] for one in outputs.messages} <= {"status", "execute_input", "stream"}
        outputs = headless.run("%attach --option spark.sql.shuffle.partitions=2").check()
        assert {one["msg_type"] for one in outputs.messages} <= {"status", "execute_input"}
        family = psutil.Process(headless.pid).children(recursive=True)
        assert [one.name() for one in family].count("java") == 1
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []


def test_without_java_one_sentence_says_so_and_python_works(tmp_path):
    place = {"JPY_SESSION_NAME": str(tmp_path / "a.ipynb"), "JAVA_HOME": str(tmp_path)}
    with kernel("hepnb-spark", folder=tmp_path, **place) as javaless:
        assert javaless.value("6 * 7") == "42"
        refused = javaless.run("answer = 1\nspark.range(10).count()")
        assert refused.error == (
            f"JAVA_HOME points to {tmp_path}, which has no bin/java; unset JAVA_HOME or set it to a Java 17 or newer. "
            "Python works without it; %attach tries again."
        )
        assert javaless.value("'answer' in globals()") == "False"
        assert "JAVA_HOME points to" in javaless.run("%time spark.range(10)").error
        javaless.run("spark = 'mine'").check()
        assert javaless.value("spark") == "mine"

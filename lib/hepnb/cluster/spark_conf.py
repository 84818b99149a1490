"""What does Spark need to know for a profile: pure functions from a profile to settings."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hepnb.cluster.profiles import Profile

LOOPBACK = "127.0.0.1"

_SPARK_PYTHON: Final = "hepnb-spark-python"
"""Command beside the interpreter, where the library was installed and not only put onto a path."""

_AT_LAUNCH: Final = ("spark.driver.", "spark.jars", "spark.files", "spark.archives", "spark.submit.", "spark.log.")
_LISTS: Final = {
    "spark.driver.extraClassPath": ":",
    "spark.extraListeners": ",",
    "spark.jars": ",",
    "spark.jars.packages": ",",
    "spark.ui.filters": ",",
}


def local_environment(python: str) -> dict[str, str]:
    """Variables for the processes of a Spark that runs inside this machine.

    Args:
        python: path of the interpreter for the workers; it must be able to import ``hepnb``. Spark starts
            the planners of data sources by these variables, whatever its settings say.
    """
    own = Path(python).with_name(_SPARK_PYTHON)
    told = str(own) if os.access(own, os.X_OK) else python
    # Spark's pages listen on every address of the machine unless this variable says otherwise.
    return {"PYSPARK_PYTHON": told, "PYSPARK_DRIVER_PYTHON": told, "SPARK_LOCAL_IP": LOOPBACK}


def local(profile: Profile) -> dict[str, str]:
    """Settings of a Spark that runs inside this machine.

    Args:
        profile: the size.

    Returns:
        Spark property -> value (https://spark.apache.org/docs/latest/configuration.html).
    """
    cores = "*" if profile.cores == "all" else str(profile.cores)
    return common(profile) | {
        "spark.master": f"local[{cores}]",
        # Nothing of a local session is meant for other machines or other accounts.
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        # Shuffles carry histograms, not events.
        "spark.sql.shuffle.partitions": "8",
    }


def common(profile: Profile) -> dict[str, str]:
    """Settings of every Spark whose driver we start, wherever its executors are."""
    return {
        "spark.app.name": "hepnb",
        "spark.driver.memory": profile.memory,
        "spark.authenticate": "true",
        "spark.ui.enabled": "false",
        # Branches that differ only in case (a physicist's "e" and "E") are different columns.
        "spark.sql.caseSensitive": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }


def pages(*, key: str, base: str) -> dict[str, str]:
    """Settings that let Spark show its own pages, on a free port, to those with a token.

    Args:
        key: what the token is signed with, from `hepnb.cluster.tokens.new_secret`.
        base: where the pages stand for a browser, ``/hepnb/spark/<kernel id>``.
    """
    return {
        "spark.ui.enabled": "true",
        "spark.ui.port": "0",
        # The notebook server lets nothing through that changes anything.
        "spark.ui.killEnabled": "false",
        "spark.ui.proxyBase": base,
        "spark.ui.filters": "org.apache.spark.ui.JWSFilter",
        "spark.org.apache.spark.ui.JWSFilter.param.secretKey": key,
        # Its lines would run through the cells.
        "spark.ui.showConsoleProgress": "false",
    }


def merged(settings: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Settings with others over them; properties that are lists keep the entries of both."""
    result = dict(settings)
    for name, value in more.items():
        separator = _LISTS.get(name)
        result[name] = separator.join([result[name], value]) if separator and result.get(name) else value
    return result


def at_launch(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings that the JVM must know when it starts; they stand in the machine's list of processes.

    All others can be said to its Spark later, where nobody reads along.
    """
    return {name: value for name, value in settings.items() if name.startswith(_AT_LAUNCH)}

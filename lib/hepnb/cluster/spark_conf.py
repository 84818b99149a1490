"""What does Spark need to know for a profile: pure functions from a profile to settings."""

from hepnb.cluster.profiles import Profile

LOOPBACK = "127.0.0.1"


def local_environment(python: str) -> dict[str, str]:
    """Variables for the processes of a Spark that runs inside this machine.

    Args:
        python: path of the interpreter for the workers; it must be able to import ``hepnb``. Spark starts
            the planners of data sources by these variables, whatever its settings say.
    """
    return {"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python}


def local(profile: Profile) -> dict[str, str]:
    """Settings of a Spark that runs inside this machine.

    Args:
        profile: the size.

    Returns:
        Spark property -> value (https://spark.apache.org/docs/latest/configuration.html).
    """
    cores = "*" if profile.cores == "all" else str(profile.cores)
    return {
        "spark.app.name": "hepnb",
        "spark.master": f"local[{cores}]",
        "spark.driver.memory": profile.memory,
        # Nothing of a local session is meant for other machines or other accounts.
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.authenticate": "true",
        "spark.ui.enabled": "false",
        # Branches that differ only in case (a physicist's "e" and "E") are different columns.
        "spark.sql.caseSensitive": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Shuffles carry histograms, not events.
        "spark.sql.shuffle.partitions": "8",
    }

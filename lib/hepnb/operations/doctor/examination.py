"""What is looked at before anybody says that the platform works here?"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from hepnb.cluster.site import DataFolder
from hepnb.cluster.spark_conf import local_environment
from hepnb.operations.doctor import data, network, packages, room, spark
from hepnb.operations.doctor.findings import Finding

_TEMPORARY: Final = "/tmp"  # noqa: S108  # where Java and Python write unless TMPDIR says otherwise


def examine(folder: DataFolder, *, host: str, port: int, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything that the platform needs, one thing after the other.

    Nothing is changed. A few processes are started and ended: Java, a Python, a proxy.

    Args:
        folder: of the data, which need not be there.
        host: address that the platform shall listen on.
        port: of it.
        environment: the variables that the platform will start with.
    """
    java = spark.java(environment)
    yield java
    # Without Java the launcher would only say the same again.
    if java.state == "ok":
        yield spark.launcher(environment)
    yield spark.workers(environment, python=local_environment(sys.executable)["PYSPARK_PYTHON"])
    yield packages.versions()
    yield packages.listener(environment)
    yield packages.kernels(Path(sys.prefix))
    yield network.port(folder, host, port)
    yield network.loopback()
    yield network.proxy(environment)
    yield network.proxy_variables(environment)
    yield data.profiles(folder)
    yield room.memory(folder)
    yield room.disk(folder.path, "disk of the data", option="--data")
    yield room.disk(Path(environment.get("TMPDIR") or _TEMPORARY), "temporary files", option="the variable TMPDIR")
    yield data.origin(folder)
    yield data.secrets(folder)
    yield data.hub_database(folder)

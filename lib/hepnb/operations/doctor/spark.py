"""Can Spark start here, and its workers?"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from hepnb.cluster.java import require_java
from hepnb.cluster.spark_conf import local_environment
from hepnb.cluster.spark_home import spark_home
from hepnb.errors import JavaError
from hepnb.operations.doctor.findings import Finding, failing, told, well

_PATIENCE: Final = 60.0  # [s]
_PACKAGES: Final = ("hepnb", "numpy", "pyarrow", "pyspark")
_IMPORTS: Final = (
    "import json, sys, importlib; [importlib.import_module(name) for name in sys.argv[1:]]; "
    "print(json.dumps(sys.version.split()[0]))"
)


def java(environment: Mapping[str, str]) -> Finding:
    """Is there a Java that Spark can run on?"""
    try:
        return well("Java", f"Java {require_java(environment).major}")
    except JavaError as error:
        return told("Java", error)


def launcher(environment: Mapping[str, str]) -> Finding:
    """Does Spark's launcher start, and is it of the version that Python has?"""
    home = spark_home(environment)
    if home is None:
        return failing("Spark", "PySpark is not installed", "pip install 'hepnb[hub]'")
    command = home / "bin" / "spark-submit"
    where = "unset SPARK_HOME" if environment.get("SPARK_HOME") else "pip install --force-reinstall --no-deps pyspark"
    try:
        answer = _output([str(command), "--version"], {**environment, **local_environment(sys.executable)})
    except (OSError, subprocess.SubprocessError) as error:
        return failing("Spark", f"{command} does not start: {_cause(error)}", where)
    match = re.search(r"version (\d[\w.-]*)", answer)
    if match is None:
        return failing("Spark", f"{command} does not tell its version: {_last_line(answer)}", where)
    if match[1] != version("pyspark"):
        return failing("Spark", f"{home} is Spark {match[1]}, but PySpark is {version('pyspark')}", where)
    return well("Spark", f"Spark {match[1]}, its launcher starts")


def workers(environment: Mapping[str, str], *, python: str) -> Finding:
    """Does the Python of Spark's workers start, and find what it needs?

    Args:
        environment: of the workers.
        python: the interpreter that Spark is told.
    """
    install = f"{python} -m pip install 'hepnb[hub]'"
    try:
        answer = _output([python, "-c", _IMPORTS, *_PACKAGES], {**environment, **local_environment(python)})
        found = json.loads(answer.splitlines()[-1])
    except (OSError, subprocess.SubprocessError) as error:
        return failing("Python of workers", f"{python} does not start: {_cause(error)}", install)
    except (ValueError, IndexError):
        return failing("Python of workers", f"{python} does not import what it needs: {_last_line(answer)}", install)
    return well("Python of workers", f"Python {found} with {', '.join(_PACKAGES)}")


def _output(command: list[str], environment: Mapping[str, str]) -> str:
    """What a program says on both streams."""
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=dict(environment),
        timeout=_PATIENCE,
        check=False,
    )
    return result.stdout


def _cause(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"

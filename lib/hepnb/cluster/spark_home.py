"""Where is the Spark that PySpark starts?"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path


def spark_home(environment: Mapping[str, str]) -> Path | None:
    """The folder with Spark's ``jars`` and ``bin``: what SPARK_HOME says, or PySpark's own; none without PySpark."""
    if named := environment.get("SPARK_HOME"):
        return Path(named)
    found = find_spec("pyspark")
    return None if found is None or found.origin is None else Path(found.origin).parent

"""With which options does the JVM of a driver start, so that users wait as little as possible?"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from hepnb.cluster import class_archive
from hepnb.cluster.environment import environment
from hepnb.cluster.names import TRUST_STORE
from hepnb.errors import SessionError
from hepnb.spark import driver
from hepnb.spark.class_archive import find

log = logging.getLogger(__name__)

_OPTIONS: Final = "SPARK_SUBMIT_OPTS"
"""Variable, Spark's own: options of the JVM, beside those that a site's or a user's settings name."""

_LAUNCHER_OPTIONS: Final = "SPARK_LAUNCHER_OPTS"
"""Variable, Spark's own: options of a first JVM, which only puts the command line of the driver's together."""

_FOR_A_MOMENT: Final = f"{class_archive.FIRST_COMPILER} -XX:+UseSerialGC"


def launch(settings: Mapping[str, str], *, remote_executors: bool, meanwhile: Callable[[], None]) -> bool:
    """Start the JVM of this process.

    Args:
        settings: Spark property -> value, of those that a JVM must know when it starts.
        remote_executors: whether others do the work of this driver.
        meanwhile: called while the JVM starts.

    Returns:
        Whether it started from an archive of Java's classes.

    Raises:
        JavaError: Java is missing or too old.
        SessionError: it does not start.
    """
    archive = find()
    try:
        driver.launch(settings, variables=_variables(archive, remote_executors=remote_executors), meanwhile=meanwhile)
    except SessionError:
        if archive is None or not driver.crashed():
            raise
        log.warning("Java crashed as it started from %s, which is removed", archive)
        with suppress(OSError):
            archive.unlink()
        driver.launch(settings, variables=_variables(None, remote_executors=remote_executors), meanwhile=meanwhile)
        return False
    if archive is not None and not driver.has_mapped(archive):
        log.info("Java does not start from %s: other jars stand before Spark's, or its own options forbid it", archive)
    return archive is not None


def _variables(archive: Path | None, *, remote_executors: bool) -> dict[str, str]:
    """What the programs that start a JVM look at; what the user says comes last, and wins."""
    ours = {
        _OPTIONS: " ".join(
            [class_archive.java_options(archive, remote_executors=remote_executors), *_trust(environment())]
        ).strip(),
        _LAUNCHER_OPTIONS: _FOR_A_MOMENT,
    }
    return {name: f"{value} {environment().get(name, '')}".rstrip() for name, value in ours.items()}


def _trust(variables: Mapping[str, str]) -> list[str]:
    """Java's options for the authorities of the site; executors have the same from their entrypoint.sh."""
    store = variables.get(TRUST_STORE)
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStoreType=JKS"] if store else []

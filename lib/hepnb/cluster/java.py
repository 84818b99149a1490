"""Which Java will Spark run on, and is it new enough."""

import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hepnb.errors import JavaError

MINIMUM_JAVA: Final = 17
"""Spark 4.3 runs on Java 17 and newer (https://spark.apache.org/docs/latest/)."""

ANSWER_TIMEOUT: Final = 30.0  # [s]


@dataclass(frozen=True, kw_only=True)
class Java:
    """A Java that runs.

    Attributes:
        major: version, such as 17.
        build: everything that ``java -version`` prints; it differs between any two builds.
    """

    major: int
    build: str


def require_java(environment: Mapping[str, str]) -> Java:
    """Check that Spark will find a Java it can run on.

    Args:
        environment: the variables ``JAVA_HOME`` and ``PATH`` decide, as they do for Spark.

    Raises:
        JavaError: there is none, it does not answer, or it is too old.
    """
    found = _find(environment)
    if found is None:
        raise JavaError(f"Spark needs Java {MINIMUM_JAVA} or newer, but there is no java command here; {_advice()}.")
    if not found.is_file():
        raise JavaError(
            f"JAVA_HOME points to {found.parent.parent}, which has no bin/java; "
            f"unset JAVA_HOME or set it to a Java {MINIMUM_JAVA} or newer."
        )
    java = _asked(found)
    if java.major < MINIMUM_JAVA:
        raise JavaError(
            f"Spark needs Java {MINIMUM_JAVA} or newer, but {found} is Java {java.major}; "
            f"{_advice()}, and let JAVA_HOME point to it."
        )
    return java


def _find(environment: Mapping[str, str]) -> Path | None:
    if home := environment.get("JAVA_HOME"):
        return Path(home) / "bin" / "java"
    found = shutil.which("java", path=environment.get("PATH", ""))
    return Path(found) if found else None


def _asked(java: Path) -> Java:
    try:
        answer = subprocess.run(
            [java, "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_TIMEOUT,
            check=False,
            process_group=0,  # an interrupt is for this process: a Java that it ended would be taken for a broken one
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise JavaError(f"{java} does not run ({error}); {_advice()}.") from error
    # "1.8.0_402" is how releases before 9 spell version 8.
    build = answer.stderr + answer.stdout
    match = re.search(r'version "(?:1\.)?(\d+)', build)
    if match is None:
        raise JavaError(f"{java} does not tell its version; {_advice()}.")
    return Java(major=int(match.group(1)), build=build)


def _advice() -> str:
    if platform.system() == "Darwin":
        return "install one with: brew install openjdk@17"
    return "install one with: sudo apt install openjdk-17-jre-headless"

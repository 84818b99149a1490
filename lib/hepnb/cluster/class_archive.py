"""Which archive of Java's classes may Spark start from?

To answer its first query, Spark loads some fifteen thousand classes, and Java reads, verifies and links each of them.
An archive (class data sharing, https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html) holds them ready
for use. Java itself refuses the archive of another Java, of other jars or with wrong checksums, and starts without it.
A file that was cut short ends the process, though, so the size is compared before Java sees the file.
"""

import hashlib
import logging
import os
import re
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from hepnb.cluster.java import Java

log = logging.getLogger(__name__)

_FORMAT: Final = "1"
"""Part of every key; another one makes all archives anew, such as when `hepnb.spark.archive_training` loads more."""

_MODE: Final = re.compile(r", [^()]*\)")
"""How Java will run, which ``java -version`` says behind its build and which options change."""

_NAME: Final = re.compile(r"spark-([0-9a-f]+)-([0-9]+)\.jsa")
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
_KEPT: Final = 2
"""Archives in a folder, so that two Javas that take turns do not make theirs anew each time."""


def key(java: Java, spark_home: Path) -> str:
    """What an archive depends on: the build of Java, and Spark's jars in the order in which Java finds them.

    Args:
        java: that Spark runs on.
        spark_home: folder of Spark.

    Raises:
        OSError: the jars cannot be read.
    """
    build = _MODE.sub(")", java.build)
    digest = hashlib.sha256(f"{_FORMAT}\n{build}\n{spark_home}\n".encode())
    with os.scandir(spark_home / "jars") as jars:
        for jar in jars:
            status = jar.stat()
            digest.update(f"{jar.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def folders(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where archives may be: beside the packages, for all who use them, else in the user's cache.

    Args:
        environment: of this process.
    """
    cache = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home(), ".cache")
    return Path(sys.prefix, "share", "hepnb", "java"), Path(cache, "hepnb", "java")


def name(key: str, size: int) -> str:
    """The name of the file of an archive, which says how large it is when it is whole.

    Args:
        key: what it depends on, from `key`.
        size: of the file [bytes].
    """
    return f"spark-{key}-{size}.jsa"


def find(key: str, places: Iterable[Path]) -> Path | None:
    """The archive that Spark may start from; where there is none, the log says why.

    Args:
        key: what it depends on, from `key`.
        places: folders, from `folders`.
    """
    reason = "there is none"
    for folder in places:
        for file in sorted(folder.glob(f"spark-{key}-*.jsa")):
            if (fault := _fault(file)) is None:
                return file
            reason = f"{file} {fault}"
    log.info("Spark starts without an archive of Java's classes: %s", reason)
    return None


def prune(folder: Path, newest: Path) -> None:
    """Remove the oldest archives of a folder; a Java that runs from one goes on.

    Args:
        folder: where they are.
        newest: the one that was just made.
    """
    others = [file for file in folder.glob("spark-*.jsa") if _NAME.fullmatch(file.name) and file != newest]
    for file in sorted(others, key=lambda one: one.stat().st_mtime, reverse=True)[_KEPT - 1 :]:
        file.unlink(missing_ok=True)


def java_options(archive: Path | None, *, remote_executors: bool) -> str:
    """The options with which the JVM of a driver starts, as Spark's launcher takes them from SPARK_SUBMIT_OPTS.

    Args:
        archive: from `find`.
        remote_executors: whether others do the work of this driver.
    """
    options = ["-XX:+IgnoreUnrecognizedVMOptions", FIRST_COMPILER if remote_executors else _LATE_SECOND_COMPILER]
    if archive is not None:
        options += [_quoted(f"-XX:SharedArchiveFile={archive}"), *_WITH_ARCHIVE]
    return " ".join(options)


def written_to(archive: Path) -> str:
    """The option with which a JVM writes an archive of all classes that it has loaded when it ends.

    Args:
        archive: the file, which must not be there.
    """
    return _quoted(f"-XX:ArchiveClassesAtExit={archive}")


FIRST_COMPILER: Final = "-XX:TieredStopAtLevel=1"
"""Option for what runs too short for Java's second compiler, which takes half of the time of a start."""

_LATE_SECOND_COMPILER: Final = (
    "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 "
    "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
)
"""Ten times what Java has by itself: loops of queries are compiled by the second compiler, and the start is not."""


_WITH_ARCHIVE: Final = (
    # A wrong checksum is a reason to start without the archive; to compute it takes less than 0.1 s.
    "-XX:+VerifySharedSpaces",
    # At the address that the archive was made for, its pages are shared by all who start from it: each has 110 MB less
    # of its own. The address is no secret from users' code, which runs in this very process.
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:ArchiveRelocationMode=0",
)


def _fault(file: Path) -> str | None:
    """What forbids to use an archive: whoever can write it has all rights of those who use it."""
    try:
        found, folder, packages = file.lstat(), file.parent.stat(), Path(sys.prefix).stat()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    named = _NAME.fullmatch(file.name)
    if named is None or not stat.S_ISREG(found.st_mode):
        return "is not an archive"
    if found.st_uid not in (0, os.geteuid(), packages.st_uid):
        return f"belongs to account {found.st_uid}"
    if (found.st_mode | folder.st_mode) & _WRITABLE_BY_OTHERS:
        return "can be written by other accounts"
    if found.st_size != int(named[2]):
        return f"has {found.st_size} bytes and not {named[2]}"
    return None if os.access(file, os.R_OK) else "cannot be read"


def _quoted(option: str) -> str:
    """As Spark's launcher reads options with spaces in them."""
    escaped = option.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if " " in option else option

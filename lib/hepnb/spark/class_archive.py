"""How is the archive of Java's classes made? Also ``python -m hepnb.spark.class_archive``, to have it before any start.

It takes about half a minute of one core and 220 MB of disk, once for each Java and each Spark of a machine.
"""

import fcntl
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hepnb.cluster import class_archive
from hepnb.cluster.class_archive import FIRST_COMPILER
from hepnb.cluster.environment import environment
from hepnb.cluster.java import require_java
from hepnb.cluster.spark_home import spark_home
from hepnb.errors import HepnbError, SessionError

log = logging.getLogger(__name__)

_TRAINING: Final = "hepnb.spark.archive_training"
_LOWEST_PRIORITY: Final = 19
_ROOM: Final = 700 << 20  # [bytes] free disk, for the archive and what is written meanwhile
_PATIENCE: Final = 900.0  # [s]
_PAUSE: Final = 24 * 3600.0  # [s] until what failed is tried again by itself
_UNFINISHED: Final = "unfinished-"
_FAILURE: Final = "failed"
"""File that says why the last attempt failed; while it is new nobody tries again by himself."""

_ABSENT: Final = ("SPARK_DIST_CLASSPATH", "HADOOP_CONF_DIR", "YARN_CONF_DIR", "SPARK_REMOTE", "PYSPARK_SUBMIT_ARGS")
"""Variables by which users add to Java's class path; what is added at its end does not disturb the archive."""


def make() -> Path | None:
    """Make the archive for the Java and the Spark of this process, unless it is there.

    Returns:
        The archive; none where another process is making it.

    Raises:
        JavaError: Java is missing or too old.
        SessionError: it cannot be made.
    """
    try:
        key, places = _sought()
        folder = _writable(places)
        with _alone(folder) as alone:
            if not alone:
                return None
            return class_archive.find(key, places) or _made(key, folder)
    except OSError as error:
        raise SessionError(f"The archive of Java's classes cannot be made: {error}.") from error


def find() -> Path | None:
    """The archive from which the Java and the Spark of this process may start, if it is there.

    Raises:
        JavaError: Java is missing or too old.
    """
    try:
        return class_archive.find(*_sought())
    except (OSError, SessionError) as error:
        log.info("Spark starts without an archive of Java's classes: %s", error)
        return None


def make_in_background() -> None:
    """Make the archive in a process of the lowest priority, which goes on when this one ends."""
    if _failed_lately(class_archive.folders(environment())):
        return
    try:
        subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Interrupts of this process do not reach it. In a session of its own, Linux would give it half a core.
            process_group=0,
            preexec_fn=_give_way,  # noqa: PLW1509 - it takes no lock and allocates nothing
        )
    except OSError as error:
        log.info("the archive of Java's classes is not made: %s", error)


def _sought() -> tuple[str, tuple[Path, ...]]:
    """What the archive for this Java and this Spark depends on, and where it may be."""
    variables = environment()
    java, home = require_java(variables), spark_home(variables)
    if home is None:
        raise SessionError("PySpark is not installed; install it with: pip install 'hepnb[spark]'")
    return class_archive.key(java, home), class_archive.folders(variables)


def _made(key: str, folder: Path) -> Path:
    for left in folder.glob(f"{_UNFINISHED}*"):
        left.unlink(missing_ok=True)
    if (free := shutil.disk_usage(folder).free) < _ROOM:
        raise SessionError(f"The archive of Java's classes needs {_ROOM >> 20} MB; {folder} has {free >> 20} MB free.")
    unfinished = folder / f"{_UNFINISHED}{os.getpid()}"
    try:
        _train(unfinished, environment())
        unfinished.chmod(0o644)
        archive = folder / class_archive.name(key, unfinished.stat().st_size)
        unfinished.replace(archive)
    except (OSError, subprocess.SubprocessError, SessionError) as error:
        _note_failure(folder, str(error))
        raise SessionError(f"The archive of Java's classes cannot be made: {error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    class_archive.prune(folder, archive)
    (folder / _FAILURE).unlink(missing_ok=True)
    return archive


def _train(unfinished: Path, variables: Mapping[str, str]) -> None:
    """Let Java write an archive of all classes that the training loads."""
    own = {name: value for name, value in variables.items() if name not in _ABSENT}
    told = {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_SUBMIT_OPTS": f"{class_archive.written_to(unfinished)} {FIRST_COMPILER}",
    }
    with tempfile.TemporaryDirectory(prefix="hepnb-archive-") as work:
        answer = subprocess.run(
            [sys.executable, "-m", _TRAINING],
            env=own | told,
            cwd=work,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    if answer.returncode != 0 or not unfinished.is_file():
        lines = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip()]
        raise SessionError((lines or ["Java wrote nothing"])[-1].rstrip("."))


def _note_failure(folder: Path, reason: str) -> None:
    try:
        (folder / _FAILURE).write_text(f"{reason}\n", encoding="utf-8")
    except OSError as error:
        log.info("%s cannot be written: %s", folder / _FAILURE, error)


def _failed_lately(places: tuple[Path, ...]) -> bool:
    for folder in places:
        try:
            if time.time() - (folder / _FAILURE).stat().st_mtime < _PAUSE:
                return True
        except OSError:
            continue
    return False


def _writable(places: tuple[Path, ...]) -> Path:
    """The first folder that this account can write to, made if need be."""
    reason = OSError("there is no folder for it")
    for folder in places:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error
            continue
        if os.access(folder, os.W_OK):
            return folder
        reason = PermissionError(f"{folder} cannot be written to")
    raise reason


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other process makes an archive there until the block ends."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _give_way() -> None:
    os.nice(_LOWEST_PRIORITY)


def main() -> int:
    """Say where the archive is, or in one sentence why there is none."""
    try:
        archive = make()
    except HepnbError as error:
        sys.stderr.write(f"hepnb: {error}\n")
        return 1
    sys.stdout.write(f"{archive}\n" if archive is not None else "Another process is making the archive.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Which Java do the tests start?"""

import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

USERS_HOME = os.environ.get("JAVA_HOME")
"""What the variable says to users, on whose Java everything runs that is measured."""


@contextmanager
def one_compiler() -> Iterator[None]:
    """Let every Spark below run on the user's Java without its second compiler.

    The suite starts Spark a hundred times for a few seconds each. There the second compiler takes a third of the time
    of the processor and gives nothing back. `JAVA_HOME` is the variable that hubs and services hand on to others.
    """
    java = shutil.which("java") if not USERS_HOME else f"{USERS_HOME}/bin/java"
    if java is None:
        yield
        return
    with TemporaryDirectory(prefix="hepnb-java-") as home:
        command = Path(home) / "bin" / "java"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(java)} -XX:TieredStopAtLevel=1 "$@"\n')
        command.chmod(0o755)
        Path(home).chmod(0o755)  # sessions may run under other accounts
        os.environ["JAVA_HOME"] = home
        try:
            yield
        finally:
            del os.environ["JAVA_HOME"]
            if USERS_HOME is not None:
                os.environ["JAVA_HOME"] = USERS_HOME

"""The command as a user runs it: a process of its own, or in the process of the tests where that shows the same."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from hepnb.cli import main

COMMAND = [sys.executable, "-c", "from hepnb.cli import main; main()"]


def hepnb(*arguments: object, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``hepnb`` to its end."""
    command = [*COMMAND, *(str(argument) for argument in arguments)]
    variables = os.environ | (environment or {})
    return subprocess.run(command, capture_output=True, text=True, env=variables, timeout=240, check=False)


def hepnb_on_disk(disk: Path, options: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``hepnb`` to its end with a small disk of its own in the place of a folder.

    Args:
        disk: the folder; it is empty for everybody else. What lies on the disk at the end is printed.
        options: of ``mount``.
        arguments: of the command.
    """
    # The mount is seen by this command alone.
    script = 'disk=$1; mount -t tmpfs -o "$0" tmpfs "$disk"; shift; "$@"; code=$?; ls -A "$disk"; exit $code'
    command = ["unshare", "--mount", "sh", "-c", script, options, str(disk), *COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def called(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``hepnb`` to its end in this process, which has imported already what a new one would wait for.

    For what a command says and leaves behind. Signals, variables of the environment and the Spark of a command, which
    would be that of the suite, need a process; and every command runs in one somewhere.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    command = ["hepnb", *map(str, arguments)]
    with patch.object(sys, "argv", command), redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        try:
            main()
        except SystemExit as end:
            return subprocess.CompletedProcess(command, int(end.code or 0), out.getvalue(), err.getvalue())
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    raise AssertionError("the command did not say how it ended")


_ONE_AFTER_THE_OTHER = """
import contextlib, io, json, sys
from hepnb.cli import main

def run(arguments):
    sys.argv = ["hepnb", *arguments]
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            main()
        except SystemExit as end:
            return {"returncode": end.code, "stderr": said.getvalue()}

print(json.dumps([run(arguments) for arguments in json.load(sys.stdin)]))
"""


def refused(commands: Sequence[Sequence[object]]) -> list[subprocess.CompletedProcess[str]]:
    """Run ``hepnb`` several times in one process, where each would take longer to start than to say no."""
    result = subprocess.run(
        [sys.executable, "-c", _ONE_AFTER_THE_OTHER],
        input=json.dumps([[str(argument) for argument in arguments] for arguments in commands]),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return [subprocess.CompletedProcess([], stdout="", **answer) for answer in json.loads(result.stdout)]


def sentence(result: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failing command leaves on stderr, behind the steps it had begun."""
    assert "Traceback" not in result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("hepnb: ")]
    return line.removeprefix("hepnb: ")


def left_behind(folder: Path) -> list[str]:
    """Everything in a folder, hidden things too."""
    return sorted(path.name for path in folder.iterdir())

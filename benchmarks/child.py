"""Contestants in processes of their own: requests and answers, a JSON object a line."""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_REPOSITORY: Final = Path(__file__).parents[1]


class ChildError(Exception):
    """The process cannot do what it is asked for; the message says why."""


class Child:
    """A process that answers requests."""

    def __init__(self, command: Sequence[str], *, variables: Mapping[str, str] | None = None) -> None:
        """Start it.

        Args:
            command: to start it with.
            variables: of the environment, beside those of this process.

        Raises:
            ChildError: it does not start, or cannot work.
        """
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment(variables),
            )
        except OSError as error:
            raise ChildError(f"{command[0]} does not start: {error.strerror}") from error
        atexit.register(self._process.terminate)
        self._answer()

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request, and wait for the answer.

        Raises:
            ChildError: it failed.
        """
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the process ended without a word"}
        if "error" in answer:
            raise ChildError(answer["error"])
        return answer


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Of a process that finds the project and the benchmarks, with more variables or without."""
    paths = os.pathsep.join(str(path) for path in (_REPOSITORY, _REPOSITORY / "lib"))
    return {**os.environ, **(variables or {}), "PYTHONPATH": paths}


def serve(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Greet, and answer requests until the end of standard input."""
    say({})
    for line in sys.stdin:
        try:
            say(answer(json.loads(line)))
        except Exception as error:  # the parent reports whatever it is
            say({"error": f"{type(error).__name__}: {error}"})


def say(message: dict[str, Any]) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()

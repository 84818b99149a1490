"""What really went wrong, behind what Spark says."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from hepnb import errors
from hepnb.errors import HepnbError, OutputError, SessionError

_OURS: Final = re.compile(r"hepnb\.(?:\w+\.)*(\w+Error): (.+)")

_SYMPTOMS: Final[tuple[tuple[str, type[HepnbError], str], ...]] = (
    ("No space left on device", OutputError, "The disk is full: free some space, or choose a folder on another disk."),
    (
        "Disk quota exceeded",
        OutputError,
        "Your disk quota is used up: free some space, or choose a folder on another disk.",
    ),
    ("Read-only file system", OutputError, "The disk is read-only: choose another folder."),
    ("Permission denied", OutputError, "Spark may not write there: choose another folder."),
    (
        "OutOfMemoryError",
        SessionError,
        "Spark ran out of memory: choose a larger profile with --profile or get_session(profile=…).",
    ),
    (
        "exited unexpectedly",
        SessionError,
        "A Python worker of Spark was killed, most likely for its memory: choose a profile with fewer cores.",
    ),
)


def explain(error: BaseException) -> HepnbError:
    """The sentence for a user, found in the message of whatever Spark raised.

    Args:
        error: an exception of pyspark or py4j.

    Returns:
        The error that one of our own functions raised in a worker, of the same class; or one of `hepnb.errors` for a
        known symptom; or a `SessionError` with the first line of the message.
    """
    message = str(error)
    # The last mention is the innermost: Spark repeats the message of a task in that of its stage.
    if ours := _OURS.findall(message):
        name, sentence = ours[-1]
        found = getattr(errors, name, SessionError)
        return found(sentence.strip()) if issubclass(found, HepnbError) else SessionError(sentence.strip())
    for symptom, kind, sentence in _SYMPTOMS:
        if symptom in message:
            return kind(sentence)
    first_line = next((line.strip() for line in message.splitlines() if line.strip()), type(error).__name__)
    return SessionError(f"Spark gave up: {first_line.rstrip('.')}.")


@contextmanager
def explained() -> Iterator[None]:
    """Raise what `explain` finds in place of Spark's own exceptions.

    Raises:
        HepnbError: one of its children.
    """
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise explain(error) from error

"""What does a cell say that finds Spark's driver dead, or that was interrupted while Spark worked?"""

import logging
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from hepnb.backends import attach as door
from hepnb.backends.attach import BACKENDS
from hepnb.errors import HepnbError, SessionError
from hepnb.notebook import mistakes

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_TELLING: Final = ("py4j", "pyspark", "grpc")
_LOSSES: Final = ("Py4JError", "Py4JNetworkError")
_LAST_WORDS: Final = ("SparkContext was shut down", "OutOfMemoryError")
_OF_JOBS: Final = "Py4JJavaError"
_PATIENCE: Final = 5.0  # [s]
_SHORT: Final = 1.0  # [s]
_STEP: Final = 0.05  # [s]
_LOGGERS: Final = ("py4j.clientserver", "py4j.java_gateway")
_INTERRUPTED: Final = "the cell was interrupted, and Spark's jobs are cancelled."
ADVICE: Final = "%attach starts it again; DataFrames that were made before are gone."
"""What to do in a notebook when Spark's driver has ended."""

_advice: Final = [ADVICE]


def listen(shell: "InteractiveShell", *, advice: str = ADVICE) -> None:
    """Explain errors that come of a dead driver, show our own as their sentence, and leave all others as they are.

    Args:
        shell: of the kernel.
        advice: what to do when the driver has ended.
    """
    _advice[:] = [advice]
    shell.set_custom_exc((Exception, KeyboardInterrupt), _explain)
    # py4j says it to the root logger, too.
    for name in ("", *_LOGGERS):
        logging.getLogger(name).addFilter(_not_of_connections)


def cause() -> str | None:
    """What Spark's driver died of; none where it lives or never was."""
    return next((found for backend in BACKENDS.values() if (found := backend.cause_of_death())), None)


def obituary() -> str | None:
    """What it died of, and what to do."""
    return None if (found := cause()) is None else f"{found} {_advice[0]}"


def _explain(
    shell: "InteractiveShell",
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: Any = None,
) -> None:
    met = _met_spark(error, trace)
    if met and _interrupted(error):
        _show(shell, KeyboardInterrupt, _INTERRUPTED, line=f"KeyboardInterrupt: {_INTERRUPTED}")
    elif met and (sentence := _awaited(_patience(error)) or _meaning(error)):
        _show(shell, SessionError, sentence)
        _keep_a_text(error, sentence)
    elif mistakes.is_mistake(error):
        mistakes.show(shell, error, trace, tb_offset=tb_offset)
    elif isinstance(error, HepnbError):
        _show(shell, kind, str(error))
    else:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=True)


def _show(shell: "InteractiveShell", kind: type[BaseException], sentence: str, *, line: str | None = None) -> None:
    shell._showtraceback(kind, sentence, [line or sentence])  # noqa: SLF001 - the public way prints a traceback


def _keep_a_text(error: BaseException, sentence: str) -> None:
    """IPython's history and the reply to the browser ask for the text, too, which may have died with the driver."""
    try:
        str(error)
    except Exception:  # whatever the connection to the driver ends with
        error.__class__ = SessionError
        error.args = (sentence,)


def _meaning(error: BaseException) -> str | None:
    """What it means to the user of the Spark that runs, where that knows better than Spark."""
    try:
        found = door.running()
        return None if found is None else BACKENDS[found[0].backend].explain(str(error))
    except Exception:  # Spark's exceptions ask the driver for their text; one that cannot be asked is about to end
        return _awaited(_PATIENCE)


def _interrupted(error: BaseException | None) -> bool:
    """Whether it is an interrupt, or what PySpark made of one while it tidied up."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _awaited(patience: float) -> str | None:
    """What `obituary` says; connections end a moment before their process does."""
    until = time.monotonic() + patience
    while (sentence := obituary()) is None and time.monotonic() < until:
        time.sleep(_STEP)
    return sentence


def _patience(error: BaseException) -> float:
    """How long to wait for the end of a driver that an error may tell of [s]; what makes a job fail may end it, too."""
    if _lost(error):
        return _PATIENCE
    return _SHORT if type(error).__name__ == _OF_JOBS else 0.0


def _lost(error: BaseException) -> bool:
    """Whether an error can be that of a driver which is about to end."""
    if isinstance(error, ConnectionError | EOFError) or type(error).__name__ in _LOSSES:
        return True
    try:
        text = str(error)
        return any(words in text for words in _LAST_WORDS)
    except Exception:  # Spark's exceptions ask the driver for their text
        return True


def _met_spark(error: BaseException, trace: TracebackType | None) -> bool:
    """Whether an error was raised in the code that speaks to the JVM, or came of one that was."""
    if isinstance(error, ConnectionError) or type(error).__module__.startswith(_TELLING):
        return True
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith(_TELLING):
            return True
        trace = trace.tb_next
    return False


def _not_of_connections(record: logging.LogRecord) -> bool:
    """py4j reports a lost connection with a page of traceback before it raises it; the sentence says it once."""
    return record.exc_info is None or Path(record.pathname).parent.name != "py4j"

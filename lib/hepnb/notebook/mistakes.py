"""What does a cell show of a query that Spark cannot understand?"""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_KINDS: Final = ("AnalysisException", "ParseException")
_SPARK: Final = ("pyspark", "py4j")
_PLAN: Final = ";\n"
"""What Spark puts between its sentence and the plan of the query."""


def is_mistake(error: BaseException) -> bool:
    """Whether Spark says that a query names what is not there, or is no SQL."""
    return type(error).__name__ in _KINDS and type(error).__module__.startswith("pyspark.errors")


def show(
    shell: "InteractiveShell", error: BaseException, trace: TracebackType | None, *, tb_offset: int | None
) -> None:
    """Show the user's lines and Spark's sentence, without the way through PySpark and the plan of the query.

    Args:
        shell: of the kernel.
        error: for which `is_mistake` holds.
        trace: of it; it is cut where Spark begins.
        tb_offset: number of lines of IPython's own at its top.
    """
    sentence = str(error).partition(_PLAN)[0].strip()
    _cut(trace)
    shown: Any = shell.InteractiveTB.structured_traceback(type(error), error, trace, tb_offset=tb_offset)
    # Its end is the exception with its text, which has the plan in it.
    lines = [*shown[:-1], f"{type(error).__name__}: {sentence}"]
    shell._showtraceback(type(error), sentence, lines)  # noqa: SLF001  # the public way prints the whole


def _cut(trace: TracebackType | None) -> None:
    while trace is not None:
        following = trace.tb_next
        if following is not None and following.tb_frame.f_globals.get("__name__", "").startswith(_SPARK):
            trace.tb_next = None
        trace = trace.tb_next

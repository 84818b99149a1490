"""How does a cell of the kernel *Spark (remote session)* fail?

sparkmagic prints what went wrong, and the cell has succeeded: who runs a notebook as a whole goes on with old values.
"""

from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from sparkmagic.livyclientlib.exceptions import EXPECTED_EXCEPTIONS

from hepnb.errors import SessionError


def let_cells_fail(shell: InteractiveShell) -> None:
    """Raise what sparkmagic would print, and show its words in the place of a traceback through sparkmagic.

    Args:
        shell: of the kernel, with the magics of sparkmagic.
    """
    magics: Any = shell.magics_manager.registry["KernelMagics"]
    magics.ipython_display.send_error = fail
    shell.set_custom_exc((SessionError, *EXPECTED_EXCEPTIONS), _show)


def fail(message: object) -> None:
    """End a cell with an error.

    Raises:
        SessionError: always.
    """
    raise SessionError(str(message).strip())


def _show(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    _traceback: TracebackType | None,
    tb_offset: int | None = None,  # noqa: ARG001  # IPython's name
) -> list[str]:
    """Send the error with the traceback of the session, and give it to IPython for the reply."""
    lines = str(error).strip().splitlines()
    if len(lines) > 1 and lines[-1].endswith(lines[0]):
        del lines[0]  # sparkmagic puts the last line of a traceback before it
    shell._showtraceback(kind, error, lines)  # noqa: SLF001  # as IPython does for others
    return lines

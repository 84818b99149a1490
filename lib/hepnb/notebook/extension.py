"""What is put into IPython for a Spark kernel?"""

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ipykernel.connect import get_connection_file

from hepnb.backends import attach as door
from hepnb.cluster.environment import environment
from hepnb.notebook import deaths, interrupts
from hepnb.notebook.background import Background
from hepnb.notebook.cells import BeforeCells
from hepnb.notebook.kernel import SparkKernel
from hepnb.notebook.magic import AttachMagic
from hepnb.notebook.place import place, remembered
from hepnb.notebook.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from hepnb.notebook.status import Status

_loaded: Final[list[Background]] = []


def load(
    shell: "InteractiveShell", *, wanted: "Mapping[str, Any] | None" = None, advice: str = deaths.ADVICE
) -> Background:
    """Put everything in its place, and let Spark start. Does nothing the second time.

    Args:
        shell: of the kernel.
        wanted: ``backend``, ``profile`` and ``options`` of the Spark; by default what the notebook remembers.
        advice: what to do when Spark's driver has ended, as a sentence.

    Returns:
        The start of Spark.
    """
    if _loaded:
        return _loaded[0]
    here = place(get_connection_file(), environment())
    background = Background(remembered(here.notebook) if wanted is None else wanted)
    kernel = SparkKernel(shell, here, background)
    _loaded.append(background)
    door.accompany(kernel)
    deaths.listen(shell, advice=advice)
    shell.events.register("pre_run_cell", interrupts.listen)
    shell.events.register("pre_run_cell", kernel.before_cell)
    shell.ast_transformers.append(BeforeCells(needed=kernel.needed, opened=kernel.opened))
    shell.magics_manager.magics["line"]["attach"] = AttachMagic(here, partial(_show_form, kernel.status))
    if door.default_backend() == "kubernetes":
        Waiting(shell)
    if background.harmless or wanted is not None:
        background.start()
    return background


def _show_form(status: "Status", attach: "Callable[[str, str | None, dict[str, str]], None]") -> None:
    # Only now: widgets take a third of a second to import, and most notebooks show none.
    from hepnb.notebook.form import show

    show(attach, status)

"""What does a Spark kernel do that a plain one does not?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """What IPython calls for ``--ext=hepnb.notebook`` and for ``%load_ext hepnb.notebook``.

    Spark starts in the background; ``spark`` and ``sc`` are there when the first cell needs them.
    """
    # Only here, because other rooms import this package where there is no IPython.
    from hepnb.notebook.extension import load

    load(shell)

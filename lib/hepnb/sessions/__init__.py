"""Which Spark sessions live outside a notebook server, and how are they used from there?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """What IPython calls for ``--ext=hepnb.sessions`` in the kernel of a remote session."""
    # Only here, because the service imports this package and has no IPython.
    from hepnb.sessions.inside import load

    load(shell)

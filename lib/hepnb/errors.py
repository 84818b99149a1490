"""What can go wrong, in one sentence each: what, where, what was there instead, what to do."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final


class HepnbError(Exception):
    """Any failure that a user can mend. The message is one complete sentence."""

    def __str__(self) -> str:
        """The sentence itself, also where a built-in base class would quote it."""
        return str(self.args[0]) if self.args else ""


class InputError(HepnbError, ValueError):
    """An argument that does not make sense."""


class MissingInputError(HepnbError, FileNotFoundError):
    """An input that is not there."""


class UnreadableFileError(HepnbError, OSError):
    """A file that is there but cannot be read as ROOT: another format, truncated, corrupted."""


class AccessError(UnreadableFileError):
    """A file that its server keeps from whoever asks: credentials are missing, or refused."""


class MissingNameError(HepnbError, KeyError):
    """A tree, branch, profile, selection or kernel that is not among those on offer."""


class FormatError(HepnbError, ValueError):
    """A folder of our own that another version made, or that is damaged."""


class WrongTypeError(HepnbError, TypeError):
    """A branch whose type does not fit its use."""


class KernelError(HepnbError, RuntimeError):
    """A reduction that failed on a batch of events."""


class OutputError(HepnbError, OSError):
    """A result that cannot be written."""


class JavaError(HepnbError, RuntimeError):
    """Java is missing or too old for Spark."""


class SessionError(HepnbError, RuntimeError):
    """Spark cannot start, or Spark or a worker process stopped in the middle of the work."""


class MissingPackageError(HepnbError, ModuleNotFoundError):
    """A package that this needs, and that is not installed."""


class LeftOutWarning(UserWarning):
    """Something in a file that a DataFrame cannot hold was left out."""


_EXTRAS: Final = {
    "root": ("awkward", "cramjam", "deflate", "fsspec", "hist", "numpy", "pyarrow", "uproot", "xxhash", "zstandard"),
    "spark": ("py4j", "pyspark"),
    "plots": ("matplotlib", "mplhep"),
    "pythia": ("fastjet", "pythia8mc"),
    "ml": ("keras", "tensorflow", "xgboost"),
    "jax": ("jax",),
    "connect": ("google", "grpc", "grpc_status"),
    "hub": (
        "IPython",
        "ipykernel",
        "ipywidgets",
        "jupyter_client",
        "jupyter_core",
        "jupyter_server",
        "jupyter_server_proxy",
        "jupyter_ydoc",
        "jupyterhub",
        "psutil",
        "pycrdt",
        "sparkmonitor",
        "tornado",
        "traitlets",
        "zmq",
    ),
    "remote": ("requests", "sparkmagic"),
}
"""What brings the packages that the library imports."""


def missing_package(error: ModuleNotFoundError) -> MissingPackageError:
    """The sentence for a package that could not be imported: which one, and what to install."""
    package = (error.name or "").partition(".")[0]
    found = [extra for extra, packages in _EXTRAS.items() if package in packages]
    install = f"hepnb[{found[0]}]" if found else package
    return MissingPackageError(f"The package '{package}' is missing; install it with: pip install '{install}'")


def nearest(name: str, candidates: Iterable[str], *, limit: int = 5) -> str:
    """The candidates a user may have meant, as the tail of a sentence.

    Args:
        name: what was asked for.
        candidates: what there is.
        limit: how many names the sentence carries at most.

    Returns:
        ``"the nearest are 'a', 'b'"``, or ``"it has 'x', 'y' and 7 more"`` where nothing is near,
        or ``"it has none"``.
    """
    names = list(candidates)
    by_lower_case = {candidate.lower(): candidate for candidate in reversed(names)}
    close = get_close_matches(name.lower(), by_lower_case, n=limit, cutoff=0.6)
    if close:
        listed = ", ".join(f"'{by_lower_case[match]}'" for match in close)
        return f"the nearest {'is' if len(close) == 1 else 'are'} {listed}"
    if not names:
        return "it has none"
    listed = ", ".join(f"'{candidate}'" for candidate in names[:limit])
    return f"it has {listed}" + (f" and {len(names) - limit} more" if len(names) > limit else "")

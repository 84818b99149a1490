"""The two packages of this engine, which not everybody has."""

import importlib
from types import ModuleType

from hepnb.errors import missing_package


def pythia8() -> ModuleType:
    """Pythia 8.3 (arXiv:2203.11601).

    Raises:
        MissingPackageError: it is not installed.
    """
    return _imported("pythia8mc")


def fastjet() -> ModuleType:
    """FastJet (arXiv:1111.6097), which is told not to greet on stdout: that may be somebody's JSON.

    Raises:
        MissingPackageError: it is not installed.
    """
    package = _imported("fastjet")
    package._swig.ClusterSequence.set_fastjet_banner_stream(None)  # noqa: SLF001  # there is no public name for it
    return package


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise missing_package(error) from error

"""In which order do two workers run the tests, and which tests does one worker run one after the other?"""

from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadFileScheduling

SHARED = "tests that share a Spark or a Keras"
"""One worker runs all of them, so that each is started once: a third of the suite."""

SHARING = ("tests/spark", "tests/reduction", "tests/classifiers", "tests/test_readme.py")
"""Rooms and modules of these tests."""

LONGEST = (
    SHARED,
    "tests/cli/test_faults.py",
    "tests/cli/test_reduce.py",
    "tests/benchmarks/test_benchmarks.py",
    "tests/cli/test_features_faults.py",
    "tests/plots/test_spectrum.py",
    "tests/test_packaging.py",
    "tests/loaders/test_equality.py",
    "notebooks/01_dimuon_spectrum.ipynb",
    "notebooks/03_topology_classifier.ipynb",
    "tests/cli/test_generate.py",
    "tests/hub_kubernetes/test_config.py",
    "tests/loaders/test_codecs.py",
    "tests/generators/pythia/test_engine.py",
)
"""What takes longest, which begins first: what begins last should be short, so that both workers end together."""


def unit_of(nodeid: str) -> str:
    """What one worker runs as a whole: a file, or all files that share what is slow to start."""
    file = nodeid.partition("::")[0]
    return SHARED if any(PurePosixPath(file).is_relative_to(one) for one in SHARING) else file


def place_of(nodeid: str) -> int:
    """When the turn of a test comes; within one place, tests keep their order."""
    unit = unit_of(nodeid)
    return LONGEST.index(unit) if unit in LONGEST else len(LONGEST)


class UnitScheduling(LoadFileScheduling):
    """Hands out units in their order."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


class InOrder:
    """A plugin of pytest, for a run with several workers."""

    @pytest.hookimpl
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the longest first."""
        items.sort(key=lambda item: place_of(item.nodeid))

    @pytest.hookimpl
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> UnitScheduling | None:
        """Take the place of --dist loadfile."""
        return UnitScheduling(config, log) if config.getvalue("dist") == "loadfile" else None

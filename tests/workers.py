"""Which tests does one worker run one after the other, and which come first?"""

from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    "tests that share a Spark or a Keras": (
        "tests/spark",
        "tests/reduction",
        "tests/classifiers",
        "tests/test_readme.py",
    ),
    "tests of one hub": ("tests/hub/test_one_machine.py", "tests/hub/test_projects.py", "tests/hub/test_sessions.py"),
    "tests of one browser": (
        "tests/browser/test_journey.py",
        "tests/browser/test_project_notebook.py",
        "tests/browser/test_projects.py",
        "tests/browser/test_remote_session.py",
    ),
    "tests of one release": (
        "tests/kubernetes/test_browser.py",
        "tests/kubernetes/test_deaths.py",
        "tests/kubernetes/test_gpus.py",
        "tests/kubernetes/test_journey.py",
        "tests/kubernetes/test_security.py",
        "tests/kubernetes/test_sentences.py",
        "tests/kubernetes/test_users.py",
    ),
    "tests of one impatient release": ("tests/kubernetes/test_culling.py", "tests/kubernetes/test_starts.py"),
    "tests of one notebook server": (
        "tests/server/test_activity.py",
        "tests/server/test_kernels.py",
        "tests/server/test_spark_pages.py",
    ),
}
"""Unit -> rooms and modules of tests that share what is slow to start; any other module is a unit by itself."""

LONGEST = (
    "tests of one release",
    "tests of one impatient release",
    "tests that share a Spark or a Keras",
    "tests of one browser",
    "tests of one hub",
    "tests/sessions/test_lives.py",
    "tests/notebook/test_spark_kernel.py",
    "tests/browser/test_together.py",
    "tests/sessions/test_sparkmagic.py",
    "tests/sessions/test_contract.py",
    "tests/hub/test_lifecycle.py",
    "tests of one notebook server",
    "tests/backends/test_attach.py",
    "tests/backends/test_connect.py",
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
"""Units that take longest, in the order in which they begin: the short ones fill the end."""


def unit_of(nodeid: str) -> str:
    """What one worker runs as a whole."""
    file = nodeid.partition("::")[0]
    path = PurePosixPath(file)
    shared = (unit for unit, parts in TOGETHER.items() if any(path.is_relative_to(part) for part in parts))
    return next(shared, file)


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests with those of the longest units first; those of a unit keep their order."""
    rank = {unit: at for at, unit in enumerate(LONGEST)}
    return sorted(items, key=lambda item: rank.get(unit_of(item.nodeid), len(rank)))


class UnitScheduling(LoadFileScheduling):
    """Gives every worker one unit after the other."""

    def _split_scope(self, nodeid: str) -> str:
        """The unit; that of pytest-xdist would be the module."""
        return unit_of(nodeid)

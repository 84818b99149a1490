"""Which tests of the platform run one after the other in the same worker, and which come first?"""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "hub": ("test_one_machine", "test_projects", "test_sessions"),
    "browser": ("test_journey", "test_project_notebook", "test_projects", "test_remote_session"),
    "server": ("test_activity", "test_kernels", "test_spark_pages"),
}
"""Room -> its modules that share what `conftest.py` starts for the room; any other module stays together by itself."""

LONGEST = (
    "browser",
    "hub",
    "sessions/test_lives",
    "notebook/test_spark_kernel",
    "browser/test_together",
    "sessions/test_sparkmagic",
    "sessions/test_contract",
    "hub/test_lifecycle",
    "server",
    "backends/test_attach",
    "backends/test_connect",
)
"""Units that take longest, in the order in which they begin: the short ones fill the end."""


def unit_of(nodeid: str) -> str:
    """The modules that a test stays with: a room, or its module below ``tests``."""
    module = nodeid.partition("::")[0].removeprefix("tests/").removesuffix(".py")
    room, _, name = module.partition("/")
    return room if name in TOGETHER.get(room, ()) else module


def order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests with those of the longest units first."""
    rank = {unit: at for at, unit in enumerate(LONGEST)}
    return sorted(items, key=lambda item: rank.get(unit_of(item.nodeid), len(rank)))


class InUnits(LoadScopeScheduling):
    """Gives every worker one unit after the other."""

    def _split_scope(self, nodeid: str) -> str:
        """The unit; that of pytest-xdist would be the module."""
        return unit_of(nodeid)

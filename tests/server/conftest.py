"""One notebook server for the tests of a module."""

from collections.abc import Iterator

import pytest

from .jupyter import Server, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A notebook server as a user of the platform has it, whose look at the activity comes often."""
    quick = [
        "--Activity.interval=0.5",
        "--AsyncIOLoopKernelRestarter.time_to_dead=0.5",
        # A kernel that dies young gets new ports; tests have no time to let it grow old.
        "--AsyncIOLoopKernelRestarter.random_ports_until_alive=False",
    ]
    with running(tmp_path_factory.mktemp("jupyter"), *quick) as one:
        yield one

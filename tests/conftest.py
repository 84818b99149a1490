"""What every test can ask for: the real data where it is there, generated files, one Spark for all."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.mark.expression import Expression
from hypothesis import settings
from xdist.remote import Producer

from hepnb.events import EVENTS_TREE
from tests.java import one_compiler
from tests.workers import UnitScheduling, in_order

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"
DOUBLE_MU_PARKED = "cms_DoubleMuParked_2012_100k.root"

# A busy machine is no reason to fail.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

TESTS = Path(__file__).parent
PLATFORM = {"backends", "browser", "hub", "notebook", "server"} | {
    f"test_{module}.py" for module in ("contract", "lives", "notebook", "sparkmagic")
}
"""Rooms and modules that start hubs, servers, kernels and browsers: they have a run of their own, make test-browser."""

KUBERNETES = "kubernetes"
"""Room of the tests that need a cluster; also their marker."""

CLAIMS = "claims"
"""Room of the tests that take ten minutes; also their marker."""

MARKERS = {**dict.fromkeys(sorted(PLATFORM), "platform"), KUBERNETES: KUBERNETES, CLAIMS: CLAIMS}
"""Room or module -> marker of its tests, by which each make target chooses its own; the others have none."""


def markers_of(path: Path) -> set[str]:
    """The markers of the tests of a room or module."""
    return {MARKERS[part] for part in path.relative_to(TESTS).parts if part in MARKERS}


def pytest_configure(config: pytest.Config) -> None:
    """Start Java quickly, in the kernels of notebooks, too."""
    until_the_end = ExitStack()
    until_the_end.enter_context(one_compiler())
    config.add_cleanup(until_the_end.close)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no module whose tests the expression after -m leaves out; but for those that the command line names."""
    chosen = config.option.markexpr
    markers = markers_of(collection_path)
    of_tests = set(re.findall(r"\w+", chosen)) - {"and", "or", "not", *MARKERS.values()}
    if not chosen or of_tests or (collection_path.is_dir() and not markers):
        return None
    return None if Expression.compile(chosen).evaluate(lambda name, **_: name in markers) else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the platform, those that need a cluster and those that take long, by their room or module."""
    for item in items:
        if any(item.get_closest_marker(marker) for marker in MARKERS.values()):
            # It would be left out with its room before anybody saw the mark.
            raise pytest.UsageError(f"{item.nodeid} has a marker that rooms and modules get in tests/conftest.py")
        if item.path.is_relative_to(TESTS):
            for marker in markers_of(item.path):
                item.add_marker(marker)
    # In a worker, too: what the workers collect is compared.
    if items and (hasattr(items[0].config, "workerinput") or items[0].config.getoption("dist", "no") != "no"):
        items[:] = in_order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> UnitScheduling:
    """Keep tests together that share what they start, and take the longest first."""
    return UnitScheduling(config, log)


def pytest_report_header() -> str:
    """Say whether the tests on real data run."""
    if REAL_DATA.is_dir():
        return "real data: found beside the repository, its tests run"
    return "real data: not found beside the repository (../shared/data), its tests are skipped"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real collision data."""
    if not REAL_DATA.is_dir():
        pytest.skip("the real data are not beside the repository (../shared/data)")
    return REAL_DATA


@pytest.fixture(scope="session")
def double_mu_parked(real_data: Path) -> Path:
    """100,000 collisions of CMS, 2012."""
    return real_data / DOUBLE_MU_PARKED


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """250,000 generated events in three clusters, seed 1."""
    # Imported here, as below: who runs a single test need not wait for what it does without.
    from hepnb.generators.dimuon import generate
    from hepnb.writers.root import write_events

    path = tmp_path_factory.mktemp("generated") / "dimuon.root"
    write_events(path, generate(250_000, seed=1), tree=EVENTS_TREE)
    return path


@pytest.fixture(scope="session")
def spark() -> "Iterator[SparkSession]":
    """The one Spark of the suite, or of each of its workers."""
    from hepnb.spark.session import get_session, stop

    yield get_session()
    stop()

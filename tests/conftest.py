"""What every test can ask for: the real data where it is there, generated files, one Spark for all."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from pyspark.sql import SparkSession
from xdist.remote import Producer

from hepnb.events import EVENTS_TREE
from hepnb.generators.dimuon import generate
from hepnb.spark.session import get_session, stop
from hepnb.writers.root import write_events
from tests.java import one_compiler
from tests.workers import InUnits, order

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"
DOUBLE_MU_PARKED = "cms_DoubleMuParked_2012_100k.root"

# A busy machine is no reason to fail.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

PLATFORM = {"backends", "browser", "hub", "notebook", "server"} | {
    f"test_{module}.py" for module in ("contract", "lives", "notebook", "sparkmagic")
}
"""Rooms and modules that start hubs, servers, kernels and browsers: they have a run of their own, make test-browser."""

KUBERNETES = "kubernetes"
"""Room of the tests that need a cluster; also their marker."""


def pytest_configure(config: pytest.Config) -> None:
    """Start Java quickly, in the kernels of notebooks, too."""
    until_the_end = ExitStack()
    until_the_end.enter_context(one_compiler())
    config.add_cleanup(until_the_end.close)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the other rooms out where the platform alone is asked for: every worker would import them for nothing."""
    elsewhere = collection_path.suffix == ".py" and not PLATFORM & set(collection_path.parts)
    return True if elsewhere and _is_of_the_platform(config) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the platform, and those that need a cluster, by their room or module."""
    for item in items:
        rooms = set(item.path.relative_to(item.config.rootpath).parts)
        if PLATFORM & rooms:
            item.add_marker("platform")
        if KUBERNETES in rooms:
            item.add_marker(KUBERNETES)
    if items and _is_of_the_platform(items[0].config):
        items[:] = order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InUnits | None:
    """Keep tests of the platform together that share what they start."""
    return InUnits(config, log) if _is_of_the_platform(config) else None


def _is_of_the_platform(config: pytest.Config) -> bool:
    """Whether a run is that of `make test-browser`."""
    return bool(config.getoption("markexpr") == "platform")


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
    path = tmp_path_factory.mktemp("generated") / "dimuon.root"
    write_events(path, generate(250_000, seed=1), tree=EVENTS_TREE)
    return path


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The one Spark of the suite."""
    yield get_session()
    stop()

"""A platform in a cluster, and its users."""

import os
from collections.abc import Iterator

import pytest

from tests.browser.conftest import chromium, page
from tests.hub.running import Browser
from tests.kubernetes.broken import IMPATIENT
from tests.kubernetes.cells import pairs_of_two_muons_of_opposite_charge
from tests.kubernetes.cluster import Installed, installed

__all__ = ["chromium", "page"]


@pytest.fixture(scope="session", autouse=True)
def cluster() -> None:
    """Where the tests run; they never look for a cluster by themselves."""
    assert os.environ.get("KUBECONFIG"), "KUBECONFIG names no cluster; make test-kubernetes says how to get one"


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A platform that most tests share."""
    with installed(tmp_path_factory.mktemp("values")) as running:
        yield running


@pytest.fixture(scope="package")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A platform that never waits for long, whose quota is larger than the cluster, and which breaks some pods."""
    with installed(tmp_path_factory.mktemp("impatient"), **IMPATIENT) as running:
        yield running


@pytest.fixture(scope="package")
def anna(platform: Installed) -> Browser:
    """A user with a notebook server of the profile 'tiny'."""
    return logged_in(platform, "anna")


def logged_in(platform: Installed, name: str, profile: str = "tiny") -> Browser:
    browser = Browser(platform, name)
    browser.login(platform.password)
    answer = browser.start(profile, within=120)
    assert answer.url.endswith(f"/user/{name}/lab"), answer.text
    return browser


@pytest.fixture(scope="package")
def expected() -> int:
    """How many pairs the users' files hold."""
    return pairs_of_two_muons_of_opposite_charge()

from collections.abc import Iterator

import pytest

from tests.hub.running import Browser, Up, up


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A platform that most tests share."""
    with up(tmp_path_factory.mktemp("platform") / "data") as running:
        yield running


@pytest.fixture(scope="package")
def maria(platform: Up) -> Browser:
    """A user with a notebook server of the profile 'small'."""
    browser = Browser(platform, "maria")
    browser.login(platform.password)
    assert browser.start("small").url.endswith("/user/maria/lab")
    return browser

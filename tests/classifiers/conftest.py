"""What the tests of classifiers share: folders of features, made once."""

from collections.abc import Iterator

import pytest

from hepnb.classifiers import backend
from hepnb.features.folder import FeatureFolder
from tests.classifiers.synthetic import make_folder


@pytest.fixture(scope="session")
def features(tmp_path_factory: pytest.TempPathFactory) -> FeatureFolder:
    """300 + 100 + 150 events in three shards."""
    path = tmp_path_factory.mktemp("features")
    return make_folder(path, events={"train": 300, "validation": 100, "test": 150}, shards=3)


@pytest.fixture(scope="session")
def keras_here() -> Iterator[str]:
    """The backend, started once for the suite."""
    return backend.start(device="cpu")

"""What does a site's own configuration file set?"""

from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue, PyFileConfigLoader


def load(path: Path) -> Config:
    """Run the file, and keep what it sets apart from everything that is set already.

    Args:
        path: of the file.
    """
    config: Config = _Loader(path.name, path=str(path.parent)).load_config()
    return config


class _Loader(PyFileConfigLoader):
    """Reads files in which entries can be added to a dict by their keys."""

    def clear(self) -> None:
        super().clear()
        self.config = _Config()


class _Config(Config):
    """What a file sets."""

    def __getitem__(self, key: str) -> Any:
        if key not in self and not key.startswith("_"):
            dict.__setitem__(self, key, _Config() if key[0].isupper() else _Growing())
        return super().__getitem__(key)


class _Growing(LazyConfigValue):
    """A list, dict or set that a file adds to before its trait is there; traitlets' own takes no ``x[key] = …``."""

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

"""Would the hub start with the configuration that is mounted here?

It says why not, and changes nothing: the hub that runs is replaced only after this has succeeded.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from jupyterhub.app import JupyterHub
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue, PyFileConfigLoader

from hepnb.cluster.environment import changed
from hepnb.cluster.hub_pod import SECRETS_FOLDER, this_pod
from hepnb_hub.site_traits import effective

_PLACEHOLDERS: Final = dict.fromkeys(("proxy-token", "operator-token", "cookie-secret", "password"), "0" * 64)
"""For the release's own secrets, which the first installation makes after this check."""


def main() -> str | None:
    """Check the configuration; returns the sentence that says what is wrong."""
    with TemporaryDirectory() as folder:
        _lay_out(this_pod().secrets, Path(folder))
        with changed({SECRETS_FOLDER: folder}):
            return fault()


def fault() -> str | None:
    """The first thing for which the hub would not start; ``None`` where it would."""
    file = Path(__file__).with_name("kubernetes_config.py")
    try:
        config = PyFileConfigLoader(file.name, path=str(file.parent)).load_config()
        kinds = (JupyterHub, config.JupyterHub.authenticator_class, config.JupyterHub.spawner_class)
        return next((found for kind in kinds if (found := _wrong_trait(kind, config)) is not None), None)
    except SystemExit as ended:
        return str(ended.code)
    except Exception as error:  # of classes that the site has chosen, which may fail in any way
        return f"The hub cannot use the site's config.py: {type(error).__name__}: {error}."


def _lay_out(mounted: Path, folder: Path) -> None:
    """Put the secrets where the hub looks for them, and something where there is none yet."""
    there = {path.name: path for path in mounted.iterdir() if path.is_file()} if mounted.is_dir() else {}
    for name, path in there.items():
        (folder / name).symlink_to(path)
    for name, text in _PLACEHOLDERS.items():
        if name not in there:
            (folder / name).write_text(text, encoding="utf-8")


def _wrong_trait(kind: Any, config: Config) -> str | None:
    traits = kind.class_traits(config=True)
    # Without the constructor: that of an authenticator may ask its provider.
    bare = kind.__new__(kind)
    for name, value in effective(config, kind.section_names()).items():
        wrong = name in traits and not isinstance(value, LazyConfigValue) and _wrong_value(bare, traits[name], value)
        if wrong:
            return f"The site's config.py sets c.{kind.__name__}.{name} to {wrong}."
    return None


def _wrong_value(bare: Any, trait: Any, value: Any) -> str | None:
    """What is wrong with it, without the value itself, which may be a secret."""
    if value is None and trait.allow_none:
        return None
    try:
        # A trait that takes anything has no such method.
        found = trait.validate(bare, value) if hasattr(trait, "validate") else value
    except TraitError:
        return f"a value of the type {type(value).__name__}; it must be {trait.info()}"
    try:
        trait._cross_validate(bare, found)  # noqa: SLF001  # to set the trait would tell its observers
    except TraitError as error:
        return f"a value that is refused: {str(error).rstrip('.')}"
    except Exception:  # a check that needs what the constructor makes
        return None
    return None


if __name__ == "__main__":
    sys.exit(main())

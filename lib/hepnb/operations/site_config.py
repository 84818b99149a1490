"""Who may log in, by the site's own configuration file?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from hepnb.cluster.site import is_loopback
from hepnb.errors import InputError, MissingInputError

OPEN_AUTHENTICATORS: Final = ("dummy", "shared-password", "DummyAuthenticator", "SharedPasswordAuthenticator")
"""Authenticators that let anybody be anybody."""

_CHOOSE: Final = "Choose one in a file for --config; deploy/examples has first_use.py, pam.py and oidc.py."


@dataclass(frozen=True, kw_only=True)
class Door:
    """How users get in.

    Attributes:
        authenticator: name of the site's; ``None`` for one password for everybody.
        spawner: name of the site's; ``None`` where all users share one account.
    """

    authenticator: str | None
    spawner: str | None


def door_of(config: Path | None, *, host: str) -> Door:
    """How users get in.

    Args:
        config: the site's file.
        host: address that the platform listens on.

    Raises:
        MissingInputError: there is no such file.
        InputError: it fails, or the address can be reached by others and nothing keeps strangers out.
    """
    hub = _load(config).JupyterHub if config is not None else Config()
    door = Door(authenticator=_name(hub.get("authenticator_class")), spawner=_name(hub.get("spawner_class")))
    if not is_loopback(host):
        if door.authenticator is None:
            raise InputError(
                f"On {host} others can reach the platform, and nothing would keep strangers out: it needs an "
                f"authenticator. {_CHOOSE}"
            )
        if door.authenticator.rpartition(".")[2] in OPEN_AUTHENTICATORS:
            raise InputError(
                f"On {host} others can reach the platform, and the authenticator '{door.authenticator}' in {config} "
                f"lets anybody in under any name. {_CHOOSE}"
            )
    return door


def _load(path: Path) -> Config:
    if not path.is_file():
        raise MissingInputError(f"{path}, the configuration file, is not there.")
    try:
        loader = PyFileConfigLoader(path.name, path=str(path.parent.absolute()))
        return Config(loader.load_config())
    except SyntaxError as error:
        raise InputError(f"{path}, line {error.lineno}, is no Python: {error.msg}.") from error
    except Exception as error:  # it is a program of the site, which may fail in any way
        raise InputError(f"{path} fails: {type(error).__name__}: {error}.") from error


def _name(value: Any) -> str | None:
    return value.__name__ if isinstance(value, type) else value

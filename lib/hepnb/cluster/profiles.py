"""Which sizes can a user pick."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal

from hepnb.errors import MissingNameError, nearest

DEFAULT_PROFILE: Final = "local"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One size.

    Attributes:
        name: what the user types.
        description: what the user reads.
        cores: how many cores Spark works on, or ``"all"`` of the machine's.
        memory: heap of the driver, in Spark's notation (``"2g"``).
    """

    name: str
    description: str
    cores: int | Literal["all"]
    memory: str


def load_profiles() -> dict[str, Profile]:
    """The profiles of ``profiles.toml`` by name, in the order of the file."""
    text = resources.files(__package__).joinpath("profiles.toml").read_text(encoding="utf-8")
    return {name: Profile(name=name, **fields) for name, fields in tomllib.loads(text).items()}


def find_profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        MissingNameError: there is none of that name.
    """
    profiles = load_profiles()
    if name not in profiles:
        raise MissingNameError(f"There is no profile '{name}'; {nearest(name, profiles)}.")
    return profiles[name]

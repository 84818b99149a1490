"""The one place where the library touches the environment of its process."""

import os
from collections.abc import Mapping


def environment() -> Mapping[str, str]:
    """The environment variables of this process."""
    return os.environ


def export(variables: Mapping[str, str]) -> None:
    """Set variables for this process and those it starts."""
    os.environ.update(variables)


def propose(variables: Mapping[str, str]) -> None:
    """Set variables that the user has not set."""
    export({name: value for name, value in variables.items() if name not in os.environ})


def withdraw(*names: str) -> None:
    """Remove variables, where they are set."""
    for name in names:
        os.environ.pop(name, None)

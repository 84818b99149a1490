"""The one place where the library touches the environment of its process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


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


@contextmanager
def without(name: str) -> Iterator[None]:
    """Hide a variable from processes that start meanwhile."""
    hidden = os.environ.pop(name, None)
    try:
        yield
    finally:
        if hidden is not None:
            os.environ[name] = hidden

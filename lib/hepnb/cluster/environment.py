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


def replace(variables: Mapping[str, str]) -> None:
    """Give this process the environment of another one."""
    os.environ.clear()
    os.environ.update(variables)


def withdraw(*names: str) -> None:
    """Remove variables, where they are set."""
    for name in names:
        os.environ.pop(name, None)


@contextmanager
def changed(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Let processes that start meanwhile see other variables.

    Args:
        variables: name -> value; None hides a variable.
    """
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

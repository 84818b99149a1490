"""What a place where work runs has to offer."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Progress(Protocol):
    """Somebody who shows how far the work is."""

    def step(self, description: str) -> None:
        """A new step begins."""

    def tasks(self, done: int, total: int) -> None:
        """So many of the step's tasks are done."""


class Silent:
    """Nobody watches."""

    def step(self, description: str) -> None:
        """Show nothing."""

    def tasks(self, done: int, total: int) -> None:
        """Show nothing."""


class Runner(Protocol):
    """A place where independent pieces of work run."""

    def map(self, work: Callable[[Item], Answer], items: Sequence[Item], *, progress: Progress) -> list[Answer]:
        """Apply a function to each item.

        Args:
            work: a function of a module, or a ``functools.partial`` of one, so that it can travel to other processes.
                It may run twice for one item, where a worker is lost.
            items: what to apply it to; they travel, too.
            progress: is told how many are done.

        Returns:
            The answers in the order of the items.

        Raises:
            HepnbError: the first that `work` raised; or `hepnb.errors.SessionError`, where a worker was killed.
        """

"""What must a Spark be able to do to stand behind `hepnb.attach`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from hepnb.cluster.profiles import Profile


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which Spark.

    Attributes:
        backend: name of the kind.
        profile: name of a size; none where the backend has its own.
        options: Spark property -> value.
    """

    backend: str
    profile: str | None
    options: Mapping[str, str] = field(default_factory=dict)


class Backend(Protocol):
    """A kind of Spark. Of each, a process has one at most.

    Attributes:
        own_driver: whether its driver is a JVM of this process.
    """

    own_driver: bool

    def choose(self, profile: str | None, options: Mapping[str, str]) -> Choice:
        """Complete what a user asked for.

        Args:
            profile: name of a size; none for the usual one.
            options: Spark property -> value.

        Raises:
            HepnbError: it cannot be had.
        """

    def start(self, choice: Choice, settings: Mapping[str, str]) -> "SparkSession":
        """Start Spark.

        Args:
            choice: from `choose`.
            settings: further Spark properties, for a Spark whose driver runs on this machine.

        Raises:
            HepnbError: it does not start.
        """

    def stop(self) -> None:
        """Stop it and wait until it is gone; nothing where none runs."""

    def running(self) -> "tuple[Choice, SparkSession] | None":
        """What runs."""

    def cause_of_death(self) -> str | None:
        """Why it ended by itself, as a sentence; none where it runs or was stopped."""

    def cancel(self) -> None:
        """Cancel the jobs that run."""

    def waits_for(self) -> str | None:
        """Why jobs that run get nothing to run on, as a sentence; none where they do, or nobody knows."""

    def explain(self, message: str) -> str | None:
        """What an error of Spark means here, as a sentence; none where its own words are the best.

        Args:
            message: of the error.
        """

    def pages_address(self) -> str | None:
        """Where Spark shows its own pages on this machine, if it does."""

    def make_active(self) -> None:
        """Make the session that another thread started the active one of this thread."""

    def size_of(self, profile: "Profile") -> str:
        """What a user gets with a profile here."""

    def free(self) -> str:
        """What of this place nobody uses now, as a sentence."""

    def describe(self, choice: Choice) -> tuple[str, str]:
        """What is said of a choice while it starts, and when it runs: sizes, and the place where it runs."""

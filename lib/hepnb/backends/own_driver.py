"""What is the same of every Spark whose driver is a JVM of this process?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from hepnb.backends.backend import Choice
from hepnb.cluster.names import PROFILE
from hepnb.cluster.profiles import default_profile, find_profile
from hepnb.errors import InputError, MissingNameError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Spark is imported by the methods: who only wants to know what there is must not wait for it.


class OwnDriver:
    """What local executors and those elsewhere have in common; of a process, one such Spark runs at most.

    Attributes:
        name: of the backend.
        master: how the addresses begin by which Spark calls the place of the executors.
    """

    name: ClassVar[str]
    master: ClassVar[str]
    own_driver = True

    def __init__(self) -> None:
        """None runs yet."""
        self._options: Mapping[str, str] = {}

    def choose(self, profile: str | None, options: Mapping[str, str]) -> Choice:
        """The profile of the environment variable HEPNB_PROFILE, where none is named."""
        if "spark.remote" in options:
            raise InputError("The option 'spark.remote' is the address of a server; ask for the backend 'connect'.")
        if not options.get("spark.master", self.master).startswith(self.master):
            raise InputError(
                f"The backend '{self.name}' chooses where Spark runs, but spark.master is '{options['spark.master']}'; "
                "leave that option out."
            )
        if profile is not None:
            return Choice(backend=self.name, profile=find_profile(profile).name, options=options)
        proposed = default_profile()
        try:
            return Choice(backend=self.name, profile=find_profile(proposed).name, options=options)
        except MissingNameError as error:
            raise MissingNameError(f"{error} The variable {PROFILE} names it.") from error

    def stop(self) -> None:
        """Stop Spark and its JVM."""
        from hepnb.spark import session

        if self._found() is not None or session.running() is None:
            session.stop()
            self._options = {}

    def running(self) -> "tuple[Choice, SparkSession] | None":
        """Also what `hepnb.spark.session.get_session` started."""
        from hepnb.spark import session

        found = self._found()
        if found is None:
            return None
        return Choice(backend=self.name, profile=session.profile_of(found), options=self._options), found

    def cause_of_death(self) -> str | None:
        """Why the JVM ended."""
        from hepnb.spark import driver

        return driver.cause_of_death()

    def cancel(self) -> None:
        """Cancel all jobs of this process."""
        if (found := self._found()) is not None:
            found.sparkContext.cancelAllJobs()

    def waits_for(self) -> str | None:
        """Nothing: a driver that does the work has what it needs."""
        return None

    def explain(self, message: str) -> str | None:  # noqa: ARG002 - Spark's own words say it all
        """Nothing but Spark stands behind its errors."""
        return None

    def pages_address(self) -> str | None:
        """On the loopback address."""
        from hepnb.spark import session

        return None if (found := self._found()) is None else session.pages_address(found)

    def make_active(self) -> None:
        """Spark keeps an active session per thread."""
        from hepnb.spark import session

        if (found := self._found()) is not None:
            session.make_active(found)

    def _found(self) -> "SparkSession | None":
        from hepnb.spark import session

        found = session.running()
        return found if found is not None and session.master_of(found).startswith(self.master) else None

"""Spark inside this machine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hepnb.backends.backend import Choice
from hepnb.cluster import spark_conf
from hepnb.cluster.names import PROFILE
from hepnb.cluster.profiles import default_profile, find_profile
from hepnb.errors import InputError, MissingNameError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Spark is imported by the methods: who only wants to know what there is must not wait for it.


class LocalBackend:
    """The `hepnb.backends.backend.Backend` of this machine."""

    def __init__(self) -> None:
        """None runs yet."""
        self._options: Mapping[str, str] = {}

    def choose(self, profile: str | None, options: Mapping[str, str]) -> Choice:
        """The profile of the environment variable HEPNB_PROFILE, where none is named."""
        if "spark.remote" in options:
            raise InputError("The option 'spark.remote' is the address of a server; ask for the backend 'connect'.")
        if not options.get("spark.master", "local").startswith("local"):
            raise InputError(
                f"The backend 'local' runs on this machine alone, but spark.master is '{options['spark.master']}'; "
                "leave that option out."
            )
        if profile is not None:
            return Choice(backend="local", profile=find_profile(profile).name, options=options)
        proposed = default_profile()
        try:
            return Choice(backend="local", profile=find_profile(proposed).name, options=options)
        except MissingNameError as error:
            raise MissingNameError(f"{error} The variable {PROFILE} names it.") from error

    def start(self, choice: Choice, settings: Mapping[str, str]) -> "SparkSession":
        """Start a JVM and a Spark in it."""
        from hepnb.spark import session

        self._options = choice.options
        profile = find_profile(choice.profile or default_profile())
        return session.start(profile, settings=spark_conf.merged(choice.options, settings))

    def stop(self) -> None:
        """Stop both."""
        from hepnb.spark import session

        session.stop()
        self._options = {}

    def running(self) -> "tuple[Choice, SparkSession] | None":
        """Also what `hepnb.spark.session.get_session` started."""
        from hepnb.spark import session

        found = session.running()
        if found is None:
            return None
        return Choice(backend="local", profile=session.profile_of(found), options=self._options), found

    def cause_of_death(self) -> str | None:
        """Why the JVM ended."""
        from hepnb.spark import driver

        return driver.cause_of_death()

    def cancel(self) -> None:
        """Cancel all jobs of this process."""
        from hepnb.spark import session

        if (found := session.running()) is not None:
            found.sparkContext.cancelAllJobs()

    def pages_address(self) -> str | None:
        """On the loopback address."""
        from hepnb.spark import session

        found = session.running()
        return None if found is None else session.pages_address(found)

    def make_active(self) -> None:
        """Spark keeps an active session per thread."""
        from hepnb.spark import session

        if (found := session.running()) is not None:
            session.make_active(found)

    def describe(self, choice: Choice) -> tuple[str, str]:
        """The size of the profile, and Spark's name for the place."""
        profile = find_profile(choice.profile or default_profile())
        settings = spark_conf.merged(spark_conf.local(profile), choice.options)
        size = f"profile '{profile.name}'"
        return f"{size}: {profile.size}", f"{size}, {settings['spark.master']}"

"""Spark inside this machine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from hepnb.backends.backend import Choice
from hepnb.backends.own_driver import OwnDriver
from hepnb.cluster import spark_conf
from hepnb.cluster.profiles import Profile, default_profile, find_profile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_GB: Final = 1024**3


class LocalBackend(OwnDriver):
    """The `hepnb.backends.backend.Backend` of this machine."""

    name = "local"
    master = "local"

    def start(self, choice: Choice, settings: Mapping[str, str]) -> "SparkSession":
        """Start a JVM and a Spark in it."""
        from hepnb.spark import session  # who only wants to know what there is must not wait for it

        self._options = choice.options
        profile = find_profile(choice.profile or default_profile())
        return session.start(profile, settings=spark_conf.merged(choice.options, settings))

    def size_of(self, profile: Profile) -> str:
        """Cores, and the memory of the driver."""
        return profile.size

    def free(self) -> str:
        """Cores that nobody uses, and memory that Linux could give."""
        import psutil  # only the form asks, which is in notebooks, and there it is installed

        cores = psutil.cpu_count() or 1
        idle = max(cores - psutil.getloadavg()[0], 0.0)
        memory = psutil.virtual_memory()
        free = f"{idle:.1f} of {cores} cores, {memory.available / _GB:.1f} of {memory.total / _GB:.1f} GB"
        return f"Free on this machine now: {free}."

    def describe(self, choice: Choice) -> tuple[str, str]:
        """The size of the profile, and Spark's name for the place."""
        profile = find_profile(choice.profile or default_profile())
        settings = spark_conf.merged(spark_conf.local(profile), choice.options)
        size = f"profile '{profile.name}'"
        return f"{size}: {profile.size}", f"{size}, {settings['spark.master']}"

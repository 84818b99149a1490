"""What does this machine have, and what of it is free now?"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from hepnb.cluster.profiles import Profile, fitting
from hepnb_hub.profile_page import Card, cores, size


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine.

    Attributes:
        cores: that this process may use.
        memory: in all [B].
        free_cores: that nobody uses, on the average of the last minute.
        free_memory: that can be had without swapping [B].
    """

    cores: int
    memory: int
    free_cores: float
    free_memory: int

    def has_room(self, profile: Profile) -> bool:
        """Whether a profile's memory is free now; cores are shared, memory is not."""
        return profile.memory_of(self.cores) <= self.free_memory

    def offered(self, profiles: Mapping[str, Profile]) -> dict[str, Profile]:
        """The profiles that fit; the smallest where none does, since one can work with less."""
        return fitting(profiles, cores=self.cores, memory=self.memory)

    def card(self, profile: Profile) -> Card:
        """What the page shows of a profile."""
        return Card(
            profile=profile,
            needs=f"{cores(profile.cores_of(self.cores))}, {size(profile.memory_of(self.cores))}",
            warning=None if self.has_room(profile) else "little memory is free now",
        )

    def __str__(self) -> str:
        """What is free, for a reader."""
        return (
            f"Free now on this machine: {self.free_cores:.0f} of {cores(self.cores)} and {size(self.free_memory)} of "
            f"{size(self.memory)}. Memory is what a notebook with Spark takes at most."
        )


def this_machine() -> Machine:
    """Look at the machine."""
    number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = psutil.virtual_memory()
    return Machine(
        cores=number,
        memory=memory.total,
        free_cores=min(max(number - psutil.getloadavg()[0], 0.0), number),
        free_memory=memory.available,
    )

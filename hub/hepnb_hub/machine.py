"""What does this machine have, and what of it is free now?"""

import os
from dataclasses import dataclass

import psutil

from hepnb.cluster.profiles import Profile


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


def this_machine() -> Machine:
    """Look at the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = psutil.virtual_memory()
    return Machine(
        cores=cores,
        memory=memory.total,
        free_cores=min(max(cores - psutil.getloadavg()[0], 0.0), cores),
        free_memory=memory.available,
    )

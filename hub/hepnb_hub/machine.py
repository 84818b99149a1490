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
        free_memory: that can be had without swapping [B].
    """

    cores: int
    memory: int
    free_memory: int

    def has_room(self, profile: Profile) -> bool:
        """Whether a profile's memory is free now; cores are shared, memory is not."""
        return profile.memory_of(self.cores) <= self.free_memory

    def offered(self, profiles: Mapping[str, Profile]) -> dict[str, Profile]:
        """The profiles that fit; the smallest where none does, since one can work with less."""
        return fitting(profiles, cores=self.cores, memory=self.memory)

    def _card(self, profile: Profile) -> Card:
        return Card(
            profile=profile,
            needs=f"{cores(profile.cores_of(self.cores))}, {size(profile.memory_of(self.cores))}",
            warning=None if self.has_room(profile) else "little memory is free now",
        )

    def cards(self, profiles: Mapping[str, Profile]) -> list[Card]:
        """What the page shows: each size once, since the whole machine may be as large as another one."""
        shown: dict[tuple[float, int], Card] = {}
        for profile in profiles.values():
            shown.setdefault((profile.cores_of(self.cores), profile.memory_of(self.cores)), self._card(profile))
        return list(shown.values())

    def __str__(self) -> str:
        """What there is, and what happens where others work, too, for a reader."""
        return (
            f"This machine has {cores(self.cores)}, and {size(self.free_memory)} of its {size(self.memory)} of memory "
            "are free. While others use the cores, your work takes longer; a size whose memory is not free may not "
            "start."
        )


def this_machine() -> Machine:
    """Look at the machine."""
    number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = psutil.virtual_memory()
    return Machine(
        cores=number,
        memory=memory.total,
        free_memory=memory.available,
    )

"""What somebody asks of a generator of the topology classifier, and how the work is divided."""

from dataclasses import dataclass

import numpy as np

from hepnb.errors import InputError
from hepnb.events import Process


@dataclass(frozen=True)
class Batch:
    """A part of the events asked for, which can be made without the others."""

    number: int  # from 0
    first: int  # number of its first event
    size: int


@dataclass(frozen=True)
class Request:
    """Events of one process.

    Raises:
        InputError: less than one event, or a negative seed or pile-up.
    """

    process: Process
    events: int
    seed: int
    pileup: float  # mean number of other collisions in an event

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.events < 1:
            raise InputError(f"There must be at least one event of each class, got {self.events}.")
        if self.seed < 0:
            raise InputError(f"The seed cannot be negative, got {self.seed}.")
        if not 0 <= self.pileup < np.inf:
            raise InputError(f"The pile-up is a mean number of collisions and cannot be {self.pileup:g}.")

    def batches(self, size: int) -> list[Batch]:
        """All events in parts of one size, the last one perhaps smaller."""
        starts = range(0, self.events, size)
        return [Batch(number, first, min(size, self.events - first)) for number, first in enumerate(starts)]

    def seeds(self, batch: Batch) -> np.random.SeedSequence:
        """What the events of a batch come from; of no other process and no other batch."""
        return np.random.SeedSequence([self.seed, self.process, batch.number])

"""Which events does a network see, and in which order?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from hepnb.classifiers.ragged import HLF, PARTICLES, Extent, Floats, Integers, Ragged, Space, column, extents, read
from hepnb.errors import InputError
from hepnb.events import HLF_NAMES, LABEL, MAX_PARTICLES, PARTICLE_FEATURES, Process
from hepnb.features.folder import FeatureFolder

WINDOW: Final = 32  # batches; long enough that events of one length find each other
LENGTHS: Final = 32  # particles; padded lengths are multiples, so that there are few of them to compile for

_WINDOW_BYTES: Final = 1 << 27
_HLF_WINDOW: Final = 1 << 18  # events
_KEPT_BYTES: Final = 1 << 28


@dataclass(frozen=True)
class Batch:
    """What one step of training sees.

    Attributes:
        hlf: scaled high-level features, ``(n, 14)``.
        particles: scaled, ``(n, length, 19)``, the padding at the end.
        target: 1 for the process that happened, ``(n, 3)``; zeros in rows that only fill the batch up.
        rows: number of each event in its split, in the order of the files; rows beyond these fill the batch up.
        events: in the batches of all workers at this step.
    """

    hlf: Floats | None
    particles: Floats | None
    target: Floats
    rows: Integers
    events: int

    @property
    def inputs(self) -> dict[str, Floats]:
        """What the network takes, by name."""
        both = {HLF: self.hlf, PARTICLES: self.particles}
        return {name: values for name, values in both.items() if values is not None}


@dataclass(frozen=True)
class Share:
    """What one of several workers has of the events.

    Attributes:
        worker: its number, from 0.
        workers: how many there are.
    """

    worker: int = 0
    workers: int = 1


ALL: Final = Share()


class Dataset:
    """A split of a folder of features, in batches."""

    def __init__(
        self,
        folder: FeatureFolder,
        split: str,
        inputs: Sequence[str] = (HLF, PARTICLES),
        *,
        adapt: Callable[[Ragged], Ragged] | None = None,
    ) -> None:
        """Look into the files, and read nothing yet.

        Args:
            folder: of features.
            split: train, validation or test.
            inputs: which of `HLF` and `PARTICLES` are needed.
            adapt: is applied to all that is read.

        Raises:
            InputError: there are no events.
            MissingInputError: a file is not there.
            FormatError: a file is damaged.
        """
        self._folder, self._split, self._inputs, self._adapt = folder, split, tuple(inputs), adapt
        self._extents = extents(folder, split, inputs=self._inputs)
        self.events = sum(extent.events for extent in self._extents)
        if not self.events:
            raise InputError(f"{folder.path} has no events in its split '{split}'.")

    def batches(
        self, epoch: int, *, batch_size: int, seed: int, share: Share = ALL, bucketed: bool = True
    ) -> Iterator[Batch]:
        """All events once, in an order that follows from the seed and the epoch.

        Row groups come in random order, and events are shuffled inside windows of `WINDOW` batches. Workers have
        disjoint events, and all have `steps` batches. Their batches have the same rank in length at the same time, so
        that nobody waits for a longer one.

        Args:
            epoch: its number.
            batch_size: events of all workers together.
            seed: of the order.
            share: which of the batches.
            bucketed: sort by length inside windows, and pad to multiples of `LENGTHS`; otherwise to `MAX_PARTICLES`.

        Raises:
            InputError: the batch size does not fit the events or the workers.
        """
        self.check(batch_size=batch_size, workers=share.workers)
        order = np.random.default_rng([seed, epoch])
        own = np.random.default_rng([seed, epoch, 1 + share.worker])
        batch = batch_size // share.workers
        in_turn = [self._extents[number] for number in order.permutation(len(self._extents))]
        left = self.events
        for window, steps in self._windows(in_turn, batch, share):
            shuffled = own.permutation(len(window))
            chosen = _chosen(window, shuffled, batch, steps, bucketed=bucketed)
            # What is left over comes last, for all workers at once.
            for number in (*order.permutation(len(chosen) - 1), len(chosen) - 1):
                yield _filled(window, chosen[number], batch, min(left, batch_size), bucketed=bucketed)
                left -= batch_size

    def in_order(self, *, batch_size: int, share: Share = ALL) -> Iterator[Batch]:
        """All events once, the same way each time: windows in the order of the files, sorted by length inside."""
        batch = -(-batch_size // share.workers)
        left = self.events
        for window, steps in self._windows(self._extents, batch, share):
            for events in _chosen(window, np.arange(len(window)), batch, steps, bucketed=True):
                yield _filled(window, events, batch, min(left, batch * share.workers), bucketed=True)
                left -= batch * share.workers

    def steps(self, *, batch_size: int) -> int:
        """How many batches an epoch has, for each worker."""
        return -(-self.events // batch_size)

    def check(self, *, batch_size: int, workers: int = 1) -> None:
        """See whether a batch size can be.

        Raises:
            InputError: there are fewer events, or workers could not have equal parts of it.
        """
        if batch_size > self.events:
            raise InputError(
                f"{self._folder.path} has {self.events} events in its split '{self._split}', fewer than one batch of "
                f"{batch_size}: choose a --batch-size of at most {self.events}, or make more features."
            )
        if batch_size % workers:
            raise InputError(
                f"A batch of {batch_size} events cannot be split evenly among {workers} workers: choose a multiple of "
                f"{workers} as --batch-size."
            )

    def counts(self) -> npt.NDArray[np.int64]:
        """How many events each process has, ``(3,)``."""
        return np.bincount(column(self._folder, self._split, LABEL), minlength=len(Process))

    @cached_property
    def _kept(self) -> Ragged | None:
        """Every event, where they are small enough to stay in memory between epochs."""
        if PARTICLES in self._inputs or self.events * len(HLF_NAMES) * 4 > _KEPT_BYTES:
            return None
        return Ragged.joined([self._read(extent) for extent in self._extents], inputs=self._inputs)

    def _read(self, extent: Extent) -> Ragged:
        events = read(extent, inputs=self._inputs)
        return events if self._adapt is None else self._adapt(events)

    def _windows(self, in_turn: Sequence[Extent], batch: int, share: Share) -> Iterator[tuple[Ragged, int]]:
        """Events of one worker, with the number of batches that they make: the same for all workers."""
        begin = self.events * share.worker // share.workers
        end = self.events * (share.worker + 1) // share.workers
        steps = -(-self.events // (batch * share.workers))
        if self._kept is not None:
            yield self._kept.part(begin, end), steps
            return
        at_once = self._window(batch)
        waiting: list[Ragged] = []
        space = Space()  # batches are copies, so when the next window is made, nobody needs the one before
        left = at_once * batch
        for piece in self._pieces(in_turn, begin, end):
            rest = piece
            while len(rest) >= left:
                yield Ragged.joined([*waiting, rest.part(0, left)], inputs=self._inputs, space=space), at_once
                rest, waiting, left, steps = rest.part(left, len(rest)), [], at_once * batch, steps - at_once
            waiting.append(rest)
            left -= len(rest)
        if steps:
            yield Ragged.joined(waiting, inputs=self._inputs, space=space), steps

    def _pieces(self, in_turn: Sequence[Extent], begin: int, end: int) -> Iterator[Ragged]:
        """What lies between two places in the row of all events."""
        before = 0
        for extent in in_turn:
            first, last = max(begin - before, 0), min(end - before, extent.events)
            before += extent.events
            if first < last:
                yield self._read(extent).part(first, last)

    def _window(self, batch: int) -> int:
        """How many batches are in memory at once."""
        if PARTICLES not in self._inputs:
            return max(WINDOW, _HLF_WINDOW // batch)
        particles = sum(shard.particles for shard in self._folder.shards[self._split])
        of_batch = batch * particles / self.events * len(PARTICLE_FEATURES) * 4
        return int(min(max(_WINDOW_BYTES / max(of_batch, 1), 1), WINDOW))


def _chosen(window: Ragged, events: Integers, batch: int, steps: int, *, bucketed: bool) -> list[Integers]:
    """Which events make each batch; the last one has what is left over, or nothing."""
    whole = min(len(events) // batch, steps)
    body = events[: whole * batch]
    if bucketed and window.particles is not None:
        # Not by the length itself: events of one padded length stay in random order.
        body = body[np.argsort(-(-window.lengths[body] // LENGTHS), kind="stable")]
    return [*body.reshape(whole, batch), *([events[whole * batch :]] if whole < steps else [])]


def _filled(window: Ragged, events: Integers, batch: int, of_all: int, *, bucketed: bool) -> Batch:
    """A batch of exactly `batch` rows, so that there is one shape for each length."""
    target = np.zeros((batch, len(Process)), np.float32)
    target[np.arange(len(events)), window.labels[events]] = 1
    hlf, particles = None, None
    if window.hlf is not None:
        hlf = _with_zeros(window.hlf[events], batch)
    if window.particles is not None:
        longest = int(window.lengths[events].max(initial=1))
        length = -(-longest // LENGTHS) * LENGTHS if bucketed else MAX_PARTICLES
        particles = _with_zeros(window.padded(events, max(min(length, MAX_PARTICLES), longest)), batch)
    return Batch(hlf, particles, target, window.rows[events], of_all)


def _with_zeros(values: Floats, rows: int) -> Floats:
    if len(values) == rows:
        return values
    return np.concatenate([values, np.zeros((rows - len(values), *values.shape[1:]), np.float32)])

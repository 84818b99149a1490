"""What every contestant has to find: the same pairs of muons, with the same masses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import hist
import numpy as np
import numpy.typing as npt

from hepnb.physics.dimuon import SPECTRUM_BINS, SPECTRUM_RANGE

_TOLERANCE = 1e-9  # relative


@dataclass(frozen=True)
class Spectrum:
    """The pairs of some events.

    Attributes:
        pairs: how many there are.
        total: sum of their masses [GeV]; ``None`` where it was not asked for.
        counts: over the bins of `axis`, underflow and overflow included, ``(n_bins + 2,)``; ``None`` likewise.
    """

    pairs: int
    total: float | None = None
    counts: npt.NDArray[np.float64] | None = None

    def __sub__(self, other: Self) -> "Spectrum":
        """The pairs that only the larger of two sets of files has."""
        return Spectrum(
            self.pairs - other.pairs,
            None if self.total is None or other.total is None else self.total - other.total,
            None if self.counts is None or other.counts is None else self.counts - other.counts,
        )

    def share(self, copies: int) -> "Spectrum":
        """The pairs of one file, where several are copies of each other."""
        return Spectrum(
            self.pairs // copies,
            None if self.total is None else self.total / copies,
            None if self.counts is None else self.counts / copies,
        )


def axis() -> hist.axis.Regular:
    """The bins of all contestants."""
    return hist.axis.Regular(SPECTRUM_BINS, *SPECTRUM_RANGE)


class Tally:
    """Takes in masses, batch after batch."""

    def __init__(self) -> None:
        """Begin with none."""
        self._histogram = hist.Hist(axis(), storage=hist.storage.Double())
        self._pairs = 0
        self._total = 0.0

    def fill(self, masses: npt.NDArray[Any]) -> None:
        """Take in masses [GeV]."""
        self._histogram.fill(masses)
        self._pairs += len(masses)
        self._total += float(masses.sum())

    def spectrum(self) -> Spectrum:
        """What came in."""
        return Spectrum(self._pairs, self._total, np.asarray(self._histogram.view(flow=True)))


class DisagreementError(AssertionError):
    """Two contestants found different things, so their times cannot be compared."""


def check_agreement(found: Mapping[str, Spectrum]) -> None:
    """Check that all found the same.

    Args:
        found: who, and what.

    Raises:
        DisagreementError: the number of pairs, their mean mass, or a bin differs.
    """
    (first, expected), *others = found.items()
    for name, spectrum in others:
        for what, difference in _differences(expected, spectrum):
            raise DisagreementError(f"{first} and {name} differ in {what}: {difference}.")


def _differences(one: Spectrum, other: Spectrum) -> list[tuple[str, str]]:
    found = []
    if one.pairs != other.pairs:
        found.append(("the number of pairs", f"{one.pairs} and {other.pairs}"))
    if one.total is not None and other.total is not None and abs(one.total - other.total) > _TOLERANCE * one.total:
        found.append(("the sum of masses [GeV]", f"{one.total!r} and {other.total!r}"))
    if one.counts is not None and other.counts is not None and not np.array_equal(one.counts, other.counts):
        bins = np.flatnonzero(one.counts != other.counts)
        found.append(("the histogram", f"{bins.size} bins, the first is number {bins[0]}"))
    return found

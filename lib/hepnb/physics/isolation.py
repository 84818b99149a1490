"""How much transverse momentum surrounds a particle."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from hepnb.physics.candidates import Candidates, Floats, Integers, Surroundings, spans, wrapped

CONE: Final = 0.3
"""Largest distance Delta R = sqrt(Delta eta² + Delta phi²) at which momentum counts."""

_ETA_CELLS: Final = 40  # of the size of a cone, up to |eta| = 6; particles beyond are put into the last ones
_PHI_CELLS: Final = int(2 * np.pi / CONE)  # a little larger than a cone, so that neighbours are enough
_PHI_ROW: Final = _PHI_CELLS + 2  # with a copy of the last cell before the first, and of the first after the last

_KINDS: Final = 3


@dataclass(frozen=True)
class MomentumNearby:
    """Scalar sums of pT [GeV] in the cones around particles, ``(n,)`` each; a particle's own is among them."""

    charged: Floats
    neutral: Floats
    photons: Floats


class MomentumMap:
    """Where the momentum of many events is, so that what is near a particle is found without looking at all."""

    def __init__(self, surroundings: Surroundings, *, across_pi: bool = True) -> None:
        """Put everything into the cells of an eta-phi plane for each event.

        Args:
            surroundings: what is summed up.
            across_pi: whether a cone at phi = pi goes on at -pi.
        """
        kinds = surroundings.kinds()
        self._across_pi = across_pi
        self._sources = _sources(kinds, across_pi=across_pi)
        self._events = 1 + max((int(kind.event[-1]) for kind in kinds if len(kind)), default=0)
        cells = np.bincount(self._sources.cell, minlength=self._events * _ETA_CELLS * _PHI_ROW)
        self._begins = np.concatenate([[0], np.cumsum(cells)])

    def around(self, particles: Candidates) -> MomentumNearby:
        """Sum up the transverse momentum in a cone of 0.3 around each of some particles.

        Returns:
            The sums; NaN for a particle without a direction.
        """
        known = np.flatnonzero(np.isfinite(particles.eta) & np.isfinite(particles.phi))
        sums = np.full((len(particles), _KINDS), np.nan)
        sums[known] = 0
        known = known[particles.event[known] < self._events]
        eta, phi = particles.eta[known], particles.phi[known]
        row = _row(particles.event[known], eta)
        sums[known] = self._sums(row, eta, wrapped(phi) if self._across_pi else phi)
        return MomentumNearby(*sums.T)

    def _sums(self, row: Integers, eta: Floats, phi: Floats) -> Floats:
        sources, begins = self._sources, self._begins
        column, eta_cell = _column(phi), row % _ETA_CELLS
        sums = np.zeros(len(row) * _KINDS)
        for step in (-1, 0, 1):
            inside = (eta_cell + step >= 0) & (eta_cell + step < _ETA_CELLS)
            left = np.where(inside, (row + step) * _PHI_ROW + column - 1, 0)
            first = begins[left]
            number = np.where(inside, begins[left + 3] - first, 0)
            particle = np.repeat(np.arange(len(row)), number)
            source = spans(first, number)
            d_eta = sources.eta[source] - eta[particle]
            d_phi = sources.phi[source] - phi[particle]
            near = np.flatnonzero(d_eta * d_eta + d_phi * d_phi < CONE * CONE)
            source, particle = source[near], particle[near]
            sums += np.bincount(particle * _KINDS + sources.kind[source], sources.pt[source], minlength=len(sums))
        return sums.reshape(-1, _KINDS)


@dataclass(frozen=True)
class _Sources:
    """What is summed up, by rising number of the cell; ghosts beyond ±pi included."""

    cell: Integers
    eta: Floats
    phi: Floats
    pt: Floats
    kind: Integers


def _sources(kinds: tuple[Candidates, ...], *, across_pi: bool) -> _Sources:
    event = np.concatenate([one.event for one in kinds])
    eta = np.concatenate([one.eta for one in kinds])
    phi = np.concatenate([one.phi for one in kinds])
    pt = np.concatenate([one.pt for one in kinds])
    kind = np.repeat(np.arange(len(kinds)), [len(one) for one in kinds])

    known = np.flatnonzero(np.isfinite(eta) & np.isfinite(phi))
    eta, phi = eta[known], wrapped(phi[known]) if across_pi else phi[known]
    row, column = _row(event[known], eta), _column(phi)
    source, shift = np.arange(len(known)), np.zeros(len(known))
    if across_pi:
        first, last = np.flatnonzero(column == 1), np.flatnonzero(column == _PHI_CELLS)
        source = np.concatenate([source, first, last])
        shift = np.repeat([0, 2 * np.pi, -2 * np.pi], [len(known), len(first), len(last)])
        column = np.concatenate([column, np.full(len(first), _PHI_CELLS + 1), np.zeros(len(last), np.int64)])
    cell = row[source] * _PHI_ROW + column
    order = np.argsort(cell, kind="stable")
    source = source[order]
    return _Sources(cell[order], eta[source], phi[source] + shift[order], pt[known[source]], kind[known[source]])


def _row(event: Integers, eta: Floats) -> Integers:
    cell = np.clip(np.floor(eta / CONE) + _ETA_CELLS // 2, 0, _ETA_CELLS - 1).astype(np.int64)
    return np.asarray(event * _ETA_CELLS + cell)


def _column(phi: Floats) -> Integers:
    """1 to `_PHI_CELLS`."""
    cell = np.floor((phi + np.pi) * (_PHI_CELLS / (2 * np.pi)))
    return np.asarray(np.clip(cell, 0, _PHI_CELLS - 1).astype(np.int64) + 1)

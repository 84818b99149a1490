"""Particles for tests, from tuples that one can read."""

from typing import Any

import numpy as np

from hepnb.physics.candidates import Candidates, IdentifiedLeptons, Jets, Surroundings, Tracks
from hepnb.physics.trigger import Leptons


def columns(rows: list[tuple[Any, ...]], width: int) -> list[np.ndarray]:
    """Columns of rows that begin with the number of an event."""
    table = np.array(rows, np.float64).reshape(-1, width)
    return [table[:, 0].astype(np.int64), *table.T[1:]]


def candidates(*rows: tuple[float, ...]) -> Candidates:
    """From event, pt, eta, phi."""
    return Candidates(*columns(list(rows), 4))


def tracks(*rows: tuple[float, ...]) -> Tracks:
    """From event, pt, eta, phi; and charge, x, y, z."""
    return Tracks(*columns([(*row, 1.0, 0.0, 0.0, 0.0)[:8] if len(row) == 4 else row for row in rows], 8))


def identified(*rows: tuple[float, ...]) -> IdentifiedLeptons:
    """From event, pt, eta, phi, charge."""
    return IdentifiedLeptons(*columns(list(rows), 5))


def jets(*rows: tuple[float, ...]) -> Jets:
    """From event, pt, eta, phi, b-tag."""
    *momenta, tag = columns(list(rows), 5)
    return Jets(*momenta, tag > 0)


def leptons(*rows: tuple[float, ...]) -> Leptons:
    """From event, pt, eta, phi, charge, is electron, charged, photon and neutral isolation."""
    event, pt, eta, phi, charge, is_electron, *isolation = columns(list(rows), 9)
    return Leptons(event, pt, eta, phi, charge, is_electron > 0, *isolation)


def surroundings(
    charged: Tracks | None = None, neutral: Candidates | None = None, photons: Candidates | None = None
) -> Surroundings:
    """Some of them, or none."""
    return Surroundings(charged or tracks(), neutral or candidates(), photons or candidates())

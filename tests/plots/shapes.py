"""Histograms that are hard to draw, and some that are not."""

import hist
import numpy as np

from hepnb.physics.dimuon import SPECTRUM_BINS, SPECTRUM_RANGE

EDGES = np.geomspace(*SPECTRUM_RANGE, 301)  # [GeV]


def histogram_of(values, edges=EDGES):
    """A histogram of these contents."""
    result = hist.Hist(hist.axis.Variable(edges), storage=hist.storage.Double())
    result.view()[:] = values
    return result


def like_real_data(edges):
    """A continuum with the peaks of J/psi, psi(2S), Upsilon and Z, in whole events."""
    mass = np.sqrt(edges[1:] * edges[:-1])
    peaks = [(3.0969, 2000), (3.6861, 100), (9.4604, 300), (10.02, 120), (91.188, 2500)]
    bumps = sum(height * np.exp(-0.5 * (np.log(mass / at) / 0.012) ** 2) for at, height in peaks)
    return np.floor(60 * np.exp(-mass / 60) + bumps)


def spike(at, edges=EDGES, height=100_000.0):
    """All events in the bin of one mass [GeV]."""
    values = np.zeros(edges.size - 1)
    values[np.searchsorted(edges, at, side="right") - 1] = height
    return values


LINEAR_EDGES = np.linspace(*SPECTRUM_RANGE, SPECTRUM_BINS + 1)
SHAPES = {
    "like real data": histogram_of(like_real_data(EDGES)),
    "flat": histogram_of(np.full(300, 5.0)),
    "empty": histogram_of(np.zeros(300)),
    "one event": histogram_of(spike(3.0, height=1.0)),
    "spike at 3.0": histogram_of(spike(3.0)),
    "spike of a billion": histogram_of(spike(3.0, height=1e9) + 1),
    "scaled": histogram_of(like_real_data(EDGES) * 1e-5),
    "30,000 linear bins": histogram_of(like_real_data(LINEAR_EDGES), LINEAR_EDGES),
    "ends beside the Z": histogram_of(like_real_data(np.linspace(2, 92, 101)), np.linspace(2, 92, 101)),
    "ends beside the J/psi": histogram_of(like_real_data(np.linspace(0.25, 3.1, 101)), np.linspace(0.25, 3.1, 101)),
    "begins beside the Upsilon": histogram_of(like_real_data(np.linspace(9, 120, 101)), np.linspace(9, 120, 101)),
    "one bin": histogram_of([7.0], np.array(SPECTRUM_RANGE)),
}

"""The project in one process: files in, histogram out."""

from collections.abc import Sequence

from benchmarks.spectrum import Spectrum, Tally
from hepnb.events import DIMUON_MASS
from hepnb.loaders.batches import iterate
from hepnb.reduction.kernels import find_kernel

KERNEL = "dimuon-spectrum"


def read_dimuon(paths: Sequence[str]) -> Spectrum:
    """Read, select, compute masses, fill."""
    kernel, tally = find_kernel(KERNEL), Tally()
    for batch in iterate(paths, columns=kernel.columns):
        tally.fill(kernel(batch).column(DIMUON_MASS).to_numpy())
    return tally.spectrum()

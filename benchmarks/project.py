"""The project in one process: files in, histogram out."""

import os
from functools import partial
from typing import Final

from benchmarks.measure import Contestant, Run, here
from benchmarks.spectrum import Spectrum, Tally
from hepnb.events import DIMUON_MASS
from hepnb.loaders.batches import iterate
from hepnb.reduction.kernels import find_kernel

KERNEL: Final = "dimuon-spectrum"


def hepnb_dimuon(path: str, *, events: int) -> Contestant:
    """A contestant that does the work with the project."""
    read = here(partial(read_dimuon, path), events=events)

    def run() -> Run:
        os.utime(path)  # the library keeps files open that have not changed; every run opens its file anew
        return read()

    return run


def read_dimuon(path: str) -> Spectrum:
    """Read, select, compute masses, fill."""
    kernel, tally = find_kernel(KERNEL), Tally()
    for batch in iterate(path, columns=kernel.columns):
        tally.fill(kernel(batch).column(DIMUON_MASS).to_numpy())
    return tally.spectrum()

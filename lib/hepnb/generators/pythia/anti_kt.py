"""Which particles make a cluster: FastJet's anti-kT (arXiv:1111.6097)."""

from typing import Any, Final

import awkward as ak
import numpy as np

from hepnb.generators.flat import FourMomenta
from hepnb.generators.isolation import JET_RADIUS
from hepnb.generators.jets import MIN_PT
from hepnb.generators.pythia.packages import fastjet
from hepnb.physics.candidates import Candidates

_COMPONENTS: Final = ("E", "px", "py", "pz")


def anti_kt(flow: Candidates, *, events: int) -> FourMomenta:
    """The clusters of some events that are harder than jets must be.

    Args:
        flow: everything that was seen, once.
        events: how many events there are.
    """
    package = fastjet()
    momenta = dict(zip(_COMPONENTS, flow.four_momenta(), strict=True))
    particles = ak.unflatten(ak.zip(momenta, with_name="Momentum4D"), np.bincount(flow.event, minlength=events))
    definition = package.JetDefinition(package.antikt_algorithm, JET_RADIUS)
    clusters = package.ClusterSequence(particles, definition).inclusive_jets(min_pt=MIN_PT)
    columns: Any = (ak.to_numpy(ak.flatten(clusters[name])) for name in _COMPONENTS)
    return FourMomenta(np.repeat(np.arange(events), ak.to_numpy(ak.num(clusters))), *columns)

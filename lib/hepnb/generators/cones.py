"""Which of the things that were seen make a cluster, where it is known what they come from."""

import numpy as np

from hepnb.generators.flat import FourMomenta, neighbours, sums
from hepnb.generators.isolation import JET_RADIUS
from hepnb.generators.jets import MIN_PT
from hepnb.physics.candidates import Candidates, Integers, wrapped


def cones(flow: Candidates, axes: Candidates) -> FourMomenta:
    """Everything within a jet's radius of an axis, where it is hard enough; what is near two belongs to the nearer one.

    Args:
        flow: everything that was seen, once.
        axes: where jets are to be expected; of two within a radius, the harder one counts.
    """
    axes = _apart(axes)
    place, axis = neighbours(flow, axes, radius=JET_RADIUS)
    place, axis = _nearest(flow, axes, place, axis)
    energy, px, py, pz = (sums(axis, values, len(axes)) for values in flow.taken(place).four_momenta())
    hard = np.hypot(px, py) > MIN_PT
    return FourMomenta(axes.event[hard], energy[hard], px[hard], py[hard], pz[hard])


def _apart(axes: Candidates) -> Candidates:
    """Those that have no harder one within the radius."""
    one, other = neighbours(axes, axes, radius=JET_RADIUS)
    kept = np.ones(axes.pt.size, dtype=np.bool_)
    kept[one[axes.pt[one] < axes.pt[other]]] = False
    return axes.taken(kept)


def _nearest(flow: Candidates, axes: Candidates, place: Integers, axis: Integers) -> tuple[Integers, Integers]:
    """Of the pairs, the nearest one for each place."""
    distance = np.hypot(flow.eta[place] - axes.eta[axis], wrapped(flow.phi[place] - axes.phi[axis]))
    order = np.lexsort((distance, place))
    _, first = np.unique(place[order], return_index=True)
    return place[order][first], axis[order][first]

"""Are jets the sum of what is around their axis, less the rain."""

import numpy as np
import pytest

from hepnb.generators.cms import BEAUTY, CHARM
from hepnb.generators.cones import cones
from hepnb.generators.flat import Flavoured, FourMomenta
from hepnb.generators.jets import flavour, make_jets
from tests.generators.samples import seen
from tests.physics.particles import candidates

NOTHING_HEAVY = Flavoured(**vars(candidates()), flavour=np.empty(0, dtype=np.int64))


def heavy(*rows, flavours) -> Flavoured:
    return Flavoured(**vars(candidates(*rows)), flavour=np.array(flavours))


def test_a_cone_holds_what_is_within_0_4():
    flow = candidates((0, 30.0, 0.0, 0.0), (0, 10.0, 0.3, 0.0), (0, 50.0, 0.5, 0.0), (1, 99.0, 0.0, 0.0))
    found = cones(flow, candidates((0, 40.0, 0.0, 0.0)))
    assert found.event.tolist() == [0]
    assert found.px == pytest.approx([40.0])
    assert found.pz == pytest.approx([10 * np.sinh(0.3)])
    assert found.energy == pytest.approx([30 + 10 * np.cosh(0.3)])


def test_what_is_near_two_axes_belongs_to_the_nearer_one():
    flow = candidates((0, 30.0, 0.0, 0.0), (0, 25.0, 0.6, 0.0), (0, 10.0, 0.35, 0.0))
    found = cones(flow, candidates((0, 40.0, 0.0, 0.0), (0, 25.0, 0.6, 0.0)))
    assert found.px == pytest.approx([30.0, 35.0])


def test_of_two_axes_close_together_the_harder_one_counts():
    flow = candidates(
        (0, 30.0, 0.0, 0.0), (0, 10.0, -0.3, 0.0), (0, 5.0, 0.5, 0.0)
    )  # the last two are near one axis each
    assert cones(flow, candidates((0, 20.0, 0.2, 0.0), (0, 30.0, 0.0, 0.0))).px == pytest.approx([40.0])


def test_a_cone_with_little_in_it_is_no_cluster():
    assert cones(candidates((0, 19.0, 0.0, 0.0)), candidates((0, 40.0, 0.0, 0.0), (0, 40.0, 2.0, 0.0))).px.size == 0


def test_two_massless_halves_at_an_angle_make_a_mass():
    # m² = 2 pt² (cosh 0.4 - 1) for two of equal pt, 0.4 apart in eta.
    flow = candidates((0, 50.0, -0.2, 0.0), (0, 50.0, 0.2, 0.0))
    events = seen(tracks=[(0, 50.0, -0.2, 0.0), (0, 50.0, 0.2, 0.0)])
    clusters = cones(flow, candidates((0, 99.0, 0.0, 0.0)))
    jets = make_jets(np.random.default_rng(1), events, clusters, NOTHING_HEAVY)
    assert jets.pt == pytest.approx([100.0])
    assert jets.mass == pytest.approx([50 * np.sqrt(2 * (np.cosh(0.4) - 1))], rel=1e-6)


def test_the_rain_is_taken_away_from_a_jet():
    rain = [(0, 0.5, eta, phi) for eta in np.arange(-2.45, 2.5, 0.1) for phi in np.linspace(-3.1, 3.1, 60)]
    events = seen(tracks=[*rain, (0, 80.0, 0.0, 0.0)])
    clusters = cones(events.flow(), candidates((0, 80.0, 0.0, 0.0)))
    (jet,) = make_jets(np.random.default_rng(1), events, clusters, NOTHING_HEAVY).pt
    assert clusters.px[0] > 100
    assert jet == pytest.approx(80.0, abs=2.5)


def test_jets_stand_by_falling_pt():
    clusters = FourMomenta(np.array([0, 0, 1]), *np.array([[30.0, 50.0, 25.0]] * 2), np.zeros(3), np.zeros(3))
    jets = make_jets(np.random.default_rng(1), seen(events=2), clusters, NOTHING_HEAVY)
    assert jets.pt.tolist() == [50.0, 30.0, 25.0]
    assert jets.event.tolist() == [0, 0, 1]


def test_the_heaviest_quark_within_0_4_is_the_flavour_of_a_jet():
    jets = candidates((0, 50.0, 0.0, 0.0), (0, 50.0, 2.0, 0.0), (0, 50.0, 0.0, 3.1), (1, 50.0, 0.0, 0.0))
    near = heavy((0, 9.0, 0.1, 0.0), (0, 9.0, 0.0, 0.1), (0, 9.0, 2.0, 0.3), (0, 9.0, 0.0, -3.1), flavours=[5, 4, 4, 5])
    assert flavour(jets, near).tolist() == [BEAUTY, CHARM, BEAUTY, 0]

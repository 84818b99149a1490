"""Are jets that are nothing but a lepton taken away, and only those."""

import numpy as np
import pytest

from hepnb.generators.flat import MassiveJets
from hepnb.generators.isolation import density, without_lepton_jets
from tests.generators.samples import seen
from tests.physics.particles import candidates, jets

JETS = MassiveJets(**vars(jets((0, 60.0, 0.0, 0.0, 0), (0, 40.0, 0.0, 2.0, 0))), mass=np.zeros(2))


@pytest.mark.parametrize(
    ("kind", "around", "left"),
    [
        ("electrons", 5.9, [40.0]),
        ("electrons", 6.1, [60.0, 40.0]),
        ("muons", 12.4, [40.0]),
        ("muons", 12.6, [60.0, 40.0]),
    ],
)
def test_the_jet_of_an_isolated_lepton_goes_and_that_of_another_stays(kind, around, left):
    events = seen(jets=JETS, tracks=[(0, around, 0.3, 0.3)], **{kind: [(0, 50.0, 0.0, 0.1)]})
    assert without_lepton_jets(events).pt.tolist() == left


def test_a_jet_half_a_unit_away_from_the_lepton_stays():
    assert without_lepton_jets(seen(jets=JETS, muons=[(0, 50.0, 0.0, 0.5)])).pt.tolist() == [60.0, 40.0]


def test_the_density_of_an_even_rain_is_its_density():
    grid = [(0, 0.5, eta, phi) for eta in np.arange(-3.95, 4, 0.1) for phi in np.linspace(-3.1, 3.1, 60)]
    central, forward = density(candidates(*grid), events=2)
    # 0.5 GeV per 0.1 in eta and per 2 pi/60 in phi.
    expected = 0.5 / (0.1 * 2 * np.pi / 60)
    assert central == pytest.approx([expected, 0], rel=0.05)
    assert forward == pytest.approx([expected, 0], rel=0.05)


def test_a_few_hard_things_are_no_density():
    central, _ = density(candidates((0, 200.0, 0.0, 0.0), (0, 200.0, 1.0, 3.0)), events=1)
    assert central.tolist() == [0.0]


def test_even_rain_around_a_lepton_does_not_make_it_less_isolated():
    grid = [(0, 0.6, eta, phi) for eta in np.arange(-2.45, 2.5, 0.1) for phi in np.linspace(-3.1, 3.1, 60)]
    assert sum(pt for _, pt, eta, phi in grid if np.hypot(eta, phi - 0.1) < 0.5) > 0.25 * 50
    events = seen(jets=JETS, tracks=grid, muons=[(0, 50.0, 0.0, 0.1)])
    assert without_lepton_jets(events).pt.tolist() == [40.0]

from dataclasses import replace

import numpy as np
import pytest

from hepnb.physics.conventions import HEPNB
from hepnb.physics.trigger import above_thresholds, triggering_leptons
from tests.physics.particles import candidates, identified, surroundings, tracks

NOBODY = identified()


def fired(electrons=NOBODY, muons=NOBODY, beside=None, **switches):
    """The leptons found; each has its own track, and whatever else is given stands beside it."""
    own = [
        (event, pt, eta, phi)
        for some in (electrons, muons)
        for event, pt, eta, phi in zip(some.event, some.pt, some.eta, some.phi, strict=True)
    ]
    charged = tracks(*sorted([*own, *(beside or [])]))
    return triggering_leptons(electrons, muons, surroundings(charged), conventions=replace(HEPNB, **switches))


def test_an_isolated_electron_of_24_gev_fires():
    found = fired(electrons=identified((0, 24, 0.5, 1, -1)))
    assert (found.event, found.pt, found.eta, found.phi, found.charge) == ([0], [24], [0.5], [1], [-1])
    assert found.is_electron.tolist() == [True]
    assert (found.charged, found.photons, found.neutral) == ([0], [0], [0])


def test_a_muon_fires_as_well():
    assert fired(muons=identified((0, 24, 0.5, 1, 1))).is_electron.tolist() == [False]


def test_23_gev_are_not_enough():
    assert len(fired(electrons=identified((0, 23, 0, 0, 1)))) == 0
    assert len(fired(electrons=identified((0, 23.01, 0, 0, 1)))) == 1


@pytest.mark.parametrize(("momentum", "fires"), [(17.9, True), (18.1, False)])
def test_45_percent_of_its_momentum_around_it_are_too_much(momentum: float, fires: bool):
    """40 GeV * 0.45 = 18 GeV."""
    assert len(fired(muons=identified((0, 40, 0, 0, 1)), beside=[(0, momentum, 0.1, 0)])) == fires


def test_isolation_is_the_momentum_of_others_over_its_own():
    found = triggering_leptons(
        identified((0, 50, 0, 0, 1)),
        NOBODY,
        surroundings(
            tracks((0, 50, 0, 0), (0, 5, 0.1, 0)),
            neutral=candidates((0, 2.5, 0, 0.1)),
            photons=candidates((0, 1, 0, 0)),
        ),
        conventions=HEPNB,
    )
    assert found.charged == pytest.approx([0.1])
    assert found.neutral == pytest.approx([0.05])
    assert found.photons == pytest.approx([0.02])


def test_all_three_kinds_count_together():
    beside = surroundings(
        tracks((0, 100, 0, 0), (0, 16, 0, 0.1)),
        neutral=candidates((0, 16, 0, 0.1)),
        photons=candidates((0, 16, 0, 0.1)),
    )
    assert len(triggering_leptons(identified((0, 100, 0, 0, 1)), NOBODY, beside, conventions=HEPNB)) == 0


def test_a_lepton_without_a_direction_hides_nothing_from_the_others():
    electrons, muons = identified((0, 60, np.nan, 0, -1)), identified((0, 40, 2, 1, 1))
    assert len(fired(electrons, muons)) == 1
    assert len(fired(electrons, muons, beside=[(0, 20, 2.1, 1)])) == 0


def test_the_isolated_lepton_of_highest_pt_counts():
    electrons, muons = identified((0, 30, 1, 0, -1), (0, 60, 0.5, 2, -1)), identified((0, 40, 2, 1, 1))
    assert fired(electrons, muons).pt == [60]


def test_a_harder_lepton_that_is_not_isolated_does_not_count():
    electrons, muons = identified((0, 60, 0, 0, -1)), identified((0, 40, 2, 1, 1))
    assert fired(electrons, muons, beside=[(0, 50, 0.1, 0)]).pt == [40]


def test_the_published_pipeline_takes_the_first_of_each_kind_and_of_these_the_one_of_larger_eta():
    electrons, muons = identified((0, 30, 1, 0, -1), (0, 60, 3, 2, -1)), identified((0, 40, 0.5, 1, 1))
    assert fired(electrons, muons, lepton_of_larger_eta=True).pt == [30]
    assert fired(muons, electrons, lepton_of_larger_eta=True).pt == [30]


def test_the_published_pipeline_takes_the_muon_where_both_have_one_eta():
    electrons, muons = identified((0, 60, 1, 0, -1)), identified((0, 40, 1, 2, 1))
    assert fired(electrons, muons, lepton_of_larger_eta=True).is_electron.tolist() == [False]


def test_each_event_has_one_lepton_in_the_order_of_events():
    electrons = identified((0, 30, 0, 0, 1), (3, 30, 0, 0, 1))
    muons = identified((1, 10, 0, 0, 1), (2, 30, 0, 0, 1), (3, 40, 0, 2, 1))
    found = fired(electrons, muons)
    assert found.event.tolist() == [0, 2, 3]
    assert found.is_electron.tolist() == [True, False, False]


@pytest.mark.parametrize(("kinds", "published"), [(("tracks", "photons"), []), (("tracks", "photons", "neutral"), [0])])
def test_the_published_pipeline_drops_events_that_lack_a_kind(kinds: tuple[str, ...], published: list[int]):
    beside = surroundings(
        tracks((0, 30, 0, 0)),
        neutral=candidates((0, 2, 3, 0)) if "neutral" in kinds else None,
        photons=candidates((0, 2, 3, 0)),
    )
    electron = identified((0, 30, 0, 0, 1))
    for needed, expected in ((False, [0]), (True, published)):
        found = triggering_leptons(electron, NOBODY, beside, conventions=replace(HEPNB, every_kind_needed=needed))
        assert found.event.tolist() == expected


def test_the_published_pipeline_cuts_the_cone_at_pi():
    lepton, beside = identified((0, 40, 0, 3.1, 1)), [(0, 20, 0, -3.1)]
    assert len(fired(lepton, beside=beside)) == 0
    assert len(fired(lepton, beside=beside, cones_cut_at_pi=True)) == 1


def test_tracks_above_half_a_gev_and_others_above_one_count():
    hard = above_thresholds(
        surroundings(
            tracks((0, 0.5, 0, 0), (0, 0.6, 0, 0)),
            neutral=candidates((0, 1, 0, 0), (0, 1.1, 0, 0)),
            photons=candidates((0, 1, 0, 0), (0, 1.2, 0, 0), (0, np.nan, 0, 0)),
        )
    )
    assert (hard.tracks.pt, hard.neutral_hadrons.pt, hard.photons.pt) == ([0.6], [1.1], [1.2])

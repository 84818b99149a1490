"""Does the trigger keep what arXiv:1807.00083 keeps."""

from math import pi

import numpy as np
import pytest

from hepnb.generators.trigger import passes
from tests.generators.samples import seen


@pytest.mark.parametrize("kind", ["electrons", "muons"])
@pytest.mark.parametrize(("pt", "kept"), [(23.0, False), (23.1, True)])
def test_a_lonely_lepton_must_be_harder_than_23_gev(kind, pt, kept):
    assert passes(seen(**{kind: [(0, pt, 0.0, 0.0)]})).tolist() == [kept]


@pytest.mark.parametrize("collection", ["tracks", "photons", "neutral_hadrons"])
@pytest.mark.parametrize(("around", "kept"), [(44.0, True), (46.0, False)])
def test_up_to_45_per_cent_may_be_around_it(collection, around, kept):
    assert passes(seen(muons=[(0, 100.0, 1.0, 0.0)], **{collection: [(0, around, 1.2, 0.2)]})).tolist() == [kept]


def test_all_three_kinds_count_together():
    around = {"tracks": [(0, 16.0, 0, 0.1)], "photons": [(0, 16.0, 0, 0.1)], "neutral_hadrons": [(0, 16.0, 0, 0.1)]}
    assert not passes(seen(muons=[(0, 100.0, 0.0, 0.0)], **around)).any()


def test_what_is_further_than_0_3_does_not_count():
    assert passes(seen(muons=[(0, 100.0, 0.0, 0.0)], tracks=[(0, 90.0, 0.29, 0.1)])).all()


def test_the_cone_reaches_across_the_end_of_the_azimuth():
    assert not passes(seen(muons=[(0, 100.0, 0.0, pi - 0.05)], tracks=[(0, 90.0, 0.0, -pi + 0.05)])).any()


def test_soft_things_do_not_count():
    tracks, photons = [(0, 0.5, 0.0, 0.1)] * 100, [(0, 1.0, 0.0, 0.1)] * 50
    assert passes(seen(muons=[(0, 100.0, 0.0, 0.0)], tracks=tracks, photons=photons)).all()
    assert not passes(seen(muons=[(0, 100.0, 0.0, 0.0)], tracks=[(0, 0.51, 0.0, 0.1)] * 100)).any()


def test_one_good_lepton_is_enough_and_each_event_is_on_its_own():
    events = seen(
        events=4,
        electrons=[(0, 30.0, 0.0, 0.0), (3, 30.0, 0.0, 0.0)],
        muons=[(0, 30.0, 2.0, 0.0), (2, 20.0, 0.0, 0.0)],
        tracks=[(0, 30.0, 0.0, 0.1), (3, 30.0, 0.0, 0.1)],
    )
    np.testing.assert_array_equal(passes(events), [True, False, False, False])

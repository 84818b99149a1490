import numpy as np
import pytest

from hepnb.errors import InputError
from hepnb.events import HLF_NAMES, PARTICLE_FEATURES, Process
from hepnb.plots.features import draw_event, draw_features

VALUES = {process: np.random.default_rng(process).exponential(10, (50, 14)) for process in Process}


@pytest.fixture(scope="module")
def picture():
    return draw_features(VALUES)


def test_there_is_a_panel_for_each_feature_with_its_unit(picture):
    panels = [axes for axes in picture.axes if axes.get_xlabel()]
    assert len(panels) == len(HLF_NAMES) == 14
    assert panels[0].get_xlabel() == "$H_T$ [GeV]"
    assert {axes.get_ylabel() for axes in panels} == {"Share of events", ""}


def test_each_process_has_an_area_of_1_with_what_lies_beyond_the_axis(picture):
    for axes in picture.axes[:14]:
        assert len(axes.patches) == len(Process)
        for line in axes.patches:
            assert line.get_data().values.sum() == pytest.approx(1)


def test_the_legend_says_how_many_events_there_are(picture):
    (legend,) = [axes.get_legend() for axes in picture.axes if axes.get_legend()]
    assert [text.get_text() for text in legend.get_texts()] == [
        "QCD, 50 events",
        r"$t\bar{t}$, 50 events",
        "W+jets, 50 events",
    ]


def test_one_event_of_one_process_is_enough_and_none_is_refused():
    draw_features({Process.QCD: np.ones((1, 14)), Process.TTBAR: np.ones((0, 14))})
    with pytest.raises(InputError, match="no features to draw"):
        draw_features({Process.QCD: np.ones((0, 14))})


def test_an_event_shows_each_kind_of_particle_with_its_number():
    rows = np.zeros((6, 19))
    for row, flag in enumerate(("isChHad", "isChHad", "isGamma", "isNeuHad", "isNeuHad", "isMu")):
        rows[row, PARTICLE_FEATURES.index(flag)] = 1
        rows[row, PARTICLE_FEATURES.index("Pt")] = row + 1
    figure = draw_event(rows, heading="An event")
    (axes,) = figure.axes
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "track (2)",
        "photon",
        "neutral hadron (2)",
        "muon",
    ]
    assert axes.get_title("left") == "An event"
    assert axes.get_title("right") == "6 particles"
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\eta$", r"$\phi$ [rad]")
    assert axes.get_ylim() == pytest.approx((-np.pi, np.pi))

"""Is the picture of the spectrum readable, whatever the histogram, and does drawing leave no trace."""

from io import BytesIO
from itertools import combinations

import hist
import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from hepnb.errors import InputError
from hepnb.plots.spectrum import LABELS, draw

from .shapes import EDGES, LINEAR_EDGES, SHAPES, histogram_of, like_real_data

TITLE = "Opposite-charge muon pairs, selection spectrum"
ALL_NAMES = [label.text for label in LABELS]
MINUTE_PIXELS = 1.0  # what rounding to pixels may move

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


@pytest.fixture(scope="module", params=list(SHAPES))
def drawn(request):
    return SHAPES[request.param], draw(SHAPES[request.param], title=TITLE)


def _saved(figure, **options):
    file = BytesIO()
    figure.savefig(file, format="png", **options)
    return file.getvalue()


def _boxes(texts):
    return {text.get_text(): text.get_window_extent() for text in texts if text.get_text()}


def _assert_readable(histogram, figure):
    """Names stand inside the frame, above the bins, and clear of each other."""
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = _boxes(axes.texts)
    for (name, box), (other_name, other) in combinations(boxes.items(), 2):
        assert not box.overlaps(other), f"{name} and {other_name}"
    edges, values = histogram.axes[0].edges, histogram.values()
    for name, box in boxes.items():
        assert axes.bbox.x0 <= box.x0, name
        assert box.x1 <= axes.bbox.x1, name
        assert axes.bbox.y0 <= box.y0, name
        assert box.y1 <= axes.bbox.y1, name
        (low, bottom), (high, _) = axes.transData.inverted().transform([(box.x0, box.y0), (box.x1, box.y1)])
        covered = (edges[1:] > low) & (edges[:-1] < high)
        assert bottom >= values[covered].max(), name


def test_names_are_clear_of_each_other_of_the_frame_and_of_the_bins(drawn):
    _assert_readable(*drawn)


@settings(max_examples=25)
@given(
    st.lists(st.integers(0, 10) | st.integers(0, 10**8), min_size=1, max_size=40),
    st.floats(0.25, 20.0),
    st.floats(1.05, 1000.0),
)
def test_names_are_clear_whatever_the_histogram(values, low, ratio):
    histogram = histogram_of(values, np.geomspace(low, low * ratio, len(values) + 1))
    _assert_readable(histogram, draw(histogram, title=TITLE))


def test_a_name_stands_right_above_what_it_covers():
    histogram = SHAPES["like real data"]
    figure = draw(histogram, title=TITLE)
    (axes,) = figure.axes
    edges, values = histogram.axes[0].edges, histogram.values()
    for name, box in _boxes(axes.texts).items():
        around = box.padded(MINUTE_PIXELS + 4)
        (low, _), (high, _) = axes.transData.inverted().transform([(around.x0, 0), (around.x1, 0)])
        highest = values[(edges[1:] > low) & (edges[:-1] < high)].max()
        _, top = axes.transData.transform((1.0, highest))
        assert 0 < box.y0 - top < 25, name


def test_a_name_stands_between_two_towers_where_it_fits():
    # The name is 0.42 wide to either side of 9.94 GeV on the finished picture's logarithmic axis.
    mass = np.sqrt(EDGES[1:] * EDGES[:-1])
    distance = np.abs(np.log(mass / 9.94))
    (axes,) = draw(histogram_of(np.where((distance > 0.45) & (distance < 0.49), 1000.0, 1.0)), title=TITLE).axes
    box = _boxes(axes.texts)[r"$\Upsilon(1S, 2S, 3S)$"]
    _, tower_top = axes.transData.transform((1.0, 1000.0))
    assert box.y1 < tower_top


def test_names_stay_clear_in_a_finer_picture():
    figure = draw(SHAPES["like real data"], title=TITLE)
    figure.set_dpi(300)
    _assert_readable(SHAPES["like real data"], figure)


def test_titles_are_clear_of_each_other_and_of_the_frame(drawn):
    _, figure = drawn
    figure.draw_without_rendering()
    (axes,) = figure.axes
    left, right = axes._left_title.get_window_extent(), axes._right_title.get_window_extent()
    assert left.x1 < right.x0
    for box in (left, right):
        assert box.y0 >= axes.bbox.y1 - MINUTE_PIXELS
        assert box.y1 <= figure.bbox.y1 + MINUTE_PIXELS


def test_numbers_on_an_axis_are_clear_of_each_other_and_of_its_label(drawn):
    _, figure = drawn
    figure.draw_without_rendering()
    (axes,) = figure.axes
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        ticks = (*axis.get_major_ticks(), *axis.get_minor_ticks())
        boxes = _boxes([*(tick.label1 for tick in ticks if low <= tick.get_loc() <= high), axis.label])
        for (name, box), (other_name, other) in combinations(boxes.items(), 2):
            assert not box.overlaps(other), f"{name} and {other_name}"


def test_both_axes_are_logarithmic(drawn):
    _, figure = drawn
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_height_axis_shows_two_powers_of_ten_at_least(drawn):
    _, figure = drawn
    low, high = figure.axes[0].get_ylim()
    assert np.floor(np.log10(high)) - np.ceil(np.log10(low)) >= 1


def test_every_bin_that_is_not_empty_is_seen(drawn):
    histogram, figure = drawn
    low, high = figure.axes[0].get_ylim()
    filled = histogram.values()[histogram.values() > 0]
    assert low < filled.min(initial=np.inf)
    assert filled.max(initial=0.0) < high


def test_the_frame_begins_and_ends_with_the_histogram():
    (axes,) = draw(SHAPES["ends beside the Z"], title=TITLE).axes
    assert axes.get_xlim() == (2.0, 92.0)


@pytest.mark.parametrize(
    ("edges", "names"),
    [
        (EDGES, ALL_NAMES),
        (np.linspace(60, 120, 61), ["$Z$"]),
        (np.linspace(2.9, 3.9, 11), [r"$J/\psi$", r"$\psi(2S)$"]),
        (np.linspace(9, 10, 11), [r"$\Upsilon(1S, 2S, 3S)$"]),
        (np.linspace(20, 60, 41), []),
        (np.linspace(150, 300, 11), []),
    ],
)
def test_peaks_inside_the_histogram_are_named(edges, names):
    (axes,) = draw(histogram_of(np.ones(edges.size - 1), edges), title=TITLE).axes
    assert [text.get_text() for text in axes.texts] == names


@pytest.mark.parametrize(("mass", "name"), [(3.0969, r"$J/\psi$"), (91.188, "$Z$"), (1.019461, r"$\phi$")])
def test_a_name_stands_over_its_peak(mass, name):
    (axes,) = draw(SHAPES["like real data"], title=TITLE).axes
    (text,) = (text for text in axes.texts if text.get_text() == name)
    assert text.get_position()[0] == pytest.approx(mass, rel=1e-6)


@pytest.mark.parametrize(
    ("edges", "label"),
    [
        (LINEAR_EDGES, "Events / 9.99 MeV"),
        (np.linspace(60, 120, 121), "Events / 500 MeV"),
        (np.linspace(60, 120, 61), "Events / 1 GeV"),
        (np.linspace(60, 120, 25), "Events / 2.5 GeV"),
        (np.geomspace(1, 100, 201), "Events / bin of 2.3 % of the mass"),
        (np.array([1.0, 2.0, 5.0, 6.0]), "Events / bin"),
    ],
)
def test_labels_carry_unit_and_bin_width(edges, label):
    (axes,) = draw(histogram_of(np.ones(edges.size - 1), edges), title=TITLE).axes
    assert axes.get_ylabel() == label
    assert axes.get_xlabel().endswith("[GeV]")


def test_a_narrow_axis_has_plain_numbers():
    figure = draw(histogram_of(np.ones(40), np.linspace(2.9, 3.3, 41)), title=TITLE)
    figure.draw_without_rendering()
    ticks = [tick.label1.get_text() for tick in figure.axes[0].xaxis.get_minor_ticks()]
    assert "3.1" in ticks
    assert not any("times" in text for text in ticks)


@pytest.mark.parametrize(
    ("masses", "expected"), [([3.0, 91.0], "2 pairs"), ([3.0] * 1234 + [0.1, 500.0], "1\u2009234 of 1\u2009236 pairs")]
)
def test_the_title_tells_how_many_pairs_are_drawn(masses, expected):
    (axes,) = draw(hist.Hist(hist.axis.Variable(EDGES)).fill(masses), title=TITLE).axes
    assert axes.get_title(loc="right") == expected
    assert axes.get_title(loc="left") == TITLE


def test_drawing_changes_no_setting_and_opens_no_window():
    windows = plt.get_fignums()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.get_backend()  # matplotlib chooses it when first asked
        before = mpl.rcParams.copy()
        assert isinstance(draw(SHAPES["flat"], title=TITLE), Figure)
        assert mpl.rcParams == before
    assert plt.get_fignums() == windows


def test_drawing_does_not_change_the_histogram():
    histogram = histogram_of(like_real_data(EDGES))
    before = histogram.copy()
    draw(histogram, title=TITLE)
    assert histogram == before


def test_the_same_histogram_gives_the_same_bytes():
    first, again = (draw(SHAPES["like real data"], title=TITLE) for _ in range(2))
    assert _saved(first) == _saved(first) == _saved(again)


USER_SETTINGS = {
    "font.size": 30,
    "font.family": "serif",
    "mathtext.fontset": "cm",
    "axes.linewidth": 9,
    "xtick.direction": "out",
    "xtick.labelsize": 40,
    "ytick.major.size": 30,
    "ytick.minor.width": 5,
}


def test_settings_of_the_user_do_not_show_in_the_picture():
    plain = _saved(draw(SHAPES["flat"], title=TITLE), dpi=50)
    with mpl.rc_context(USER_SETTINGS):
        assert _saved(draw(SHAPES["flat"], title=TITLE), dpi=50) == plain


def test_settings_of_the_user_do_not_show_in_a_picture_saved_later():
    plain, figure = (draw(SHAPES["flat"], title=TITLE) for _ in range(2))
    with mpl.rc_context(USER_SETTINGS):
        saved_later = _saved(figure, dpi=50)
    assert saved_later == _saved(plain, dpi=50)


def test_two_axes_are_refused():
    flat = hist.Hist(hist.axis.Variable(EDGES), hist.axis.Regular(2, 0, 1))
    with pytest.raises(InputError, match="has one axis, this histogram has 2; project it first"):
        draw(flat, title=TITLE)


@pytest.mark.parametrize("begin", [0.0, -1.0])
def test_masses_of_zero_and_below_are_refused(begin):
    with pytest.raises(InputError, match=f"begins above 0 GeV, this histogram begins at {begin:g} GeV"):
        draw(histogram_of(np.ones(10), np.linspace(begin, 10, 11)), title=TITLE)

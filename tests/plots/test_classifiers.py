"""Are the pictures of classifiers readable, with one model or many, few events or a million."""

from io import BytesIO
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from hepnb.errors import InputError
from hepnb.events import Process
from hepnb.plots.curves import Curve, RatePoint, ReliabilityCurve, draw_calibration, draw_roc
from hepnb.plots.history import draw_history
from hepnb.plots.matrices import draw_confusion
from hepnb.plots.scores import draw_scores
from hepnb.plots.styles import line

pytestmark = pytest.mark.filterwarnings("error::UserWarning")

NAMES = ["pfn-hlf", "pfn", "gru-particles-of-a-long-name", "hlf", "trees"]
LABELS = ["QCD", r"$t\bar{t}$", "W+jets"]
EPOCHS = {"epoch": [1, 2, 3], "loss": [0.9, 0.6, 0.5], "val_loss": [0.8, 0.7, 0.6], "val_accuracy": [0.5, 0.6, 0.7]}


def curve(name="pfn", *, negatives=1000, power=20.0):
    """One that rises like a power of the true-positive rate, from no false positive."""
    tpr = np.linspace(0, 1, 201)
    fpr = np.floor(tpr**power * negatives) / negatives
    points = tuple(RatePoint(rate, rate**power, 0.0, 1.2 * rate**power + 1 / negatives) for rate in (0.9, 0.95, 0.99))
    return Curve(name, fpr, tpr, power / (power + 1), 500, negatives, points)


def reliability(name="pfn"):
    bins = np.linspace(0.05, 0.95, 10)
    return ReliabilityCurve(name, bins, bins**1.2, np.arange(10), 0.02)


def panels(make, names):
    return {process: [make(name) for name in names] for process in Process}


def scores(events=90):
    """Labels, and scores that are right."""
    labels = np.arange(events) % 3
    return labels, np.eye(3, dtype=np.float32)[labels] * 0.7 + 0.1


DRAWINGS = {
    "roc": lambda names: draw_roc(panels(curve, names)),
    "calibration": lambda names: draw_calibration(panels(reliability, names)),
    "confusion": lambda names: draw_confusion({name: [[5, 1, 0], [0, 900, 1], [0, 0, 1234567]] for name in names}),
    "scores": lambda names: draw_scores(dict.fromkeys(names, scores()[1]), scores()[0]),
    "history": lambda names: draw_history(dict.fromkeys(names, EPOCHS)),
}


@pytest.fixture(
    scope="module",
    params=[("roc", 5), ("calibration", 5), ("confusion", 5), ("scores", 2), ("history", 5), ("roc", 1)],
    ids=str,
)
def figure(request):
    name, count = request.param
    figure = DRAWINGS[name](NAMES[:count])
    figure.draw_without_rendering()
    return figure


def _boxes(texts):
    return {text.get_text(): text.get_window_extent() for text in texts if text.get_text() and text.get_visible()}


def test_all_that_is_written_is_on_the_picture(figure):
    texts = [figure.axes[0].xaxis.label, *figure.legends[:1]]
    for axes in figure.axes:
        texts += [axes.title, axes._left_title, axes._right_title, axes.xaxis.label, axes.yaxis.label]
    for text in texts:
        if not getattr(text, "get_text", lambda: "a legend")():
            continue
        box = text.get_window_extent()
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= figure.bbox.x1 + 1, text
        assert box.y1 <= figure.bbox.y1 + 1, text


def test_titles_and_numbers_are_clear_of_each_other(figure):
    for axes in figure.axes:
        boxes = _boxes([axes._left_title, axes._right_title])
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            for (name, box), (other_name, other) in combinations(_boxes([*ticks, axis.label]).items(), 2):
                assert not box.overlaps(other), f"{name} and {other_name}"
        for (name, box), (other_name, other) in combinations(boxes.items(), 2):
            assert not box.overlaps(other), f"{name} and {other_name}"


def test_axes_are_named(figure):
    for axes in figure.axes:
        spec = axes.get_subplotspec()
        assert axes.get_xlabel() or not spec.is_last_row()
        assert axes.get_ylabel() or not spec.is_first_col()


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawing_changes_no_setting_and_opens_no_window(name):
    windows = plt.get_fignums()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.get_backend()
        before = mpl.rcParams.copy()
        assert isinstance(DRAWINGS[name](["one"]), Figure)
        assert mpl.rcParams == before
    assert plt.get_fignums() == windows


def test_false_positives_have_a_logarithmic_axis_and_each_process_a_panel():
    figure = draw_roc(panels(curve, NAMES))
    assert [axes.get_yscale() for axes in figure.axes] == ["log"] * 3
    assert [axes.get_xlabel() for axes in figure.axes] == [f"True-positive rate ({label})" for label in LABELS]
    assert figure.axes[0].get_ylabel() == "False-positive rate"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == NAMES
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["0.9524"] * 5


def test_no_false_positive_runs_along_the_line_of_one_event():
    for negatives in (2, 10**6):
        (axes, *_) = draw_roc(panels(lambda name, n=negatives: curve(name, negatives=n), ["pfn"])).axes
        heights = axes.lines[0].get_ydata()
        assert heights.min() == 1 / negatives
        low, high = axes.get_ylim()
        assert low < 1 / negatives
        assert low < 0.1
        assert high > 1


@pytest.mark.parametrize(("power", "begin"), [(1.2, 0.0), (5.0, 0.5)])
def test_the_axis_begins_where_curves_are_of_interest(power, begin):
    (axes, *_) = draw_roc(panels(lambda name: curve(name, power=power), ["pfn"])).axes
    assert axes.get_xlim()[0] == begin


def test_a_perfect_curve_of_one_event_is_drawn():
    perfect = Curve(
        "oracle", np.array([0.0, 0, 1]), np.array([0.0, 1, 1]), 1.0, 1, 2, (RatePoint(1.0, 0.0, 0.0, 0.43),)
    )
    figure = draw_roc({process: [perfect] for process in Process})
    figure.savefig(BytesIO(), dpi=30)
    assert figure.axes[0].get_legend().get_texts()[0].get_text() == "1.00000"


def test_rows_of_a_confusion_matrix_add_up_to_all():
    (axes,) = draw_confusion({"pfn": np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]])}).axes
    texts = [text.get_text() for text in axes.texts]
    assert texts[:6:2] == ["75.0 %", "25.0 %", "0.0 %"]
    assert texts[1:6:2] == ["3", "1", "0"]
    assert texts[12::2] == ["0.0 %"] * 3  # a process without events
    assert [label.get_text() for label in axes.get_xticklabels()] == LABELS
    assert axes.get_title(loc="left") == "pfn\naccuracy 83.3 %"


def test_scores_are_shares_of_each_process():
    labels, found = scores(9)
    figure = draw_scores({"pfn": found}, labels)
    (axes, *_) = figure.axes
    assert axes.get_yscale() == "log"
    assert all(sum(patch.get_data().values) == pytest.approx(1) for patch in axes.patches)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [f"true {label}" for label in LABELS]


def test_a_history_has_validation_and_training_and_leaves_out_trees():
    figure = draw_history({"trees": {}, "pfn": EPOCHS})
    loss, accuracy = figure.axes
    assert [drawn.get_ydata().tolist() for drawn in loss.lines] == [EPOCHS["loss"], EPOCHS["val_loss"]]
    assert [drawn.get_ydata().tolist() for drawn in accuracy.lines] == [EPOCHS["val_accuracy"]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["pfn"]
    # The second model looks like the second one of every picture.
    colors = {drawn.get_color() for drawn in (*loss.lines, *accuracy.lines, *figure.legends[0].get_lines())}
    assert colors == {line(1)["color"]}


def test_two_dozen_models_look_different():
    assert len({(look["color"], look["linestyle"]) for look in map(line, range(24))}) == 24


@pytest.mark.parametrize(
    "draw",
    [
        lambda: draw_roc({}),
        lambda: draw_calibration({Process.QCD: []}),
        lambda: draw_confusion({}),
        lambda: draw_scores({}, np.zeros(0)),
        lambda: draw_history({"trees": {}}),
    ],
)
def test_nothing_to_draw_is_said(draw):
    with pytest.raises(InputError, match="to draw"):
        draw()

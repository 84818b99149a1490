import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hepnb.events import HLF_NAMES, PARTICLE_FEATURES
from hepnb.features.scaling import (
    HLF_CURVES,
    PARTICLE_CURVES,
    UNSCALED_PARTICLE_FEATURES,
    Moments,
    Scaling,
    curved,
    joined,
)

values = arrays(np.float64, (5, 2), elements=st.floats(-1e6, 1e6))


def test_a_scaling_is_a_curve_a_shift_and_a_division():
    scaling = Scaling(("linear", "log"), (1.0, np.log(2)), (2.0, np.log(2)))
    assert scaling.apply(np.array([[5.0, 3.0], [1.0, -1.0]])) == pytest.approx(np.array([[2, 1], [0, -2]]))
    assert scaling.apply(np.array([[5.0, 3.0]])).dtype == np.float32


@given(values)
def test_inverting_gives_back_what_was_scaled(given_values: np.ndarray):
    scaling = Scaling(("linear", "log"), (3.0, 0.5), (7.0, 2.0))
    assert scaling.invert(scaling.apply(given_values)) == pytest.approx(given_values, rel=1e-4, abs=1e-4)


def test_what_was_fitted_has_mean_0_and_deviation_1():
    seen = np.random.default_rng(1).lognormal(3, 1, (1000, 2))
    scaled = Moments.of(seen, ("linear", "log")).standard(("linear", "log")).apply(seen)
    assert scaled.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert scaled.std(axis=0) == pytest.approx([1, 1], abs=1e-6)


@given(values, values)
def test_a_summary_of_two_halves_is_that_of_the_whole(one: np.ndarray, other: np.ndarray):
    curves = ("linear", "log")
    halves = joined([Moments.of(one, curves), Moments.of(np.zeros((0, 2)), curves), Moments.of(other, curves)])
    whole = Moments.of(np.concatenate([one, other]), curves)
    assert halves.number == whole.number == 10
    assert halves.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert halves.squares == pytest.approx(whole.squares, rel=1e-6, abs=1e-3)
    assert (halves.least == whole.least).all()
    assert (halves.most == whole.most).all()


def test_the_smallest_becomes_0_and_the_largest_1():
    seen = np.array([[2.0, 10], [4, 30], [3, 20]])
    scaling = Moments.of(seen, ("linear", "linear")).min_max(("linear", "linear"))
    assert scaling.apply(seen).tolist() == [[0, 0], [1, 1], [0.5, 0.5]]


def test_a_feature_that_never_changes_becomes_0():
    moments = Moments.of(np.full((4, 1), 7.0), ("linear",))
    assert moments.standard(("linear",)).apply(np.array([[7.0]])) == [[0]]
    assert moments.min_max(("linear",)).apply(np.array([[7.0]])) == [[0]]


def test_features_that_are_to_stay_as_they_are_stay():
    seen = np.array([[2.0, 0], [4, 1]])
    scaling = Moments.of(seen, ("linear", "linear")).standard(("linear", "linear"), unscaled=(False, True))
    assert scaling.apply(seen)[:, 1].tolist() == [0, 1]


def test_flags_and_charges_stay_so_that_no_particle_looks_like_padding():
    left = {name for name, stays in zip(PARTICLE_FEATURES, UNSCALED_PARTICLE_FEATURES, strict=True) if stays}
    assert left == {"isChHad", "isNeuHad", "isGamma", "isEle", "isMu", "Charge"}


def test_momenta_and_isolation_are_on_a_logarithmic_curve_and_angles_and_counts_are_not():
    curves = dict(zip(HLF_NAMES, HLF_CURVES, strict=True)) | dict(zip(PARTICLE_FEATURES, PARTICLE_CURVES, strict=True))
    assert {curves[name] for name in ("HT", "MET", "LepPt", "Energy", "Pt", "ChPFIso", "LepIsoCh")} == {"log"}
    assert {curves[name] for name in ("LepEta", "phiMET", "nJets", "Eta", "Phi", "isGamma")} == {"linear"}


def test_the_logarithmic_curve_is_odd_and_steepest_at_0():
    on_curve = curved(np.array([[-(np.e - 1)], [0], [np.e - 1]]), ("log",))
    assert on_curve.ravel() == pytest.approx([-1, 0, 1])


def test_the_identity_changes_nothing():
    assert Scaling.identity(2).apply(np.array([[3.0, -4]])).tolist() == [[3, -4]]

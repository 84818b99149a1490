"""Does the invariant mass come out right, in every library and where it is hardest to compute."""

from math import asinh, hypot, log, nextafter, pi, sinh, sqrt

import awkward as ak
import numpy as np
import pytest
import uproot
import vector
from hypothesis import example, given
from hypothesis import strategies as st

from hepnb.events import EVENTS_TREE
from hepnb.physics.dimuon import MUON_MASS, Z
from hepnb.physics.kinematics import invariant_mass

from . import reference

PTS = st.floats(0.01, 1000.0)  # [GeV]
ETAS = st.floats(-3.0, 3.0)
PHIS = st.floats(-pi, pi)
MASSES = st.floats(0.0, 200.0)  # [GeV]
DIRECTIONS = st.tuples(PTS, ETAS, PHIS)
OPENINGS = st.floats(1e-9, 1e-2) | st.just(0.0)


def test_back_to_back_muons_of_half_the_z_mass_make_a_z():
    assert invariant_mass(np, Z.mass / 2, 0.0, 0.0, Z.mass / 2, 0.0, pi) == pytest.approx(91.188, rel=1e-15)


def test_collinear_massless_particles_have_no_mass():
    assert invariant_mass(np, 30.0, 1.2, 0.7, 50.0, 1.2, 0.7) == 0.0


def test_particles_at_rest_weigh_the_sum_of_their_masses():
    assert invariant_mass(np, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, mass1=1.5, mass2=2.25) == 3.75
    assert invariant_mass(np, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, mass1=MUON_MASS, mass2=MUON_MASS) == 2 * MUON_MASS


def test_nothing_at_rest_weighs_nothing():
    assert invariant_mass(np, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0) == 0.0


def test_energies_5_and_12_against_momenta_4_and_12_make_15():
    # E = 5 + 12, p = 12 - 4: 17² - 8² = 15².
    assert invariant_mass(np, 4.0, 0.0, 0.0, 12.0, 0.0, pi, mass1=3.0) == pytest.approx(15.0, rel=1e-15)


def test_each_mass_belongs_to_its_own_particle():
    # The same pair with the particles exchanged; and with the mass on the wrong one, E = 4 + sqrt(153).
    assert invariant_mass(np, 12.0, 0.0, 0.0, 4.0, 0.0, pi, mass2=3.0) == pytest.approx(15.0, rel=1e-15)
    wrong = invariant_mass(np, 12.0, 0.0, 0.0, 4.0, 0.0, pi, mass1=3.0)
    assert wrong == pytest.approx(sqrt((4 + sqrt(153)) ** 2 - 64), rel=1e-15)


def test_one_moves_while_the_other_rests():
    # E = 1 + 5, p = 3.
    assert invariant_mass(np, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, mass1=1.0, mass2=4.0) == pytest.approx(sqrt(27), rel=1e-15)


def test_pseudorapidity_of_log_2_makes_5_of_a_pt_of_4():
    # p = 4·cosh(ln 2) = 5: E = 10, and 8 remain of the momenta.
    assert invariant_mass(np, 4.0, log(2), 0.0, 4.0, -log(2), 0.0) == pytest.approx(6.0, rel=1e-15)


@given(DIRECTIONS, MASSES, DIRECTIONS, MASSES)
def test_the_order_of_the_particles_is_immaterial(one, mass1, other, mass2):
    straight = invariant_mass(np, *one, *other, mass1=mass1, mass2=mass2)
    assert invariant_mass(np, *other, *one, mass1=mass2, mass2=mass1) == straight


@given(DIRECTIONS, MASSES, DIRECTIONS, MASSES, st.floats(-pi, pi))
def test_turning_both_particles_changes_nothing(one, mass1, other, mass2, angle):
    (pt1, eta1, phi1), (pt2, eta2, phi2) = one, other
    turned = invariant_mass(np, pt1, eta1, phi1 + angle, pt2, eta2, phi2 + angle, mass1=mass1, mass2=mass2)
    # Adding the angle rounds phi by up to 4e-16.
    assert turned == pytest.approx(
        invariant_mass(np, *one, *other, mass1=mass1, mass2=mass2), rel=1e-9, abs=1e-14 * (pt1 + pt2)
    )


@given(DIRECTIONS, DIRECTIONS, st.floats(-3.0, 3.0))
def test_a_boost_along_the_beam_changes_nothing_for_massless_particles(one, other, boost):
    (pt1, eta1, phi1), (pt2, eta2, phi2) = one, other
    boosted = invariant_mass(np, pt1, eta1 + boost, phi1, pt2, eta2 + boost, phi2)
    assert boosted == pytest.approx(invariant_mass(np, *one, *other), rel=1e-9, abs=1e-14 * (pt1 + pt2))


@given(DIRECTIONS, MASSES, DIRECTIONS, MASSES, st.floats(-2.0, 2.0))
def test_a_boost_along_the_beam_changes_nothing_for_massive_particles(one, mass1, other, mass2, boost):
    (pt1, eta1, phi1), (pt2, eta2, phi2) = one, other
    eta1, eta2 = _boosted(pt1, eta1, mass1, boost), _boosted(pt2, eta2, mass2, boost)
    boosted = invariant_mass(np, pt1, eta1, phi1, pt2, eta2, phi2, mass1=mass1, mass2=mass2)
    assert boosted == pytest.approx(
        invariant_mass(np, *one, *other, mass1=mass1, mass2=mass2), rel=1e-8, abs=1e-13 * (pt1 + pt2)
    )


def _boosted(pt, eta, mass, boost):
    """The pseudorapidity after a change of the rapidity by `boost`."""
    transverse_mass = hypot(pt, mass)
    return asinh(transverse_mass * sinh(asinh(pt * sinh(eta) / transverse_mass) + boost) / pt)


@given(DIRECTIONS, MASSES, DIRECTIONS, MASSES)
def test_sixty_digits_agree_to_1e_9(one, mass1, other, mass2):
    expected = reference.invariant_mass(*one, mass1, *other, mass2)
    # The difference of two phi on either side of pi rounds by up to 4e-16, which 1000 GeV make 4e-13 GeV.
    assert invariant_mass(np, *one, *other, mass1=mass1, mass2=mass2) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(DIRECTIONS, PTS, OPENINGS, OPENINGS, st.sampled_from([5.11e-4, MUON_MASS]))
@example((500.0, 2.4, 1.0), 400.0, 1e-9, 1e-9, 5.11e-4)
def test_sixty_digits_agree_to_1e_9_for_light_nearly_collinear_particles(one, pt2, eta_opening, phi_opening, mass):
    pt1, eta1, phi1 = one
    eta2, phi2 = eta1 + eta_opening, phi1 + phi_opening
    expected = reference.invariant_mass(pt1, eta1, phi1, mass, pt2, eta2, phi2, mass)
    got = invariant_mass(np, pt1, eta1, phi1, pt2, eta2, phi2, mass1=mass, mass2=mass)
    assert got == pytest.approx(expected, rel=1e-9)


@given(DIRECTIONS, PTS, st.floats(1e-9, 1e-2), st.floats(1e-9, 1e-2))
def test_sixty_digits_agree_to_1e_9_for_massless_nearly_collinear_particles(one, pt2, eta_opening, phi_opening):
    pt1, eta1, phi1 = one
    eta2, phi2 = eta1 + eta_opening, phi1 + phi_opening
    expected = reference.invariant_mass(pt1, eta1, phi1, 0.0, pt2, eta2, phi2, 0.0)
    assert invariant_mass(np, pt1, eta1, phi1, pt2, eta2, phi2) == pytest.approx(expected, rel=1e-9)


@given(PTS, ETAS, PTS, st.floats(1e-6, 1e-2), st.sampled_from([0.0, MUON_MASS]))
def test_sixty_digits_agree_to_1e_9_where_phi_jumps_from_pi_to_minus_pi(pt1, eta, pt2, opening, mass):
    expected = reference.invariant_mass(pt1, eta, pi - opening, mass, pt2, eta, opening - pi, mass)
    got = invariant_mass(np, pt1, eta, pi - opening, pt2, eta, opening - pi, mass1=mass, mass2=mass)
    assert got == pytest.approx(expected, rel=1e-9)


def test_the_reference_itself_knows_the_hand_made_pairs():
    assert reference.invariant_mass(4.0, 0.0, 0.0, 3.0, 12.0, 0.0, pi, 0.0) == pytest.approx(15.0, rel=1e-15)
    assert reference.invariant_mass(4.0, log(2), 1.0, 0.0, 4.0, -log(2), 1.0, 0.0) == pytest.approx(6.0, rel=1e-15)


@given(st.tuples(st.floats(1.0, 500.0), st.floats(-2.4, 2.4), PHIS), st.tuples(st.floats(1.0, 500.0), ETAS, PHIS))
def test_the_package_vector_agrees_to_1e_5_gev(one, other):
    first, second = (vector.obj(pt=pt, eta=eta, phi=phi, mass=MUON_MASS) for pt, eta, phi in (one, other))
    got = invariant_mass(np, *one, *other, mass1=MUON_MASS, mass2=MUON_MASS)
    assert got == pytest.approx((first + second).mass, rel=0, abs=1e-5)


@pytest.mark.parametrize("kind", [float, np.float32, np.float64, int])
def test_numbers_of_every_kind_give_a_float64(kind):
    mass = invariant_mass(np, kind(4), kind(0), kind(0), kind(4), kind(0), kind(0), mass1=kind(3), mass2=kind(3))
    assert type(mass) is np.float64
    assert mass == 6.0


def test_float32_arrays_are_computed_in_float64():
    first, second = np.float32([[30.1], [0.3], [0.7], [9.1]]), np.float32([[20.2], [0.31], [0.71], [1.7]])
    masses = invariant_mass(np, *first[:3], *second[:3], mass1=first[3], mass2=second[3])
    assert masses.dtype == np.float64
    one, other = first[:, 0].tolist(), second[:, 0].tolist()
    assert masses[0] == pytest.approx(reference.invariant_mass(*one, *other), rel=1e-12)


def test_numpy_arrays_keep_their_shape():
    pts = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    masses = invariant_mass(np, pts, 0.0, 0.0, pts, 0.0, pi)
    np.testing.assert_allclose(masses, 2 * pts, rtol=1e-15)


def test_flat_awkward_arrays_stay_awkward():
    masses = invariant_mass(ak, ak.Array(np.float32([4, 5])), 0.0, 0.0, ak.Array([4.0, 5.0]), 0.0, pi)
    assert str(masses.type) == "2 * float64"
    assert masses.to_list() == pytest.approx([8.0, 10.0])


def test_jagged_awkward_arrays_stay_jagged():
    pts = ak.Array([[4.0], [], [5.0, 6.0]])
    masses = invariant_mass(ak, pts, 0.0, 0.0, pts, 0.0, pi, mass1=3.0, mass2=3.0)
    assert str(masses.type) == "3 * var * float64"
    assert ak.num(masses).to_list() == [1, 0, 2]
    assert ak.flatten(masses).to_list() == pytest.approx([10.0, 2 * sqrt(34), 2 * sqrt(45)])


def test_empty_arrays_give_empty_masses():
    empty = np.empty(0, dtype=np.float32)
    assert invariant_mass(np, *[empty] * 6).shape == (0,)


def test_the_smallest_difference_of_two_angles_is_seen():
    angle = nextafter(0.5, 1.0)
    assert invariant_mass(np, 1.0, 0.0, 0.5, 1.0, 0.0, angle) == pytest.approx(angle - 0.5, rel=1e-12)


@pytest.fixture(scope="module")
def real_pairs(double_mu_parked):
    """Events of exactly two muons of opposite charge: columns (n_events, 2) in float32, as they are in the file."""
    with uproot.open(double_mu_parked) as file:
        events = file[EVENTS_TREE].arrays()
    events = events[events.nMuon == 2]
    events = events[ak.sum(events.Muon_charge, axis=1) == 0]
    return {name: ak.to_numpy(events[f"Muon_{name}"]) for name in ("pt", "eta", "phi", "mass")}


@pytest.fixture(scope="module")
def real_masses(real_pairs):
    first, second = ({name: column[:, index] for name, column in real_pairs.items()} for index in (0, 1))
    return invariant_mass(
        np,
        *(first[name] for name in ("pt", "eta", "phi")),
        *(second[name] for name in ("pt", "eta", "phi")),
        mass1=first["mass"],
        mass2=second["mass"],
    )


def test_the_real_pairs_have_the_published_mean(real_masses):
    assert real_masses.shape == (37_183,)
    assert real_masses.mean() == pytest.approx(33.0394, abs=1e-4)


def test_the_real_pairs_agree_with_the_sum_of_four_vectors_to_1e_6(real_pairs, real_masses):
    pt, eta, phi, mass = (real_pairs[name].astype(np.float64) for name in ("pt", "eta", "phi", "mass"))
    momentum = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])
    energy = np.sqrt((momentum**2).sum(axis=0) + mass**2)
    expected = np.sqrt(energy.sum(axis=1) ** 2 - (momentum.sum(axis=2) ** 2).sum(axis=0))
    np.testing.assert_allclose(real_masses, expected, rtol=1e-6)


def test_the_real_pairs_agree_with_the_package_vector_to_1e_5_gev(real_pairs, real_masses):
    muons = vector.array({name: column.astype(np.float64) for name, column in real_pairs.items()})
    np.testing.assert_allclose(real_masses, (muons[:, 0] + muons[:, 1]).mass, rtol=0, atol=1e-5)

"""Are generated events reproducible, complete, and distributed as the module says."""

from math import sqrt
from types import SimpleNamespace

import awkward as ak
import numpy as np
import pytest

from hepnb.errors import InputError
from hepnb.generators.dimuon import CONTINUUM_SLOPE, FRACTIONS, MULTIPLICITY, SAME_SIGN_FRACTION, generate
from hepnb.physics.dimuon import (
    JPSI,
    MUON_MASS,
    OMEGA,
    PHI,
    PSI_2S,
    SPECTRUM_BINS,
    SPECTRUM_RANGE,
    UPSILON_1S,
    Z,
)
from hepnb.physics.kinematics import invariant_mass

BATCH = 100_000
EVENTS = 10 * BATCH
EVENT_TYPE = (
    "{run: uint32, luminosityBlock: uint32, event: uint64, GenDimuon_pdgId: int32, GenDimuon_mass: float32, "
    "Muon: var * {pt: float32, eta: float32, phi: float32, mass: float32, charge: int32, "
    "pfRelIso04_all: float32, isGlobal: bool}}"
)


def _content(batch):
    """Every number of a batch, as bytes."""
    _, _, buffers = ak.to_buffers(ak.to_packed(batch))
    return {name: buffer.tobytes() for name, buffer in buffers.items()}


@pytest.fixture(scope="module")
def sample():
    return ak.concatenate(list(generate(EVENTS, seed=1)))


@pytest.fixture(scope="module")
def pairs(sample):
    """The events of exactly two muons: truth, mass [GeV] and charges, by column."""
    two = sample[ak.num(sample.Muon) == 2]
    first, second = two.Muon[:, 0], two.Muon[:, 1]
    directions = (ak.to_numpy(muon[name]) for muon in (first, second) for name in ("pt", "eta", "phi"))
    mass = invariant_mass(np, *directions, mass1=MUON_MASS, mass2=MUON_MASS)
    opposite = ak.to_numpy(first.charge != second.charge)
    return SimpleNamespace(
        pdg_id=ak.to_numpy(two.GenDimuon_pdgId),
        true_mass=ak.to_numpy(two.GenDimuon_mass).astype(np.float64),
        mass=mass,
        opposite=opposite,
    )


def _sigma(share, number):
    """Standard deviation of a share seen among so many."""
    return sqrt(share * (1 - share) / number)


def test_the_same_seed_gives_the_same_events():
    (first,), (again,) = generate(2000, seed=7), generate(2000, seed=7)
    assert _content(first) == _content(again)


def test_another_seed_gives_other_events():
    (first,), (other,) = generate(2000, seed=7), generate(2000, seed=8)
    assert (ak.flatten(first.Muon.pt)[:1000] != ak.flatten(other.Muon.pt)[:1000]).to_numpy().mean() > 0.99


def test_complete_batches_do_not_depend_on_how_many_follow():
    (alone,) = generate(BATCH, seed=7)
    followed, rest = generate(BATCH + 1, seed=7)
    assert _content(followed) == _content(alone)
    assert len(rest) == 1


def test_batches_differ_from_each_other():
    first, second = generate(2 * BATCH, seed=7)
    assert ak.flatten(first.Muon.pt)[:1000].to_list() != ak.flatten(second.Muon.pt)[:1000].to_list()


@pytest.mark.parametrize(
    ("events", "sizes"),
    [(0, [0]), (1, [1]), (17, [17]), (BATCH, [BATCH]), (BATCH + 1, [BATCH, 1]), (250_000, [BATCH, BATCH, 50_000])],
)
def test_batches_hold_exactly_the_events_asked_for(events, sizes):
    assert [len(batch) for batch in generate(events, seed=1)] == sizes


@pytest.mark.parametrize("events", [0, 1, 2, 1000])
def test_the_type_of_a_batch_does_not_depend_on_its_size(events):
    (batch,) = generate(events, seed=1)
    assert str(batch.type) == f"{events} * {EVENT_TYPE}"


@pytest.mark.parametrize(("events", "seed"), [(-1, 1), (10, -1)])
def test_negative_numbers_are_refused(events, seed):
    with pytest.raises(InputError, match=f"cannot be negative, got {events} and {seed}"):
        next(generate(events, seed=seed))


def test_events_are_numbered_from_one_without_a_gap(sample):
    np.testing.assert_array_equal(sample.event, np.arange(1, EVENTS + 1))
    np.testing.assert_array_equal(sample.luminosityBlock, np.arange(EVENTS) // 1000 + 1)
    np.testing.assert_array_equal(sample.run, 1)


def test_the_multiplicities_add_up_to_one():
    assert MULTIPLICITY.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("muons", range(9))
def test_the_number_of_muons_is_distributed_as_in_the_real_sample(sample, muons):
    expected = MULTIPLICITY[muons]
    seen = ak.to_numpy(ak.num(sample.Muon) == muons).mean()
    assert seen == pytest.approx(expected, abs=5 * _sigma(expected, EVENTS))


def test_no_event_has_more_than_eight_muons(sample):
    assert ak.max(ak.num(sample.Muon)) == 8


def test_events_of_two_muons_or_more_tell_the_mass_of_their_pair_and_others_tell_none(sample):
    has_pair = ak.to_numpy(ak.num(sample.Muon) >= 2)
    np.testing.assert_array_equal(ak.to_numpy(sample.GenDimuon_mass) > 0, has_pair)
    assert not ak.any(sample.GenDimuon_pdgId[~has_pair])


def test_muons_stand_by_falling_pt(sample):
    pt = sample.Muon.pt
    assert ak.all(pt[:, :-1] >= pt[:, 1:])


def test_muons_are_inside_the_detector(sample):
    assert ak.max(abs(sample.Muon.eta)) <= np.float32(2.4)
    assert ak.max(abs(sample.Muon.phi)) <= np.float32(np.pi)
    assert ak.min(sample.Muon.pt) >= 3.0


def test_muons_have_the_mass_and_charge_of_muons(sample):
    np.testing.assert_array_equal(ak.flatten(sample.Muon.mass), np.float32(MUON_MASS))
    np.testing.assert_array_equal(np.unique(ak.to_numpy(ak.flatten(sample.Muon.charge))), [-1, 1])


def test_muons_are_as_often_positive_as_negative(sample):
    charges = ak.to_numpy(ak.flatten(sample.Muon.charge))
    # The two of a pair know of each other, so there are about half as many independent ones.
    assert (charges > 0).mean() == pytest.approx(0.5, abs=5 * _sigma(0.5, charges.size / 2))


def test_muons_are_global_as_often_as_the_module_says(sample):
    flags = ak.to_numpy(ak.flatten(sample.Muon.isGlobal))
    assert flags.mean() == pytest.approx(0.96, abs=5 * _sigma(0.96, flags.size))


def test_resonances_decay_to_opposite_charges(pairs):
    assert pairs.opposite[pairs.pdg_id != 0].all()


def test_twelve_per_cent_of_the_continuum_have_the_same_sign(pairs):
    continuum = pairs.pdg_id == 0
    assert SAME_SIGN_FRACTION == 0.12
    assert (~pairs.opposite[continuum]).mean() == pytest.approx(0.12, abs=5 * _sigma(0.12, continuum.sum()))


def test_every_resonance_is_seen_and_nothing_else(pairs):
    assert set(pairs.pdg_id.tolist()) == {0} | {resonance.pdg_id for resonance in FRACTIONS}


@pytest.mark.parametrize("resonance", FRACTIONS, ids=lambda resonance: resonance.symbol)
def test_resonances_are_seen_in_their_fractions(pairs, resonance):
    share, expected = (pairs.pdg_id == resonance.pdg_id).mean(), FRACTIONS[resonance]
    assert share == pytest.approx(expected, abs=5 * _sigma(expected, pairs.pdg_id.size))


@pytest.mark.parametrize("mass", [0.5, 3.0, 30.0])
def test_the_continuum_falls_as_the_module_says(pairs, mass):
    continuum = pairs.true_mass[pairs.pdg_id == 0]
    low, at, high = (edge**-CONTINUUM_SLOPE for edge in (SPECTRUM_RANGE[0], mass, SPECTRUM_RANGE[1]))
    expected = (low - at) / (low - high)
    assert (continuum < mass).mean() == pytest.approx(expected, abs=5 * _sigma(expected, continuum.size))


@pytest.mark.parametrize("resonance", FRACTIONS, ids=lambda resonance: resonance.symbol)
def test_true_masses_lie_within_35_widths_of_the_resonance(pairs, resonance):
    masses = pairs.true_mass[pairs.pdg_id == resonance.pdg_id]
    rounding = 1e-7 * resonance.mass
    assert np.abs(masses - resonance.mass).max() <= 35 * resonance.width + rounding


def test_half_of_the_z_lie_within_half_a_width(pairs):
    masses = pairs.true_mass[pairs.pdg_id == Z.pdg_id]
    # A Breit-Wigner cut at 35 widths: arctan(1)/arctan(70).
    expected = np.arctan(1) / np.arctan(70)
    inside = (np.abs(masses - Z.mass) < Z.width / 2).mean()
    assert inside == pytest.approx(expected, abs=5 * _sigma(expected, masses.size))


@pytest.mark.parametrize("resonance", [OMEGA, PHI, JPSI, PSI_2S, UPSILON_1S, Z], ids=lambda resonance: resonance.symbol)
def test_measured_muons_give_the_mass_of_their_resonance_back_within_a_per_mille(pairs, resonance):
    masses = pairs.mass[pairs.pdg_id == resonance.pdg_id]
    assert np.median(masses) == pytest.approx(resonance.mass, rel=1e-3)


def test_muons_are_measured_to_about_one_per_cent(pairs):
    jpsi = pairs.pdg_id == JPSI.pdg_id
    # Two muons of 0.8 % (barrel) to 1.6 % each make 0.6 to 1.2 % of the mass.
    assert 0.006 < (pairs.mass[jpsi] / pairs.true_mass[jpsi]).std() < 0.012


@pytest.mark.parametrize(("resonance", "half_width"), [(JPSI, 0.1), (Z, 5.0)], ids=["J/psi", "Z"])
def test_the_peak_above_the_background_stands_at_the_mass_of_its_resonance(pairs, resonance, half_width):
    counts, edges = np.histogram(pairs.mass[pairs.opposite], SPECTRUM_BINS, SPECTRUM_RANGE)
    distance = (edges[1:] + edges[:-1]) / 2 - resonance.mass
    peak = np.abs(distance) < half_width
    beside = (np.abs(distance) > 2 * half_width) & (np.abs(distance) < 3 * half_width)
    # Both regions are two half-widths wide. Of a background that falls linearly, the sum of the distances in the
    # outer one is 19 times (3³ - 2³) that in the inner one.
    number = counts[peak].sum() - counts[beside].sum()
    shift = (counts[peak] @ distance[peak] - counts[beside] @ distance[beside] / 19) / number
    assert number > 1000
    assert abs(shift) < 1e-3 * resonance.mass

import math
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
import vector
from pyspark.sql import Observation, SparkSession
from pyspark.sql import functions as F

from hepnb.errors import MissingNameError, WrongTypeError
from hepnb.spark import dimuon
from hepnb.spark.root_source import read_root
from tests.files import CMS_CASES, muon, write_muons

PI = math.pi


def masses_of(events) -> np.ndarray:
    return events.select("dimuon_mass").toArrow()["dimuon_mass"].to_numpy()


def test_back_to_back_muons_of_half_the_z_mass_make_a_z(spark: SparkSession, tmp_path: Path):
    path = write_muons(tmp_path / "z.root", [[muon(45.594), muon(45.594, phi=PI, charge=-1)]])
    pairs = dimuon.reduce(read_root(spark, str(path)), selection="spectrum")
    assert masses_of(pairs) == pytest.approx([91.188], rel=1e-7)


def test_only_two_muons_of_opposite_charge_count(spark: SparkSession, tmp_path: Path):
    opposite = [muon(5), muon(5, phi=PI, charge=-1)]
    same_sign = [muon(5), muon(5, phi=PI)]
    three = [*opposite, muon(7)]
    path = write_muons(tmp_path / "cuts.root", [opposite, same_sign, three, [muon(5)], [], opposite])
    counts = Observation()
    pairs = dimuon.reduce(read_root(spark, str(path)), selection="spectrum", observation=counts)
    assert masses_of(pairs) == pytest.approx([10.0, 10.0], rel=1e-6)
    assert [(line.cut, line.events) for line in dimuon.cutflow(counts, selection="spectrum")] == [
        ("events", 6),
        ("two muons", 3),
        ("opposite charge", 2),
    ]


def test_real_collisions_give_the_published_cut_flow_and_mean(spark: SparkSession, double_mu_parked: Path):
    counts = Observation()
    pairs = dimuon.reduce(read_root(spark, str(double_mu_parked)), selection="spectrum", observation=counts)
    (mean,) = pairs.select(F.avg("dimuon_mass")).first()
    assert mean == pytest.approx(33.0394, abs=1e-4)
    assert [line.events for line in dimuon.cutflow(counts, selection="spectrum")] == [100_000, 48_976, 37_183]


def test_every_real_mass_equals_float64_numpy_and_vector(spark: SparkSession, double_mu_parked: Path):
    ours = masses_of(dimuon.reduce(read_root(spark, str(double_mu_parked)), selection="spectrum"))
    muons = uproot.open(double_mu_parked)["Events"].arrays()
    muons = muons[(muons.nMuon == 2) & (ak.sum(muons.Muon_charge, axis=1) == 0)]
    columns = {name: np.asarray(muons[f"Muon_{name}"], dtype=np.float64) for name in ("pt", "eta", "phi", "mass")}
    pt, eta, phi, mass = (columns[name] for name in ("pt", "eta", "phi", "mass"))
    momenta = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])
    energies = np.sqrt((momenta**2).sum(axis=0) + mass**2)
    plain = np.sqrt(energies.sum(axis=1) ** 2 - (momenta.sum(axis=2) ** 2).sum(axis=0))
    assert ours == pytest.approx(plain, rel=1e-6)
    four_momenta = vector.array(columns)
    assert ours == pytest.approx((four_momenta[:, 0] + four_momenta[:, 1]).mass, abs=1e-5)


def test_massless_muons_are_an_option(spark: SparkSession, tmp_path: Path):
    path = write_muons(tmp_path / "m.root", [[muon(3, mass=4), muon(3, mass=4, phi=PI, charge=-1)]])
    events = read_root(spark, str(path))
    assert masses_of(dimuon.reduce(events)) == pytest.approx([10.0], rel=1e-6)  # two energies of 5
    assert masses_of(dimuon.reduce(events, massless=True)) == pytest.approx([6.0], rel=1e-6)


CMS_MUON = {"isolation": 0.05, "is_global": True}


def cms_events(spark: SparkSession, events: list[list[dict]]):
    columns = {
        "Muon_pt": ("pt", "float"),
        "Muon_eta": ("eta", "float"),
        "Muon_phi": ("phi", "float"),
        "Muon_mass": ("mass", "float"),
        "Muon_charge": ("charge", "int"),
        "Muon_pfRelIso04_all": ("isolation", "float"),
        "Muon_isGlobal": ("is_global", "boolean"),
    }
    rows = [tuple([(CMS_MUON | one)[key] for one in muons] for key, _ in columns.values()) for muons in events]
    return spark.createDataFrame(rows, ", ".join(f"{name} array<{type_}>" for name, (_, type_) in columns.items()))


@pytest.mark.parametrize(
    ("muons", "passed"),
    CMS_CASES,
)
def test_cms2012_asks_for_two_loose_muons_a_leading_one_and_opposite_charge(spark: SparkSession, muons, passed):
    counts = Observation()
    pairs = dimuon.reduce(cms_events(spark, [muons]), selection="cms2012", observation=counts)
    kept = masses_of(pairs)
    flow = [line.events for line in dimuon.cutflow(counts, selection="cms2012")]
    assert flow == [1, *([1] * passed), *([0] * (3 - passed))]
    if passed == 3:
        assert kept == pytest.approx([2 * math.sqrt(30 * 20)], rel=1e-6)


def test_cms2012_takes_the_hardest_pair_or_on_request_the_first_in_the_file(spark: SparkSession):
    events = cms_events(spark, [[muon(26, charge=-1), muon(12, phi=PI), muon(50, phi=PI)]])
    by_pt = masses_of(dimuon.reduce(events, selection="cms2012"))
    by_file = masses_of(dimuon.reduce(events, selection="cms2012", order="file"))
    assert by_pt == pytest.approx([2 * math.sqrt(26 * 50)], rel=1e-6)
    assert by_file == pytest.approx([2 * math.sqrt(26 * 12)], rel=1e-6)


def test_a_missing_column_is_named_with_the_nearest(spark: SparkSession):
    events = spark.createDataFrame([([1.0],)], "muon_pt array<float>")
    with pytest.raises(MissingNameError, match=r"'Muon_pt', which the DataFrame lacks; the nearest is 'muon_pt'"):
        dimuon.reduce(events)


def test_a_column_of_another_type_is_named_with_its_type(spark: SparkSession, generated: Path):
    events = read_root(spark, str(generated)).withColumn("Muon_eta", F.lit("east"))
    with pytest.raises(
        WrongTypeError, match=r"needs a list of numbers in 'Muon_eta', but in the DataFrame it is string"
    ):
        dimuon.reduce(events)


def test_an_unknown_selection_is_named(spark: SparkSession, generated: Path):
    with pytest.raises(MissingNameError, match=r"no selection 'spectra'; the nearest is 'spectrum'"):
        dimuon.reduce(read_root(spark, str(generated)), selection="spectra")


def test_event_numbers_are_carried_along(spark: SparkSession, generated: Path):
    pairs = dimuon.reduce(read_root(spark, str(generated)))
    assert pairs.columns == ["run", "luminosityBlock", "event", "dimuon_mass"]
    first = pairs.first()
    tree = uproot.open(generated)["Events"].arrays(["nMuon", "Muon_charge", "event"], entry_stop=100)
    kept = tree[(tree.nMuon == 2) & (ak.sum(tree.Muon_charge, axis=1) == 0)]
    assert first["event"] == kept.event[0]

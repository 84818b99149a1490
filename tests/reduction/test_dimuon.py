"""Are the right pairs found in plain arrays, with the masses one works out by hand and those that Spark finds."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import Observation, SparkSession

from hepnb.errors import MissingNameError, WrongTypeError
from hepnb.loaders.batches import iterate
from hepnb.reduction.dimuon import SELECTIONS, reduce
from hepnb.spark import dimuon as sql
from hepnb.spark.root_source import read_root
from tests.files import CMS_CASES, LEADING, TRAILING, muon

PI = math.pi
COLUMNS = {
    "Muon_pt": ("pt", pa.float32()),
    "Muon_eta": ("eta", pa.float32()),
    "Muon_phi": ("phi", pa.float32()),
    "Muon_mass": ("mass", pa.float32()),
    "Muon_charge": ("charge", pa.int32()),
    "Muon_pfRelIso04_all": ("isolation", pa.float32()),
    "Muon_isGlobal": ("is_global", pa.bool_()),
}
LOOSE = {"isolation": 0.05, "is_global": True}
OPPOSITE = [muon(5), muon(5, phi=PI, charge=-1)]
SAME_SIGN = [muon(5), muon(5, phi=PI)]


def batch(events: list[list[dict[str, Any]]], **columns: pa.Array) -> pa.RecordBatch:
    """Events, each a list of muons, which are loose where nothing else is said."""
    lists = {
        name: pa.array([[(LOOSE | one)[key] for one in muons] for muons in events], pa.list_(type_))
        for name, (key, type_) in COLUMNS.items()
    }
    return pa.RecordBatch.from_pydict(lists | columns)


def masses(events: pa.RecordBatch, **options: Any) -> list[float]:
    return reduce(events, **options).rows["dimuon_mass"].to_pylist()


def test_back_to_back_muons_of_half_the_z_mass_make_a_z():
    assert masses(batch([[muon(45.594), muon(45.594, phi=PI, charge=-1)]])) == pytest.approx([91.188], rel=1e-7)


def test_spectrum_asks_for_exactly_two_muons_of_opposite_charge():
    three = [*OPPOSITE, muon(7)]
    reduced = reduce(batch([OPPOSITE, SAME_SIGN, three, [muon(5)], [], OPPOSITE]))
    assert reduced.passed == (6, 3, 2)
    assert reduced.rows["dimuon_mass"].to_pylist() == pytest.approx([10.0, 10.0], rel=1e-6)
    assert reduced.rows.schema == pa.schema([("dimuon_mass", pa.float64())])


def test_massless_muons_are_an_option():
    events = batch([[muon(3, mass=4), muon(3, mass=4, phi=PI, charge=-1)]])
    assert masses(events) == pytest.approx([10.0], rel=1e-6)  # two energies of 5
    assert masses(events, massless=True) == pytest.approx([6.0], rel=1e-6)


@pytest.mark.parametrize(
    ("muons", "passed"),
    CMS_CASES,
)
def test_cms2012_asks_for_two_loose_muons_a_leading_one_and_opposite_charge(muons: list[dict], passed: int):
    reduced = reduce(batch([muons]), selection="cms2012")
    assert reduced.passed == (1, *([1] * passed), *([0] * (3 - passed)))
    expected = [2 * math.sqrt(30 * 20)] if passed == 3 else []
    assert reduced.rows["dimuon_mass"].to_pylist() == pytest.approx(expected, rel=1e-6)


def test_cms2012_takes_the_hardest_pair_or_on_request_the_first_in_the_file():
    events = batch([[], [muon(26, charge=-1), muon(12, phi=PI), muon(50, phi=PI)], [muon(40)]])
    assert masses(events, selection="cms2012") == pytest.approx([2 * math.sqrt(26 * 50)], rel=1e-6)
    assert masses(events, selection="cms2012", order="file") == pytest.approx([2 * math.sqrt(26 * 12)], rel=1e-6)


def test_of_equally_hard_muons_the_first_in_the_file_count():
    events = batch([[muon(30), muon(30, phi=PI, charge=-1), muon(30, phi=PI / 2, charge=-1)]])
    assert masses(events, selection="cms2012") == pytest.approx([60.0], rel=1e-6)


def test_event_numbers_are_carried_along_with_their_types():
    numbers = {"event": pa.array([7, 8, 9], pa.uint64()), "run": pa.array([1, 2, 3], pa.uint32())}
    rows = reduce(batch([OPPOSITE, SAME_SIGN, OPPOSITE], **numbers)).rows
    assert rows.schema.names == ["run", "event", "dimuon_mass"]
    assert rows.select(["run", "event"]).to_pydict() == {"run": [1, 3], "event": [7, 9]}
    assert [str(type_) for type_ in rows.schema.types] == ["uint32", "uint64", "double"]


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_slice_of_a_batch_is_reduced_alone(selection: str):
    whole = batch([OPPOSITE, [muon(9)], [LEADING, TRAILING], [], OPPOSITE], event=pa.array(range(5)))
    for start in range(6):
        for length in range(6 - start):
            part = whole.slice(start, length)
            copy = pa.RecordBatch.from_pylist(part.to_pylist(), schema=part.schema)
            assert reduce(part, selection=selection) == reduce(copy, selection=selection)


@pytest.mark.parametrize(("selection", "passed"), [("spectrum", (0, 0, 0)), ("cms2012", (0, 0, 0, 0))])
def test_no_events_give_no_rows_of_the_same_schema(selection: str, passed: tuple[int, ...]):
    reduced = reduce(batch([]), selection=selection)
    assert reduced.passed == passed
    assert reduced.rows.schema == reduce(batch([OPPOSITE]), selection=selection).rows.schema
    assert len(reduced.rows) == 0


def test_lists_of_different_lengths_are_refused():
    events = batch([OPPOSITE, OPPOSITE])
    wrong = events.set_column(1, "Muon_eta", pa.array([[0.0], [0.0, 0.0, 0.0]], pa.list_(pa.float32())))
    with pytest.raises(
        WrongTypeError, match=r"^'Muon_eta' has other numbers of elements than 'Muon_pt' in some events"
    ):
        reduce(wrong)


def test_a_missing_column_is_named_with_the_nearest():
    events = batch([OPPOSITE]).rename_columns(["muon_pt", *list(COLUMNS)[1:]])
    with pytest.raises(MissingNameError, match=r"'Muon_pt', which the batch lacks; the nearest .*'muon_pt'"):
        reduce(events)


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("Muon_eta", pa.array(["east"]), "a list of numbers in 'Muon_eta', but in the batch it is string"),
        ("Muon_pt", pa.array([1.0]), "a list of numbers in 'Muon_pt', but in the batch it is double"),
        ("Muon_phi", pa.array([["a"]]), "a list of numbers in 'Muon_phi', but in the batch it is list<item: string>"),
        ("Muon_isGlobal", pa.array([[1]]), "a list of booleans in 'Muon_isGlobal', but .* is list<item: int64>"),
    ],
)
def test_a_column_of_another_type_is_named_with_its_type(name: str, values: pa.Array, told: str):
    events = batch([OPPOSITE])
    wrong = events.set_column(events.schema.get_field_index(name), name, values)
    with pytest.raises(WrongTypeError, match=f"^The selection 'cms2012' needs {told}"):
        reduce(wrong, selection="cms2012")


def test_an_unknown_selection_is_named():
    with pytest.raises(MissingNameError, match=r"no selection 'spectra'; the nearest is 'spectrum'"):
        reduce(batch([OPPOSITE]), selection="spectra")


def test_real_collisions_give_the_published_cut_flow_and_mean(double_mu_parked: Path):
    reduced = [reduce(events) for events in iterate(str(double_mu_parked))]
    assert np.sum([one.passed for one in reduced], axis=0).tolist() == [100_000, 48_976, 37_183]
    found = np.concatenate([one.rows["dimuon_mass"].to_numpy() for one in reduced])
    assert found.mean() == pytest.approx(33.039442, abs=1e-6)


def assert_same_as_sql(spark: SparkSession, path: Path, **options: Any) -> None:
    """Compare rows, order and cut flow with the same selection in SQL."""
    reduced = [reduce(events, **options) for events in iterate(str(path))]
    rows = pa.Table.from_batches([one.rows for one in reduced])
    counts = Observation()
    expected = sql.reduce(read_root(spark, str(path)), observation=counts, **options).toArrow()
    np.testing.assert_allclose(rows["dimuon_mass"].to_numpy(), expected["dimuon_mass"].to_numpy(), rtol=1e-12)
    assert len(rows) > 1000
    names = [name for name in rows.column_names if name != "dimuon_mass"]
    assert rows.select(names).to_pydict() == expected.select(names).to_pydict()
    flow = [line.events for line in sql.cutflow(counts, selection=options["selection"])]
    assert np.sum([one.passed for one in reduced], axis=0).tolist() == flow


def test_real_collisions_give_what_sql_gives(spark: SparkSession, double_mu_parked: Path):
    assert_same_as_sql(spark, double_mu_parked, selection="spectrum")
    assert_same_as_sql(spark, double_mu_parked, selection="spectrum", massless=True)


@pytest.mark.parametrize(("selection", "order"), [("spectrum", "pt"), ("cms2012", "pt"), ("cms2012", "file")])
def test_generated_events_give_what_sql_gives(spark: SparkSession, generated: Path, selection: str, order: str):
    assert_same_as_sql(spark, generated, selection=selection, order=order)


one_muon = st.fixed_dictionaries(
    {
        "pt": st.sampled_from([5.0, 11.0, 26.0, 26.0, 50.0]),
        "eta": st.sampled_from([-2.3, 0.0, 1.0]),
        "phi": st.sampled_from([-3.0, 0.0, 2.0]),
        "mass": st.just(0.1),
        "charge": st.sampled_from([-1, 1]),
        "isolation": st.sampled_from([0.05, 0.2, 0.7]),
        "is_global": st.booleans(),
    }
)
some_events = st.lists(st.lists(one_muon, max_size=4), max_size=12)
selections = st.sampled_from(sorted(SELECTIONS))


@settings(max_examples=60)
@given(some_events, selections, st.sampled_from(["pt", "file"]), st.randoms(use_true_random=False))
def test_events_in_another_order_give_the_same_rows_in_that_order(events, selection, order, random):
    numbers = list(range(len(events)))
    random.shuffle(numbers)
    straight = reduce(batch(events, event=pa.array(range(len(events)))), selection=selection, order=order)
    shuffled = batch([events[number] for number in numbers], event=pa.array(numbers, pa.int64()))
    turned = reduce(shuffled, selection=selection, order=order)
    rows = {row["event"]: row for row in straight.rows.to_pylist()}
    assert turned.rows.to_pylist() == [rows[number] for number in numbers if number in rows]
    assert turned.passed == straight.passed


@settings(max_examples=60)
@given(some_events, selections, st.lists(st.integers(0, 12), max_size=4))
def test_batches_cut_anywhere_give_the_same_rows(events, selection, cuts):
    whole = batch(events, event=pa.array(range(len(events)), pa.int64()))
    edges = sorted({0, len(events), *(min(cut, len(events)) for cut in cuts)})
    parts = [whole.slice(start, stop - start) for start, stop in pairwise(edges)] or [whole]
    reduced = [reduce(part, selection=selection) for part in parts]
    expected = reduce(whole, selection=selection)
    assert pa.Table.from_batches([one.rows for one in reduced]).to_pylist() == expected.rows.to_pylist()
    assert tuple(map(sum, zip(*(one.passed for one in reduced), strict=True))) == expected.passed

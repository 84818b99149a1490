"""Does one loop see the events of many files, each once and in order."""

import subprocess
import sys
from itertools import accumulate, pairwise
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest
import uproot

from hepnb.errors import InputError, MissingInputError, MissingNameError, UnreadableFileError, WrongTypeError
from hepnb.loaders.batches import iterate

from .round_trip import write


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Files with the events 0 1 2 3, none, and 4 5 6, in clusters of two."""
    folder = tmp_path_factory.mktemp("three")
    contents = {"c": [0, 1, 2, 3], "b": [], "a": [4, 5, 6]}
    return [
        write(
            folder / f"{name}.root",
            {"x": ak.values_astype(ak.Array(xs), "int32"), "pts": ak.Array([[0.5] * x for x in [1, *xs]])[1:]},
            splits=[2],
        )
        for name, xs in contents.items()
    ]


def xs(*arguments, **options) -> list[int]:
    return [x for batch in iterate(*arguments, **options) for x in batch.column("x").to_pylist()]


def test_events_come_in_the_order_of_the_files_and_of_the_events_in_them(three: list[str]):
    assert xs(three) == [0, 1, 2, 3, 4, 5, 6]
    assert xs(three[::-1]) == [4, 5, 6, 0, 1, 2, 3]
    assert xs(str(Path(three[0]).parent)) == [4, 5, 6, 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 7), (1, 2), (1, 5), (3, 4), (3, 5), (4, 4), (5, None), (6, 100), (7, None), (9, 12)]
)
def test_a_range_counts_through_all_files(three: list[str], start: int, stop: int | None):
    assert xs(three, start=start, stop=stop) == list(range(7))[start:stop]


@pytest.mark.parametrize("parts", [[0], [0, 3], [3, 0], [2, 0, 1], [0, 0, 3, 0, 0]])
def test_baskets_without_events_are_passed_over(tmp_path: Path, parts: list[int]):
    whole = {"x": np.arange(3), "pts": ak.Array([[0.5], [], [1.5, 2.5]])}
    with uproot.recreate(tmp_path / "a.root") as file:
        tree = file.mktree("Events", {"x": "int64", "pts": "var * float64"})
        for start, stop in pairwise(accumulate(parts, initial=0)):
            tree.extend({name: values[start:stop] for name, values in whole.items()})
    rows = [row for batch in iterate(str(tmp_path / "a.root")) for row in batch.to_pylist()]
    npts = {0: 1, 1: 0, 2: 2}
    expected = [{"x": x, "npts": npts[x], "pts": whole["pts"][x].to_list()} for x in range(sum(parts))]
    assert rows == expected


def test_only_the_columns_asked_for_are_there_in_that_order(three: list[str]):
    assert {tuple(batch.schema.names) for batch in iterate(three)} == {("x", "npts", "pts")}
    assert {tuple(batch.schema.names) for batch in iterate(three, columns=["pts"])} == {("pts",)}
    assert {tuple(batch.schema.names) for batch in iterate(three, columns=["pts", "x"])} == {("pts", "x")}


def test_numbers_keep_their_types_and_the_first_file_decides(three: list[str], tmp_path: Path):
    short = write(tmp_path / "short.root", {"x": ak.values_astype(ak.Array([7]), "int16"), "pts": ak.Array([[1.0]])})
    batches = list(iterate([*three, short]))
    assert {str(batch.schema.field("x").type) for batch in batches} == {"int32"}
    assert pa.Table.from_batches(batches)["x"].to_pylist() == [0, 1, 2, 3, 4, 5, 6, 7]
    real = write(tmp_path / "real.root", {"x": [7.5], "pts": ak.Array([[1.0]])})
    with pytest.raises(WrongTypeError, match=r"real\.root.* double and does not fit int32"):
        list(iterate([*three, real]))


def test_awkward_takes_a_batch_as_it_is(three: list[str]):
    first = next(iterate(three))
    assert ak.to_list(ak.num(ak.from_arrow(first).pts))[:2] == [0, 1]


def test_what_is_wrong_is_said_at_the_call_and_not_at_the_first_batch(three: list[str], tmp_path: Path):
    (tmp_path / "text.root").write_text("only text")
    with pytest.raises(MissingInputError, match="There is no file"):
        iterate(str(tmp_path / "no.root"))
    with pytest.raises(UnreadableFileError, match=r"text\.root is not a ROOT file"):
        iterate([*three, str(tmp_path / "text.root")])
    with pytest.raises(MissingNameError, match="no branch 'y'"):
        iterate(three, columns=["y"])
    with pytest.raises(MissingNameError, match="no tree 'Event'"):
        iterate(three, tree="Event")


@pytest.mark.parametrize(
    ("start", "stop", "told"), [(-1, None, "from -1 to the end"), (3, 2, "from 3 to 2"), (0, -1, "from 0 to -1")]
)
def test_a_range_that_makes_no_sense_is_refused(three: list[str], start: int, stop: int | None, told: str):
    with pytest.raises(InputError, match=f"There are no events {told}; give 0 <= start <= stop"):
        iterate(three, start=start, stop=stop)


MEMORY = """
import resource, sys
from hepnb.loaders.batches import iterate
def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << (20 if sys.platform == "darwin" else 10))
events = sum(len(batch) for batch in iterate(sys.argv[1:3]))
before = most()
events += sum(len(batch) for batch in iterate(sys.argv[1:]))
print(events, most() - before)
"""


def test_ten_times_the_events_take_no_more_memory(generated: Path, tmp_path: Path):
    files = [tmp_path / f"{number}.root" for number in range(8)]
    for file in files:
        file.hardlink_to(generated)
    command = [sys.executable, "-c", MEMORY, *files]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    events, grown = map(int, output.split())
    assert events == 10 * 250_000
    assert grown < 50  # [MB]; all columns of the eight files are some 200

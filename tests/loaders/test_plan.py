"""Does the work cover every event exactly once, along the clusters."""

import os
from collections.abc import Iterable
from itertools import chain, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.loaders.catalogue import FileDescription, describe
from hepnb.loaders.plan import EntryRange, Piece, group_clusters, piece_bytes, plan

from .round_trip import TREE

MB = 1 << 20


def file_of(path: str, sizes: list[int], stored_bytes: list[int]) -> FileDescription:
    """A file with clusters of these many entries and bytes."""
    clusters = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    return FileDescription(
        path=path,
        entries=clusters[-1],
        file_bytes=sum(stored_bytes),
        columns=(),
        left_out={},
        clusters=tuple(clusters),
        stored_bytes=tuple(stored_bytes),
    )


@st.composite
def files(draw: st.DrawFn) -> list[FileDescription]:
    clusters = st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 100 * MB)), max_size=30)
    contents = draw(st.lists(clusters, max_size=5))
    return [
        file_of(f"{number}.root", [size for size, _ in content], [stored for _, stored in content])
        for number, content in enumerate(contents)
    ]


targets = st.none() | st.integers(0, 1 << 40)


def ranges_of(pieces: Iterable[Piece]) -> list[EntryRange]:
    return list(chain.from_iterable(pieces))


def stored(events: EntryRange, described: list[FileDescription]) -> list[int]:
    """Sizes of the clusters in a range."""
    (file,) = (file for file in described if file.path == events.path)
    clusters = zip(pairwise(file.clusters), file.stored_bytes, strict=True)
    return [size for (start, stop), size in clusters if events.start <= start and stop <= events.stop]


@given(files(), targets)
def test_every_entry_is_covered_exactly_once_and_in_order(described: list[FileDescription], target: int | None):
    ranges = ranges_of(plan(described, target_bytes=target))
    for file in described:
        own = [events for events in ranges if events.path == file.path]
        assert [own[0].start, own[-1].stop] == [0, file.entries] if file.entries else own == []
        assert all(one.stop == following.start for one, following in pairwise(own))
        assert all(events.start < events.stop for events in own)
    paths = [events.path for events in ranges]
    assert paths == sorted(paths)


@given(files(), targets)
def test_a_cluster_is_never_split(described: list[FileDescription], target: int | None):
    clusters = {file.path: set(file.clusters) for file in described}
    ranges = ranges_of(plan(described, target_bytes=target))
    assert all({events.start, events.stop} <= clusters[events.path] for events in ranges)


@given(files(), st.integers(1, 200 * MB))
def test_a_range_is_full_only_with_its_last_cluster(described: list[FileDescription], target: int):
    for events in ranges_of(plan(described, target_bytes=target)):
        sizes = stored(events, described)
        (file,) = (file for file in described if file.path == events.path)
        assert events.stop == file.entries or sum(sizes) >= target
        assert sum(sizes[:-1]) < target


@given(files(), st.integers(1, 200 * MB))
def test_a_piece_of_several_ranges_is_not_overfull_and_the_next_would_not_have_fitted(
    described: list[FileDescription], target: int
):
    pieces = plan(described, target_bytes=target)
    sizes = [[sum(stored(events, described)) for events in piece] for piece in pieces]
    assert all(len(piece) == 1 or sum(piece) <= target for piece in sizes)
    opening = 256 << 10
    for one, following in pairwise(sizes):
        assert sum(one) + opening * len(one) + following[0] > target


@given(files())
def test_a_plan_does_not_depend_on_the_number_of_cores(described: list[FileDescription]):
    plans = []
    for cores in (1, 64):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "cpu_count", lambda cores=cores: cores)
            patch.setattr(os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)), raising=False)
            plans.append(plan(described))
    assert plans[0] == plans[1]


def test_neighbours_are_joined_until_they_fill_a_group():
    groups = group_clusters([0, 10, 20, 30, 40, 50, 60], [3, 3, 3, 2, 1, 5], target_bytes=6)
    assert list(groups) == [(0, 20, 6), (20, 50, 6), (50, 60, 5)]


def test_small_files_are_joined_and_their_openings_count():
    described = [file_of(f"{number}.root", [5], [MB]) for number in range(10)]
    # 1 MB and a quarter for the opening: six files and the bytes of a seventh would pass 8 MB.
    sizes = [len(piece) for piece in plan(described, target_bytes=8 * MB)]
    assert sizes == [6, 4]
    assert plan(described[:2]) == [(EntryRange("0.root", 0, 5), EntryRange("1.root", 0, 5))]


def test_the_rest_of_a_large_file_and_a_small_one_share_a_piece():
    described = [file_of("a.root", [1, 1, 1], [8 * MB, 8 * MB, MB]), file_of("b.root", [7], [MB])]
    assert plan(described, target_bytes=8 * MB) == [
        (EntryRange("a.root", 0, 1),),
        (EntryRange("a.root", 1, 2),),
        (EntryRange("a.root", 2, 3), EntryRange("b.root", 0, 7)),
    ]


def test_a_file_without_events_is_no_work():
    assert plan([file_of("a.root", [], []), file_of("b.root", [7], [1])]) == [(EntryRange("b.root", 0, 7),)]
    assert plan([]) == []


def test_a_tiny_target_makes_one_piece_per_cluster(generated: Path):
    pieces = plan([describe(str(generated), tree=TREE)], target_bytes=1)
    assert [[(events.start, events.stop) for events in piece] for piece in pieces] == [
        [(0, 100_000)],
        [(100_000, 200_000)],
        [(200_000, 250_000)],
    ]


@pytest.mark.parametrize(
    ("total", "piece"),
    [(0, 32 * MB), (64 * 32 * MB, 32 * MB), (6400 * MB, 100 * MB), (64 * 128 * MB, 128 * MB), (10**6 * MB, 128 * MB)],
)
def test_a_piece_is_a_64th_of_the_data_between_32_and_128_mb(total: int, piece: int):
    assert piece_bytes([file_of("a.root", [1], [total])]) == piece


def test_the_default_piece_counts_all_files_together():
    half = file_of("a.root", [1] * 320, [10 * MB] * 320)
    assert piece_bytes([half, half]) == 100 * MB
    assert {events.stop - events.start for events in ranges_of(plan([half, half]))} == {10}

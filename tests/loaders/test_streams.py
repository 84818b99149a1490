"""Are stored numbers handed out in their order, and lists only where counts and elements agree."""

from collections.abc import Sequence

import numpy as np
import pytest

from hepnb.errors import UnreadableFileError
from hepnb.loaders.streams import Block, FlatStream, ListStream, NumberStream, SharedOffsets


def stream_of(*blocks: Sequence[int] | tuple[int, int], dtype: str = "i4") -> NumberStream:
    """Lists are numbers; a pair ``(entry, count)`` is a landmark."""
    made = [
        Block(np.empty(0, dtype), block) if isinstance(block, tuple) else Block(np.array(block, dtype))
        for block in blocks
    ]
    return NumberStream(iter(made), dtype=np.dtype(dtype))


def lists_of(elements: NumberStream, counts: Sequence[int], *, entry: int = 0) -> ListStream:
    return ListStream(elements, SharedOffsets(stream_of(counts), entry=entry), entry=entry, what="branch 'x' of f")


def test_numbers_come_in_pieces_of_any_length():
    stream = stream_of([1, 2, 3], [], [4, 5], [6, 7])
    assert [stream.take(count).tolist() for count in (2, 0, 3, 1)] == [[1, 2], [], [3, 4, 5], [6]]
    assert stream.position == 6


def test_a_piece_of_one_block_is_not_copied():
    block = np.arange(5)
    stream = NumberStream(iter([Block(np.empty(0, int), (5, 5)), Block(block)]), dtype=block.dtype)
    assert stream.take(5).base is block


def test_numbers_are_passed_over_across_blocks():
    stream = stream_of([1, 2], [3, 4], [5])
    stream.skip(3)
    assert (stream.take(2).tolist(), stream.position) == ([4, 5], 5)
    with pytest.raises(ValueError, match=r"^-1 numbers cannot be passed over$"):
        stream.skip(-1)


def test_a_sum_is_that_of_the_next_numbers():
    stream = stream_of([1] * 70_000, [2] * 70_000, [5])
    assert stream.sum_of(140_000) == 70_000 + 140_000
    assert stream.take(1).tolist() == [5]


def test_no_block_is_opened_before_it_is_needed():
    def blocks():
        yield Block(np.array([1, 2]))
        pytest.fail("the second block was opened")

    stream = NumberStream(blocks(), dtype=np.dtype(int))
    assert (stream.take(2).tolist(), stream.take(0).tolist()) == ([1, 2], [])


def test_too_few_numbers_are_told_with_the_entries():
    stream = FlatStream(stream_of([1, 2, 3]), entry=10, what="branch 'x' of f")
    assert stream.take(2).to_pylist() == [1, 2]
    told = r"^The branch 'x' of f, entries 12 to 14 cannot be read: it holds fewer numbers than its events need\.$"
    with pytest.raises(UnreadableFileError, match=told):
        stream.take(2)


def test_columns_share_their_offsets():
    counts = stream_of([2, 0, 1, 3])
    shared = SharedOffsets(counts, entry=5)
    assert [shared.take(5, 2).tolist() for _ in range(3)] == [[0, 2, 2]] * 3
    assert [shared.take(7, 2).tolist() for _ in range(2)] == [[0, 1, 4]] * 2
    assert counts.position == 4


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])
def test_counts_may_have_any_width(dtype: str):
    shared = SharedOffsets(stream_of([100, 100, 100], dtype=dtype), entry=0)
    assert shared.take(0, 3).tolist() == [0, 100, 200, 300]


@pytest.mark.parametrize(
    ("counts", "dtype"),
    [([1, -1], "i4"), ([2**31], "i8"), ([2**31 - 1, 1], "i8"), ([2**63, 2**63], "u8"), ([2**62] * 4, "i8")],
)
def test_impossible_counts_are_refused(counts: list[int], dtype: str):
    with pytest.raises(ValueError, match="elements"):
        SharedOffsets(stream_of(counts, dtype=dtype), entry=0).take(0, len(counts))


def test_lists_are_cut_where_the_counts_say():
    lists = lists_of(stream_of((2, 3), [1, 2, 3], (4, 1), [4]), [2, 1, 0, 1])
    assert lists.take(1).to_pylist() == [[1, 2]]
    assert lists.take(3).to_pylist() == [[3], [], [4]]


def test_empty_baskets_lie_between_others():
    lists = lists_of(stream_of((1, 2), [1, 2], (3, 0), (4, 0), (6, 1), [3]), [2, 0, 0, 0, 0, 1])
    assert [lists.take(count).to_pylist() for count in (2, 2, 2)] == [[[1, 2], []], [[], []], [[], [3]]]


@pytest.mark.parametrize("takes", [[4], [2, 2], [1, 3], [3, 1], [1, 1, 1, 1]])
@pytest.mark.parametrize(
    "counts",
    [
        [2, 0, 1, 0],  # too few before the end of the first basket
        [2, 2, 0, 0],  # too many
        [2, 1, 2, 0],  # too many in the last one
        [0, 3, 2, 0],
        [1, 3, 0, 0],
    ],
)
def test_counts_and_elements_that_disagree_are_never_passed_over(counts: list[int], takes: list[int]):
    lists = lists_of(stream_of((2, 3), [1, 2, 3], (4, 1), [4], (9, 5), [5, 6, 7, 8, 9]), counts)
    told = r"^The branch 'x' of f, entries \d to \d cannot be read: its elements before event \d are not as many as"
    with pytest.raises(UnreadableFileError, match=told):
        [lists.take(entries) for entries in takes]


def test_a_stream_may_begin_inside_a_basket():
    elements = stream_of((3, 5), [1, 2, 3, 4, 5], (4, 1), [6])
    elements.skip(2)
    lists = lists_of(elements, [1, 2, 1], entry=1)
    assert lists.take(3).to_pylist() == [[3], [4, 5], [6]]


def test_counts_that_disagree_before_the_beginning_are_noticed():
    elements = stream_of((3, 5), [1, 2, 3, 4, 5], (4, 1), [6], (9, 1), [7])
    elements.skip(3)
    with pytest.raises(UnreadableFileError, match="before event 3 are not as many"):
        lists_of(elements, [1, 2, 1], entry=1).take(3)

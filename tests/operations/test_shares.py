"""How long links are good for."""

import pytest

from hepnb.errors import InputError
from hepnb.operations.shares import seconds


@pytest.mark.parametrize(
    ("time", "expected"),
    [("1m", 60), ("30m", 1800), ("12h", 43_200), ("1d", 86_400), ("2w", 1_209_600), ("365d", 31_536_000)],
)
def test_a_time_in_one_unit(time: str, expected: int):
    assert seconds(time) == expected


@pytest.mark.parametrize("time", ["", "0m", "59s", "1", "1 d", "-1d", "1y", "366d", "1d12h", "９d", "9" * 30 + "d"])
def test_what_is_no_time_for_a_link_is_refused(time: str):
    with pytest.raises(InputError, match="is no time for a link; write one from 1m to 365d"):
        seconds(time)

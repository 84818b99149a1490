"""Is the work divided without gaps, and nonsense refused."""

import numpy as np
import pytest

from hepnb.errors import InputError
from hepnb.events import Process
from hepnb.generators.request import Batch, Request


def test_batches_follow_each_other_without_a_gap():
    batches = Request(Process.QCD, 7, seed=1, pileup=0.0).batches(3)
    assert batches == [Batch(0, 0, 3), Batch(1, 3, 3), Batch(2, 6, 1)]


def test_no_two_batches_have_the_same_seeds():
    words = {
        tuple(Request(process, 10, seed, pileup=0.0).seeds(batch).generate_state(2))
        for process in Process
        for seed in (0, 1)
        for batch in Request(process, 10, seed, pileup=0.0).batches(5)
    }
    assert len(words) == 3 * 2 * 2


@pytest.mark.parametrize(
    ("events", "seed", "pileup", "says"),
    [
        (0, 1, 0.0, "at least one event"),
        (1, -1, 0.0, "seed cannot be negative"),
        (1, 1, -0.1, "cannot be -0.1"),
        (1, 1, np.nan, "cannot be nan"),
        (1, 1, np.inf, "cannot be inf"),
    ],
)
def test_what_makes_no_sense_is_refused(events, seed, pileup, says):
    with pytest.raises(InputError, match=says):
        Request(Process.QCD, events, seed, pileup)

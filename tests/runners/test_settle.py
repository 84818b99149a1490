"""Does settling down do its work, and no harm where it cannot."""

import ctypes
import gc
import subprocess
import sys
from itertools import count
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from hepnb.runners import settle as module

SCRIPT = """
import gc
from hepnb.runners.settle import settle
assert gc.get_freeze_count() == 0
settle()
first = gc.get_freeze_count()
late = [[] for _ in range(100_000)]
settle()
assert gc.get_freeze_count() >= first + 100_000, "what the first piece imported was not frozen"
settle()
frozen = gc.get_freeze_count()
later = [[] for _ in range(100_000)]
settle()
assert gc.get_freeze_count() <= frozen, "what came later was frozen too"
print(first > 1000)
"""


def test_what_is_imported_at_the_beginning_is_frozen_and_nothing_else():
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert result.stdout == "True\n"


@pytest.fixture
def unfrozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the collector of the test's own process as it is, and begin anew."""
    monkeypatch.setattr(gc, "freeze", Mock())
    monkeypatch.setattr(module, "_calls", count())


@pytest.mark.usefixtures("unfrozen")
def test_large_blocks_are_kept(monkeypatch: pytest.MonkeyPatch):
    mallopt = Mock()
    monkeypatch.setattr(ctypes, "CDLL", Mock(return_value=SimpleNamespace(mallopt=mallopt)))
    module.settle()
    assert [call.args for call in mallopt.call_args_list] == [(-3, 32 << 20), (-1, 128 << 20)]


@pytest.mark.usefixtures("unfrozen")
@pytest.mark.parametrize(
    "library", [Mock(return_value=SimpleNamespace()), Mock(side_effect=TypeError), Mock(side_effect=OSError)]
)
def test_another_libc_is_left_alone(monkeypatch: pytest.MonkeyPatch, library: Mock):
    monkeypatch.setattr(ctypes, "CDLL", library)
    module.settle()
    library.assert_called_once_with(None)

from dataclasses import fields

import pytest

from hepnb.errors import MissingNameError
from hepnb.physics.conventions import HEPNB, SPARKDLTRIGGER, find_conventions


def test_correct_physics_is_all_switches_off_and_the_published_pipeline_all_on():
    switches = [field.name for field in fields(HEPNB) if field.name != "name"]
    assert len(switches) == 9
    assert not any(getattr(HEPNB, switch) for switch in switches)
    assert all(getattr(SPARKDLTRIGGER, switch) for switch in switches)


def test_conventions_are_found_by_name():
    assert find_conventions(None) is HEPNB
    assert find_conventions("sparkdltrigger") is SPARKDLTRIGGER


def test_unknown_conventions_name_the_nearest():
    with pytest.raises(MissingNameError, match=r"no conventions 'sparkdl'; the nearest is 'sparkdltrigger'\."):
        find_conventions("sparkdl")

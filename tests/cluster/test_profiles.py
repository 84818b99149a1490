"""Does the site offer the sizes it promises."""

import re
from dataclasses import FrozenInstanceError

import pytest

from hepnb.cluster.profiles import DEFAULT_PROFILE, Profile, find_profile, load_profiles
from hepnb.errors import MissingNameError


def test_there_are_four_sizes_in_the_order_of_the_file():
    assert list(load_profiles()) == ["local", "small", "medium", "large"]


@pytest.mark.parametrize(
    ("name", "cores", "memory"), [("local", "all", "2g"), ("small", 1, "1g"), ("medium", 2, "2g"), ("large", 4, "4g")]
)
def test_a_size_is_found_by_its_name(name, cores, memory):
    profile = find_profile(name)
    assert (profile.name, profile.cores, profile.memory) == (name, cores, memory)


def test_the_default_is_every_core_of_this_machine():
    assert find_profile(DEFAULT_PROFILE).cores == "all"


@pytest.mark.parametrize("profile", load_profiles().values(), ids=lambda profile: profile.name)
def test_every_size_says_what_it_is_in_terms_spark_understands(profile):
    assert profile.description
    assert profile.cores == "all" or (type(profile.cores) is int and profile.cores > 0)
    assert re.fullmatch(r"[1-9]\d*[mg]", profile.memory)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("smal", "the nearest is 'small'."),
        ("LARGE", "the nearest is 'large'."),
        ("huge-cluster", "it has 'local', 'small', 'medium', 'large'."),
        ("", "it has 'local', 'small', 'medium', 'large'."),
    ],
)
def test_an_unknown_size_is_answered_with_the_nearest(name, end):
    with pytest.raises(MissingNameError) as failure:
        find_profile(name)
    assert str(failure.value) == f"There is no profile '{name}'; {end}"


def test_a_size_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        find_profile("small").cores = 8


def test_a_size_is_made_of_names_and_not_of_positions():
    with pytest.raises(TypeError):
        Profile("tiny", "a core", 1, "1g")

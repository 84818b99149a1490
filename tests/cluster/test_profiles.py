"""Does the site offer the sizes it promises."""

import re
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from hepnb.cluster.profiles import DEFAULT_PROFILE, Profile, default_profile, find_profile, fitting, load_profiles
from hepnb.errors import InputError, MissingInputError, MissingNameError


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


TINY = '[tiny]\ndescription = "One core"\ncores = 1\nmemory = "512m"\n'


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The site's own file of profiles, which the environment names; it is not there yet."""
    monkeypatch.setenv("HEPNB_PROFILES", str(tmp_path / "site.toml"))
    return tmp_path / "site.toml"


def test_the_sites_file_takes_the_place_of_the_usual_one(site: Path):
    site.write_text(TINY + TINY.replace("tiny", "roomy room").replace("[roomy room]", '["roomy room"]'))
    assert list(load_profiles()) == ["tiny", "roomy room"]
    assert find_profile("tiny") == Profile(name="tiny", description="One core", cores=1, memory="512m")
    with pytest.raises(MissingNameError, match="it has 'tiny', 'roomy room'"):
        find_profile("local")


def test_a_file_that_is_given_comes_before_the_one_of_the_environment(site: Path, tmp_path: Path):
    site.write_text(TINY)
    (tmp_path / "given.toml").write_text(TINY.replace("tiny", "given"))
    assert list(load_profiles(tmp_path / "given.toml")) == ["given"]


def test_an_empty_variable_names_no_file(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HEPNB_PROFILES", "")
    assert "local" in load_profiles()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", " has no profile; write at least one, or remove the file to have the usual ones."),
        ("# nothing\n", " has no profile; write at least one, or remove the file to have the usual ones."),
        (
            TINY + "cores 2\n",
            " is no TOML: Expected '=' after a key in a key/value pair (at line 5, column 7). Mend it",
        ),
        (TINY + TINY, " is no TOML: Cannot declare ('tiny',) twice (at line 5, column 6). Mend it"),
        ("cores = 2\n", ", line 1: 'cores' is no table; write [cores] above its keys."),
        ("# first\ntiny = 'x'\n", ", line 2: 'tiny' is no table; write [tiny] above its keys."),
        (TINY.replace("[tiny]", "[[tiny]]"), ": 'tiny' is no table; write [tiny] above its keys."),
        (TINY + "gpu = 1\n", ", line 5: a profile has no key 'gpu'; the nearest is 'gpus'."),
        (
            TINY + "executors = 0\n",
            ", line 5: 'executors' of the profile [tiny] is 0; it must be a number of at least 1.",
        ),
        (TINY + "gpus = -1\n", ", line 5: 'gpus' of the profile [tiny] is -1; it must be a number of at least 0."),
        (
            TINY + 'executor_memory = "1 GB"\n',
            ", line 5: 'executor_memory' of the profile [tiny] is '1 GB'; it must be a size such as",
        ),
        (TINY.replace("cores", "core"), ", line 3: a profile has no key 'core'; the nearest is 'cores'."),
        (TINY + "[tiny.more]\nx = 1\n", ", line 1: a profile has no key 'more'; the nearest are 'cores', 'memory'."),
        ("\n[tiny] # a comment\ncores = 1\n", ", line 2: the profile [tiny] lacks the key 'description'."),
        (TINY.replace("cores = 1\n", ""), ", line 1: the profile [tiny] lacks the key 'cores'."),
        (TINY.replace('memory = "512m"\n', ""), ", line 1: the profile [tiny] lacks the key 'memory'."),
        (TINY + "[other]\n", ", line 5: the profile [other] lacks the key 'description'."),
        ('tiny = {description = "", cores = 1, memory = "1g"}', ", line 1: 'description' of the profile [tiny] is ''"),
    ],
)
def test_a_broken_file_is_told_by_its_line_and_key(site: Path, content: str, expected: str):
    site.write_text(content)
    with pytest.raises(InputError) as failure:
        load_profiles()
    assert str(failure.value).startswith(f"{site}{expected}")
    assert str(failure.value).endswith(".")
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("key", "line", "value", "wanted"),
    [
        *(("description", 2, value, "a text") for value in ("1", '""', '"  "', "[]", "true")),
        *(
            ("cores", 3, value, 'a number of at least 1, or "all"')
            for value in ("0", "-1", "1.5", '"two"', "true", "[1]", "nan", '"ALL"', "2026-01-01")
        ),
        *(
            ("memory", 4, value, 'a size such as "512m" or "2g"')
            for value in ("2", '"2"', '"2G"', '"0g"', '"02g"', '"2 g"', '"2t"', '"-2g"', '""', '"2g\\n"', '"٢g"', "[]")
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_it_must_be(site: Path, key: str, line: int, value: str, wanted: str):
    site.write_text(re.sub(rf"(?m)^{key} = .*$", lambda _: f"  {key}={value}", TINY))
    with pytest.raises(InputError) as failure:
        load_profiles()
    assert str(failure.value).startswith(f"{site}, line {line}: '{key}' of the profile [tiny] is ")
    assert str(failure.value).endswith(f"; it must be {wanted}.")


def test_the_line_is_that_of_the_profile_and_not_of_another(site: Path):
    site.write_text(TINY + TINY.replace("[tiny]", "[ 'other' ]").replace("1\n", "0\n"))
    with pytest.raises(InputError, match=r"line 7: 'cores' of the profile \[other\] is 0"):
        load_profiles()


def test_a_file_that_is_no_text_is_told(site: Path):
    site.write_bytes(TINY.encode("utf-16"))
    with pytest.raises(InputError) as failure:
        load_profiles()
    assert str(failure.value) == f"{site}, the file of profiles, is no UTF-8 text."


def test_a_missing_file_and_a_folder_in_its_place_are_told(site: Path):
    with pytest.raises(MissingInputError) as failure:
        load_profiles()
    assert str(failure.value) == f"{site}, the file of profiles, cannot be read: No such file or directory."
    site.mkdir()
    with pytest.raises(MissingInputError, match="cannot be read: Is a directory"):
        find_profile("local")


@pytest.mark.parametrize(("memory", "heap"), [("512m", 536_870_912), ("1g", 1_073_741_824), ("16g", 17_179_869_184)])
def test_the_heap_is_counted_in_bytes(memory: str, heap: int):
    assert Profile(name="x", description="x", cores=1, memory=memory).heap == heap


def test_all_cores_are_those_of_the_machine():
    assert find_profile("local").cores_of(12) == 12
    assert find_profile("large").cores_of(2) == 4


def test_a_notebook_takes_its_heap_its_workers_and_its_kernel():
    tiny = Profile(name="x", description="x", cores=2, memory="1g")
    assert tiny.memory_of(8) == (1024 + 2 * 400 + 300) << 20
    everything = Profile(name="x", description="x", cores="all", memory="1g")
    assert everything.memory_of(8) == (1024 + 8 * 400 + 300) << 20


def test_what_does_not_fit_a_machine_is_not_offered_and_something_always_is():
    profiles = load_profiles()
    # "medium" takes 2 GiB for the heap, 2 × 400 MiB for workers and 300 MiB for the kernel: 3148 MiB.
    assert list(fitting(profiles, cores=2, memory=3148 << 20)) == ["local", "small", "medium"]
    assert list(fitting(profiles, cores=2, memory=(3148 << 20) - 1)) == ["small"]
    assert list(fitting(profiles, cores=1, memory=1 << 20)) == ["small"]


def test_a_size_made_by_hand_is_checked_when_it_is_counted():
    with pytest.raises(InputError, match='\'plenty\' is no size; write it as "512m" or "2g"'):
        _ = Profile(name="x", description="x", cores=1, memory="plenty").heap


@pytest.mark.parametrize(
    ("text", "named", "expected"),
    [(None, None, "local"), (None, "small", "small"), ("tiny", None, "tiny"), ("tiny", "huge", "huge")],
)
def test_where_nobody_names_a_profile(tmp_path, monkeypatch, text, named, expected):
    monkeypatch.delenv("HEPNB_PROFILE", raising=False)
    if text is not None:
        (tmp_path / "profiles.toml").write_text(f"[{text}]\ndescription = 'x'\ncores = 1\nmemory = '1g'\n")
        monkeypatch.setenv("HEPNB_PROFILES", str(tmp_path / "profiles.toml"))
    if named is not None:
        monkeypatch.setenv("HEPNB_PROFILE", named)
    assert default_profile() == expected


@pytest.mark.parametrize(
    ("memory", "overhead", "limit"), [("512m", 384, 896), ("1g", 409, 1433), ("2g", 819, 2867), ("10g", 4096, 14336)]
)
def test_an_executor_takes_its_heap_and_two_fifths_more_but_384_mb_at_least(memory, overhead, limit):
    profile = replace(find_profile("small"), executor_memory=memory)
    assert (profile.executor_overhead >> 20, profile.executor_limit >> 20) == (overhead, limit)


def test_what_a_profile_says_of_executors_is_read_in_one_line():
    assert find_profile("large").executor_size == "up to 16 executors of 4 cores, 4 GB"
    one = replace(find_profile("small"), executors=1, executor_memory="512m", executor_gpus=1)
    assert one.executor_size == "1 executor of 1 core, 512 MB, 1 GPU"

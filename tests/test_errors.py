"""Are errors sentences, built-in kinds too, and helpful about names."""

import pickle

import pytest

from hepnb import errors
from hepnb.errors import MissingNameError, UnreadableFileError, nearest


def test_one_near_name_is_offered_alone():
    assert nearest("Event", ["Events", "Runs"]) == "the nearest is 'Events'"


def test_near_names_are_offered_best_first():
    assert nearest("Muon_pt", ["Jet_eta", "Muon_pt_", "Muon_ptErr"]) == "the nearest are 'Muon_pt_', 'Muon_ptErr'"


def test_case_does_not_make_a_name_far_and_is_kept_in_the_answer():
    assert nearest("MUON_PT", ["Muon_pt", "x"]) == "the nearest is 'Muon_pt'"


def test_of_names_that_differ_by_case_the_first_is_offered():
    assert nearest("muon_pt", ["Muon_PT", "MUON_pt"]) == "the nearest is 'Muon_PT'"


def test_without_a_near_name_the_first_ones_are_listed_and_the_rest_counted():
    assert nearest("zzz", ["a", "b"]) == "it has 'a', 'b'"
    assert nearest("zzz", list("abcdefg")) == "it has 'a', 'b', 'c', 'd', 'e' and 2 more"
    assert nearest("zzz", list("abcdefg"), limit=2) == "it has 'a', 'b' and 5 more"


def test_exactly_as_many_names_as_fit_leave_no_rest():
    assert nearest("zzz", list("abcde")) == "it has 'a', 'b', 'c', 'd', 'e'"


def test_without_candidates_it_says_so():
    assert nearest("Events", []) == "it has none"


def test_at_most_limit_near_names_are_offered():
    assert nearest("Muon_pt", [f"Muon_pt{i}" for i in range(9)], limit=2).count("'") == 4


def test_candidates_may_be_consumable_once():
    assert nearest("zzz", (name for name in "ab")) == "it has 'a', 'b'"


@pytest.mark.parametrize(
    ("name", "install"), [("numpy", "hepnb[root]"), ("keras.layers", "hepnb[ml]"), ("unheard_of", "unheard_of")]
)
def test_a_missing_package_is_named_with_what_brings_it(name: str, install: str):
    told = errors.missing_package(ModuleNotFoundError("gone", name=name))
    assert str(told) == (f"The package '{name.partition('.')[0]}' is missing; install it with: pip install '{install}'")


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("InputError", ValueError),
        ("MissingInputError", FileNotFoundError),
        ("UnreadableFileError", OSError),
        ("MissingNameError", KeyError),
        ("WrongTypeError", TypeError),
        ("OutputError", OSError),
        ("JavaError", RuntimeError),
        ("SessionError", RuntimeError),
    ],
)
def test_every_error_is_a_builtin_and_prints_its_bare_sentence(name: str, builtin: type[Exception]):
    error = getattr(errors, name)("There is no tree 'Event'.")
    assert isinstance(error, builtin)
    assert isinstance(error, errors.HepnbError)
    assert str(error) == "There is no tree 'Event'."


@pytest.mark.parametrize("error", [MissingNameError("No 'x'."), UnreadableFileError("a.root is empty.")])
def test_errors_come_back_whole_from_a_worker(error: errors.HepnbError):
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (type(error), str(error))

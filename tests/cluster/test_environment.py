"""Does the one door to the environment open both ways."""

import os
import subprocess
import sys
from contextlib import suppress

from hepnb.cluster.environment import changed, environment, export, propose, withdraw

NAME, OTHER_NAME = "HEPNB_TEST_OF_THE_ENVIRONMENT", "HEPNB_OTHER_TEST_OF_THE_ENVIRONMENT"


def test_variables_of_the_process_are_seen(monkeypatch):
    monkeypatch.setenv(NAME, "before")
    seen = environment()
    assert seen[NAME] == "before"
    monkeypatch.setenv(NAME, "after")
    assert seen[NAME] == "after"


def test_exported_variables_reach_this_process_and_keep_the_others(monkeypatch):
    monkeypatch.setenv(NAME, "old")
    monkeypatch.setenv(OTHER_NAME, "kept")
    export({NAME: "new"})
    assert (os.environ[NAME], os.environ[OTHER_NAME]) == ("new", "kept")


def test_exported_variables_reach_the_processes_it_starts(monkeypatch):
    monkeypatch.setenv(NAME, "old")
    export({NAME: "new"})
    answer = subprocess.run(
        [sys.executable, "-S", "-c", f"import os; print(os.environ['{NAME}'])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "new"


def test_proposed_variables_leave_what_the_user_has_set(monkeypatch):
    monkeypatch.setenv(NAME, "the user's")
    monkeypatch.delenv(OTHER_NAME, raising=False)
    propose({NAME: "ours", OTHER_NAME: "ours"})
    assert (os.environ[NAME], os.environ[OTHER_NAME]) == ("the user's", "ours")
    monkeypatch.delenv(OTHER_NAME)


def test_withdrawn_variables_are_gone_for_good_and_hidden_ones_for_a_while(monkeypatch):
    monkeypatch.setenv(NAME, "withdrawn")
    monkeypatch.setenv(OTHER_NAME, "hidden")
    withdraw(NAME, "HEPNB_NOT_SET_AT_ALL")
    with changed({OTHER_NAME: None, "HEPNB_NOT_SET_AT_ALL": None}):
        assert not {NAME, OTHER_NAME} & set(os.environ)
    assert (os.environ.get(NAME), os.environ[OTHER_NAME]) == (None, "hidden")


def test_variables_for_a_while_are_as_before_afterwards_also_after_an_error(monkeypatch):
    monkeypatch.setenv(NAME, "before")
    monkeypatch.delenv(OTHER_NAME, raising=False)
    with suppress(KeyError), changed({NAME: "meanwhile", OTHER_NAME: "new"}):
        assert (os.environ[NAME], os.environ[OTHER_NAME]) == ("meanwhile", "new")
        raise KeyError
    assert (os.environ[NAME], os.environ.get(OTHER_NAME)) == ("before", None)

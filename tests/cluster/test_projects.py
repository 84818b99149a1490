"""Which names projects have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepnb.cluster.projects import MAX_NAME, is_project, project_of, user_of
from hepnb.cluster.slugs import slug
from hepnb.errors import InputError


def test_a_project_is_a_user_with_a_home_of_that_name():
    assert user_of("higgs-mumu") == "project-higgs-mumu"
    assert is_project("project-higgs-mumu")
    assert project_of("project-higgs-mumu") == "higgs-mumu"
    assert slug(user_of("h" * MAX_NAME)) == "project-" + "h" * MAX_NAME


@pytest.mark.parametrize(
    "name", ["", " ", "Higgs", "higgs mumu", "-x", "x-", "a--b", "../x", "a/b", "ü", "x" * (MAX_NAME + 1), "x\n", "%41"]
)
def test_what_is_no_name_is_refused(name: str):
    with pytest.raises(InputError, match="is no name for a project; write up to 32 of a-z"):
        user_of(name)


@given(st.text())
def test_no_name_leads_out_of_the_homes(name: str):
    try:
        user = user_of(name)
    except InputError:
        return
    assert slug(user) == user
